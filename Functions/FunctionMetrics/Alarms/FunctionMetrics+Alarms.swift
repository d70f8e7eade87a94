import AWSWire
import FunctionRuntime
import MailTypes

/// Alarms over metrics, as far as functions look whether one rings. They call nobody.
extension FunctionMetrics {
    /// Alarms kept. Names come from functions, often from mail.
    public static let alarmsMax = 1_000
    private static let alarmName = Shape.text(1...255)
    private static let actions = ["AlarmActions", "OKActions", "InsufficientDataActions"]

    static let alarms: [Operation<FunctionMetrics>] = [
        Operation(
            "PutMetricAlarm",
            [
                .required("AlarmName", alarmName), .optional("AlarmDescription", .text(0...1024)),
                .optional("ActionsEnabled", .boolean), .optional("Namespace", .text(1...255)),
                .optional("MetricName", .text(1...255)), .optional("Dimensions", dimensions),
                .optional("Statistic", .oneOf("SampleCount", "Average", "Sum", "Minimum", "Maximum")),
                .optional("Unit", .text(1...30)), .optional("Period", .integer(1...86400)),
                .required("EvaluationPeriods", .integer(1...1440)), .optional("DatapointsToAlarm", .integer(1...1440)),
                .optional("Threshold", .number),
                .required(
                    "ComparisonOperator",
                    .oneOf(
                        "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold",
                        "LessThanOrEqualToThreshold")),
                .optional("TreatMissingData", .oneOf("missing", "ignore", "breaching", "notBreaching")),
            ] + actions.map { .optional($0, .list(0...5, of: .text(1...1024))) }
        ) { services, input, context in
            try await services.put(try alarm(input, at: context.now))
            return JSONObject()
        },
        Operation(
            calling: "DescribeAlarms",
            [
                .optional("AlarmNames", .list(0...100, of: alarmName)), .optional("AlarmNamePrefix", alarmName),
                .optional("AlarmTypes", .list(0...2, of: .text(1...30))),
                .optional("StateValue", .oneOf("OK", "ALARM", "INSUFFICIENT_DATA")),
                .optional("MaxRecords", .integer(1...100)), .optional("NextToken", .text(0...2048)),
            ]
        ) { services, call, context in try await services.describe(call, at: context.now) },
        Operation("DeleteAlarms", [.required("AlarmNames", .list(1...100, of: alarmName))]) { services, input, _ in
            let names = input.texts("AlarmNames")
            let records = try services.alarmRecords()
            for name in names where try await records.record(MetricAlarm.key(name)) == nil {
                throw ServiceFailure(
                    ServiceFailure.Code("ResourceNotFound", status: 404), "there is no alarm \(name); none was deleted")
            }
            try await records.apply(names.map { .delete(MetricAlarm.key($0)) })
            return JSONObject()
        },
    ]

    /// The resources that policies name for a call.
    func resources(of call: Call) -> [String] {
        func arn(_ name: String) -> String { place.arn("cloudwatch", "alarm:\(name)") }
        switch call.operation {
        case "PutMetricAlarm": return [arn(call.input.text("AlarmName") ?? "")]
        case "DescribeAlarms", "DeleteAlarms":
            let names = call.input.texts("AlarmNames")
            return names.isEmpty ? [arn("*")] : names.map(arn)
        default: return ["*"]
        }
    }

    /// The alarm that an input asks for; refused with what this system has not.
    private static func alarm(_ input: Input, at now: Timestamp) throws(ServiceFailure) -> MetricAlarm {
        for name in actions where !input.texts(name).isEmpty {
            throw .invalid(
                "\(name) come with a later release: leave them out, and ask for the state with DescribeAlarms")
        }
        guard let namespace = input.text("Namespace"), input.text("MetricName") != nil,
            let statistic = input.text("Statistic"), let period = input.integer("Period"),
            let threshold = input.number("Threshold"), let periods = input.integer("EvaluationPeriods"),
            let comparison = MetricAlarm.Comparison(rawValue: input.required("ComparisonOperator"))
        else {
            throw .invalid(
                "an alarm here is over one metric: Namespace, MetricName, Statistic, Period and Threshold are required")
        }
        guard period.isMultiple(of: 60) else {
            throw .invalid("Period has to be a multiple of 60: metrics are kept minute by minute")
        }
        guard (periods + AlarmState.lookBack) * period <= Int(MetricStore.minutesMax) * 60 else {
            throw .invalid("Period times EvaluationPeriods is more than the three hours for which metrics are kept")
        }
        let datapoints = input.integer("DatapointsToAlarm") ?? periods
        guard datapoints <= periods else {
            throw .invalid("DatapointsToAlarm has to be at most EvaluationPeriods")
        }
        return MetricAlarm(
            name: input.required("AlarmName"), description: input.text("AlarmDescription"),
            metric: name(input, namespace), unit: input.text("Unit"), statistic: statistic,
            periodSeconds: Int64(period), evaluationPeriods: periods, datapointsToAlarm: datapoints,
            threshold: threshold, comparison: comparison,
            missing: input.text("TreatMissingData").flatMap { MetricAlarm.Missing(rawValue: $0) } ?? .missing,
            actionsEnabled: input.flag("ActionsEnabled") ?? true, configuredAt: now)
    }

    /// Where alarms are kept. Templates that are older than alarms grant nothing for them.
    private func alarmRecords() throws(ServiceFailure) -> any RecordStore {
        guard let records else {
            throw ServiceFailure(
                .unknownOperation,
                "alarms are not offered: the system's template grants FunctionMetrics no { Records: write }")
        }
        return records
    }

    private func put(_ alarm: MetricAlarm) async throws {
        let records = try alarmRecords()
        let key = MetricAlarm.key(alarm.name)
        let former = try await records.value(key, as: MetricAlarm.self)?.value
        if var same = former {
            // Functions ask for their alarm again and again: it goes on as it is.
            same.configuredAt = alarm.configuredAt
            if same == alarm { return }
        } else if try await records.records(of: .alarm).count >= Self.alarmsMax {
            throw ServiceFailure(
                ServiceFailure.Code("LimitExceeded"), "there are \(Self.alarmsMax) alarms; delete some of them")
        }
        try await records.apply([try .put(key, encoding: alarm)])
    }

    private func describe(_ call: Call, at now: Timestamp) async throws -> JSONObject {
        let (input, names) = (call.input, Set(call.input.texts("AlarmNames")))
        var found: [(alarm: MetricAlarm, state: AlarmState)] = []
        let types = input.texts("AlarmTypes")
        for record in try await records?.records(of: .alarm) ?? [] where types.isEmpty || types.contains("MetricAlarm")
        {
            let alarm = try record.decoded(as: MetricAlarm.self)
            guard names.isEmpty || names.contains(alarm.name),
                alarm.name.hasPrefix(input.text("AlarmNamePrefix") ?? "")
            else { continue }
            let state = state(of: alarm, at: now)
            if input.text("StateValue").map({ $0 == state.value.rawValue }) ?? true { found.append((alarm, state)) }
        }
        let page = try Page(
            of: found, for: input, operation: "DescribeAlarms", size: input.integer("MaxRecords") ?? 50
        ) { $0.alarm.name }
        var output = page.output("MetricAlarms") { members($0.alarm, $0.state, call.wire) }
        output["CompositeAlarms"] = []
        return output
    }

    private func state(of alarm: MetricAlarm, at now: Timestamp) -> AlarmState {
        guard alarm.unit == nil || alarm.unit == store.unit(of: alarm.metric) else {
            return AlarmState(of: alarm, [:], now: now)
        }
        let points = store.periods(
            of: alarm.metric, from: Timestamp(seconds: 0), until: now, seconds: alarm.periodSeconds)
        let values = points.compactMap { point in
            point.summary.statistic(alarm.statistic).map { (point.start.seconds, $0) }
        }
        return AlarmState(of: alarm, Dictionary(values) { first, _ in first }, now: now)
    }

    private func members(_ alarm: MetricAlarm, _ state: AlarmState, _ wire: Wire) -> JSONValue {
        .members([
            "AlarmName": .string(alarm.name), "AlarmArn": .string(place.arn("cloudwatch", "alarm:\(alarm.name)")),
            "AlarmDescription": .text(alarm.description),
            "AlarmConfigurationUpdatedTimestamp": wire.moment(alarm.configuredAt),
            "ActionsEnabled": .bool(alarm.actionsEnabled), "OKActions": [], "AlarmActions": [],
            "InsufficientDataActions": [], "StateValue": .string(state.value.rawValue),
            "StateReason": .string(state.reason), "StateUpdatedTimestamp": wire.moment(state.since),
            "StateTransitionedTimestamp": wire.moment(state.since), "MetricName": .string(alarm.metric.name),
            "Namespace": .string(alarm.metric.namespace), "Statistic": .string(alarm.statistic),
            "Dimensions": .array(
                alarm.metric.dimensions.map { ["Name": .string($0.name), "Value": .string($0.value)] }),
            "Period": .integer(alarm.periodSeconds), "Unit": .text(alarm.unit),
            "EvaluationPeriods": .integer(Int64(alarm.evaluationPeriods)),
            "DatapointsToAlarm": .integer(Int64(alarm.datapointsToAlarm)), "Threshold": .number(alarm.threshold),
            "ComparisonOperator": .string(alarm.comparison.rawValue),
            "TreatMissingData": .string(alarm.missing.rawValue),
        ])
    }
}
