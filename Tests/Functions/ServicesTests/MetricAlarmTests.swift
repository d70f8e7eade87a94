import FunctionMetrics
import FunctionRuntime
import MailTypes
import Testing

@Suite struct MetricAlarmTests {
    private let desk = ServiceDesk()
    private let store = MetricStore()
    private var metrics: FunctionMetrics {
        FunctionMetrics(
            store: store, records: desk.stores, permissions: desk.permissions, place: desk.place,
            inflate: { octets, _ in octets.first == 0x7B ? octets : nil })
    }
    /// An alarm for more than two messages in three of five minutes, as a function asks for it.
    private let storm: [String: JSONValue] = [
        "AlarmName": "Storm-all@acme.example", "AlarmDescription": "too much for all", "Namespace": "Mail",
        "MetricName": "Received", "Dimensions": [["Name": "To", "Value": "all@acme.example"]], "Statistic": "Sum",
        "Period": 60, "EvaluationPeriods": 5, "DatapointsToAlarm": 3, "Threshold": 2,
        "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching",
    ]

    @discardableResult
    private func call(_ operation: String, _ input: [String: JSONValue], as caller: Caller = ServiceDesk.owner)
        async throws -> JSONValue
    {
        var object = JSONObject()
        for (name, value) in input { object[name] = value }
        return try await desk.call(
            metrics, "GraniteServiceVersion20100801.\(operation)", .object(object), as: caller)
    }

    private func receive(_ count: Int) async throws {
        for _ in 0..<count {
            try await call(
                "PutMetricData",
                [
                    "Namespace": "Mail",
                    "MetricData": [
                        [
                            "MetricName": "Received", "Value": 1, "Unit": "Count",
                            "Dimensions": [["Name": "To", "Value": "all@acme.example"]],
                        ]
                    ],
                ])
        }
    }

    private func state(_ input: [String: JSONValue] = [:]) async throws -> String? {
        try await call("DescribeAlarms", input)["MetricAlarms"]?.array?.first?["StateValue"]?.string
    }

    @Test func `an alarm rings once enough minutes were over the threshold, and ends when they are`() async throws {
        #expect(try await state() == nil)
        try await call("PutMetricAlarm", storm)
        #expect(try await state(["AlarmNames": ["Storm-all@acme.example"]]) == "INSUFFICIENT_DATA")
        for minute in 1...3 {
            try await receive(3)
            desk.time.advance(by: .seconds(60))
            // Functions ask for their alarm again and again.
            try await call("PutMetricAlarm", storm)
            #expect(try await state() == (minute == 3 ? "ALARM" : "OK"), "minute \(minute)")
        }
        #expect(
            try await state(["StateValue": "ALARM", "AlarmNamePrefix": "Storm-", "AlarmTypes": ["MetricAlarm"]]) != nil)
        #expect(try await state(["StateValue": "OK"]) == nil)
        #expect(try await state(["AlarmNamePrefix": "Calm-"]) == nil)
        #expect(try await state(["AlarmTypes": ["CompositeAlarm"]]) == nil)
        desk.time.advance(by: .seconds(600))
        #expect(try await state() == "OK")
    }

    @Test func `what is described is what was asked for`() async throws {
        try await call("PutMetricAlarm", storm)
        let alarm = try #require(try await call("DescribeAlarms", [:])["MetricAlarms"]?.array?.first)
        for (name, value) in storm where value.number == nil { #expect(alarm[name] == value, "\(name)") }
        #expect(alarm["Threshold"]?.number == 2 && alarm["Period"] == 60 && alarm["DatapointsToAlarm"] == 3)
        #expect(alarm["AlarmArn"] == "arn:aws:cloudwatch:us-east-1:000000000000:alarm:Storm-all@acme.example")
        #expect(alarm["AlarmActions"] == [] && alarm["ActionsEnabled"] == true)
        let xml = try await desk.form(
            metrics, ["Action": "DescribeAlarms", "AlarmNames.member.1": "Storm-all@acme.example"])
        #expect(xml.status == 200 && xml.xml.contains("<StateValue>INSUFFICIENT_DATA</StateValue>"), "\(xml.xml)")
        for record in try await desk.stores.records(of: "alarm") { #expect(!record.key.name.contains("acme")) }
        try await call("DeleteAlarms", ["AlarmNames": ["Storm-all@acme.example"]])
        #expect(try await call("DescribeAlarms", [:])["MetricAlarms"] == [])
        await #expect(throws: ServiceDesk.Refused(name: "ResourceNotFound")) {
            try await call("DeleteAlarms", ["AlarmNames": ["Storm-all@acme.example"]])
        }
    }

    @Test(
        arguments: [
            ["AlarmActions": ["arn:aws:sns:us-east-1:000000000000:t"]], ["Period": 90], ["DatapointsToAlarm": 6],
            ["EvaluationPeriods": 179], ["Statistic": "p99"], ["ComparisonOperator": "LessThanLowerThreshold"],
            ["Namespace": .null, "Metrics": [["Id": "m"]]], ["Threshold": .null],
        ] as [[String: JSONValue]])
    func `what an alarm cannot do here is refused when it is made`(change: [String: JSONValue]) async throws {
        await #expect(throws: ServiceDesk.Refused.self) {
            try await call("PutMetricAlarm", storm.merging(change) { $1 })
        }
        #expect(try await state() == nil)
    }

    @Test func `a template that grants no records has no alarms, and metrics go on`() async throws {
        let metrics = FunctionMetrics(
            store: store, records: nil, permissions: desk.permissions, place: desk.place,
            inflate: { octets, _ in octets.first == 0x7B ? octets : nil })
        func ask(_ operation: String, _ input: JSONObject) async throws -> JSONValue {
            try await desk.call(metrics, "GraniteServiceVersion20100801.\(operation)", .object(input))
        }
        var object = JSONObject()
        for (name, value) in storm { object[name] = value }
        #expect(try await ask("DescribeAlarms", [:])["MetricAlarms"] == [])
        await #expect(throws: ServiceDesk.Refused(name: "UnknownOperationException")) {
            _ = try await ask("PutMetricAlarm", object)
        }
        _ = try await ask("PutMetricData", ["Namespace": "n", "MetricData": [["MetricName": "m", "Value": 1]]])
    }

    @Test func `policies name alarms, and there are only so many`() async throws {
        let caller = try await desk.session(
            ["cloudwatch:PutMetricAlarm", "cloudwatch:DescribeAlarms"],
            on: "arn:aws:cloudwatch:us-east-1:000000000000:alarm:Storm-*")
        try await call("PutMetricAlarm", storm, as: caller)
        try await call("DescribeAlarms", ["AlarmNames": ["Storm-x"]], as: caller)
        await #expect(throws: ServiceDesk.Refused(name: "AccessDeniedException")) {
            try await call("DescribeAlarms", [:], as: caller)
        }
        await #expect(throws: ServiceDesk.Refused(name: "AccessDeniedException")) {
            try await call("PutMetricAlarm", storm.merging(["AlarmName": "Other"]) { $1 }, as: caller)
        }
        for number in 1..<FunctionMetrics.alarmsMax {
            try await call("PutMetricAlarm", storm.merging(["AlarmName": .string("a\(number)")]) { $1 })
        }
        await #expect(throws: ServiceDesk.Refused(name: "LimitExceeded")) {
            try await call("PutMetricAlarm", storm.merging(["AlarmName": "one more"]) { $1 })
        }
    }
}
