import FunctionMetrics
import FunctionRuntime
import MailTypes
import Testing

@Suite struct FunctionMetricsTests {
    private let desk = ServiceDesk()
    private let store = MetricStore()
    private var metrics: FunctionMetrics {
        FunctionMetrics(
            store: store, records: desk.stores, permissions: desk.permissions, place: desk.place,
            inflate: { octets, _ in octets.first == 0x7B ? octets : nil })
    }

    @discardableResult
    private func call(_ operation: String, _ input: JSONValue, as caller: Caller = ServiceDesk.owner) async throws
        -> JSONValue
    {
        try await desk.call(metrics, "GraniteServiceVersion20100801.\(operation)", input, as: caller)
    }

    @Test func `a request in a coding is unpacked, and one that cannot be is refused`() async throws {
        func code(_ coding: String, _ body: String) async throws -> String? {
            let response = try await metrics.handle(
                HTTPRequest(
                    method: "POST", path: "/",
                    headers: [
                        "X-Amz-Target": "GraniteServiceVersion20100801.ListMetrics", "Content-Encoding": coding,
                        "Content-Type": "application/x-amz-json-1.0",
                    ], body: .octets(Octets(text: body)), caller: ServiceDesk.owner,
                    peer: NetworkAddress(host: "192.0.2.7", port: 1)), in: .test())
            let answer = try JSONValue(parsing: try await response.body.collect(upTo: 1 << 16))
            return answer["__type"]?.string
        }
        #expect(try await code("gzip", "{}") == nil)
        #expect(try await code("identity", "{}") == nil)
        #expect(try await code("gzip", "no gzip") == "SerializationException")
        #expect(try await code("br", "{}") == "SerializationException")
    }

    @Test func `values come back as statistics of their minutes`() async throws {
        let dimensions: JSONValue = [["Name": "Sender", "Value": "a@x.example"]]
        for value in [1, 5] {
            try await call(
                "PutMetricData",
                [
                    "Namespace": "Mail",
                    "MetricData": [["MetricName": "Count", "Value": .integer(Int64(value)), "Dimensions": dimensions]],
                ])
        }
        try await call(
            "PutMetricData",
            [
                "Namespace": "Mail",
                "MetricData": [
                    ["MetricName": "Count", "Values": [2, 3], "Counts": [2, 1], "Dimensions": dimensions]
                ],
            ])
        let now = Double(desk.time.now().seconds)
        let range: [String: JSONValue] = ["StartTime": .number(now - 60), "EndTime": .number(now + 60)]
        let statistics = try await call(
            "GetMetricStatistics",
            [
                "Namespace": "Mail", "MetricName": "Count", "Dimensions": dimensions, "Period": 60,
                "Statistics": ["Sum", "Average", "Maximum", "SampleCount"], "StartTime": range["StartTime"] ?? 0,
                "EndTime": range["EndTime"] ?? 0,
            ])
        let point = try #require(statistics["Datapoints"]?.array?.first)
        #expect(point["Sum"]?.number == 13 && point["SampleCount"]?.number == 5 && point["Maximum"]?.number == 5)
        let data = try await call(
            "GetMetricData",
            [
                "StartTime": range["StartTime"] ?? 0, "EndTime": range["EndTime"] ?? 0,
                "MetricDataQueries": [
                    [
                        "Id": "m",
                        "MetricStat": [
                            "Metric": ["Namespace": "Mail", "MetricName": "Count", "Dimensions": dimensions],
                            "Period": 60, "Stat": "Sum",
                        ],
                    ]
                ],
            ])
        #expect(data["MetricDataResults"]?.array?.first?["Values"]?.array?.first?.number == 13)
        #expect(try await call("ListMetrics", ["Namespace": "Mail"])["Metrics"]?.array?.count == 1)
    }

    @Test func `the form that older SDKs send says the same`() async throws {
        let answer = try await desk.form(
            metrics,
            [
                "Action": "PutMetricData", "Namespace": "Mail", "MetricData.member.1.MetricName": "Count",
                "MetricData.member.1.Value": "2.5", "MetricData.member.1.Dimensions.member.1.Name": "D",
                "MetricData.member.1.Dimensions.member.1.Value": "v",
            ])
        #expect(answer.status == 200, "\(answer.xml)")
        #expect(
            store.openMetrics.contains(
                #"mailroom_user_metric_sum{namespace="Mail",metric="Count",dimensions="D=v"} 2.5"#))
    }

    @Test func `names from mail cannot break the exposition, and there are only so many`() async throws {
        try await call(
            "PutMetricData",
            ["Namespace": "a\"}\n# EOF\n", "MetricData": [["MetricName": "x\\\u{7}", "Value": 1]]])
        let lines = store.openMetrics.split(separator: "\n")
        #expect(lines.allSatisfy { $0.hasPrefix("# TYPE") || $0.hasPrefix("# HELP") || $0.hasPrefix("mailroom_user_") })
        #expect(store.openMetrics.contains(#"namespace="a\"}\n# EOF\n",metric="x\\""#))
        for number in 0..<MetricStore.seriesMax {
            try await call(
                "PutMetricData", ["Namespace": "n", "MetricData": [["MetricName": .string("m\(number)"), "Value": 1]]])
        }
        #expect(store.dropped == 1)
    }
}
