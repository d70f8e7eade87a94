import AWSWire
import FunctionRuntime
import MailTypes

extension FunctionMetrics {
    /// Periods of one answer.
    private static let periodsMax = 1440

    static let reading: [Operation<FunctionMetrics>] = [
        Operation(
            calling: "GetMetricStatistics",
            [
                .required("Namespace", .text(1...255)), .required("MetricName", .text(1...255)),
                .optional("Dimensions", dimensions), .required("StartTime", .moment), .required("EndTime", .moment),
                .required("Period", .integer(1...86400)), .optional("Statistics", .list(1...5, of: .text(1...30))),
                .optional("ExtendedStatistics", .list(0...0, of: .any)), .optional("Unit", .text(1...30)),
            ]
        ) { services, call, _ in
            let input = call.input
            let name = name(input, input.required("Namespace"))
            let (from, until, seconds) = try range(input, period: input.integer("Period"))
            let unit = services.store.unit(of: name)
            let points = services.store.periods(of: name, from: from, until: until, seconds: seconds)
            return [
                "Label": .string(name.name),
                "Datapoints": .array(
                    try points.prefix(periodsMax).map { point in
                        var object: JSONObject = ["Timestamp": call.wire.moment(point.start), "Unit": .string(unit)]
                        for statistic in input.texts("Statistics") {
                            object[statistic] = .number(try value(statistic, of: point.summary))
                        }
                        return .object(object)
                    }),
            ]
        },
        Operation(
            calling: "GetMetricData",
            [
                .required("StartTime", .moment), .required("EndTime", .moment),
                .optional("ScanBy", .oneOf("TimestampDescending", "TimestampAscending")),
                .required(
                    "MetricDataQueries",
                    .list(
                        1...100,
                        of: .structure(
                            .required("Id", .text(1...255)), .optional("Label", .text(0...255)),
                            .optional("Expression", .text(0...2048)), .optional("ReturnData", .boolean),
                            .optional(
                                "MetricStat",
                                .structure(
                                    .required(
                                        "Metric",
                                        .structure(
                                            .required("Namespace", .text(1...255)),
                                            .required("MetricName", .text(1...255)),
                                            .optional("Dimensions", dimensions))),
                                    .required("Period", .integer(1...86400)), .required("Stat", .text(1...30))))))),
                .optional("NextToken", .text(0...1024)), .optional("MaxDatapoints", .integer(1...100_800)),
            ]
        ) { services, call, _ in
            var results: [JSONValue] = []
            for query in call.input.structures("MetricDataQueries") where query.flag("ReturnData") ?? true {
                guard query["MetricStat"] != nil else {
                    throw ServiceFailure(
                        .validation, "expressions are not offered: \(query.required("Id")) needs MetricStat")
                }
                let stat = query.structure("MetricStat")
                let metric = stat.structure("Metric")
                let name = name(metric, metric.required("Namespace"))
                let (from, until, seconds) = try range(call.input, period: stat.integer("Period"))
                var points = services.store.periods(of: name, from: from, until: until, seconds: seconds)
                if call.input.text("ScanBy") != "TimestampAscending" { points.reverse() }
                results.append(
                    .members([
                        "Id": .string(query.required("Id")), "Label": .string(query.text("Label") ?? name.name),
                        "Timestamps": .array(points.map { call.wire.moment($0.start) }),
                        "Values": .array(try points.map { .number(try value(stat.required("Stat"), of: $0.summary)) }),
                        "StatusCode": "Complete",
                    ]))
            }
            return ["MetricDataResults": .array(results), "Messages": []]
        },
        Operation(
            "ListMetrics",
            [
                .optional("Namespace", .text(1...255)), .optional("MetricName", .text(1...255)),
                .optional("NextToken", .text(1...2048)), .optional("Dimensions", .list(0...10, of: .any)),
            ]
        ) { services, input, _ in
            let found = services.store.names.filter { name in
                (input.text("Namespace").map { $0 == name.namespace } ?? true)
                    && (input.text("MetricName").map { $0 == name.name } ?? true)
            }
            let page = try Page(of: found, for: input, operation: "ListMetrics", size: 500) {
                ([$0.namespace, $0.name] + $0.dimensions.flatMap { [$0.name, $0.value] }).joined(separator: "\u{0}")
            }
            return page.output("Metrics") { name in
                .members([
                    "Namespace": .string(name.namespace), "MetricName": .string(name.name),
                    "Dimensions": .array(
                        name.dimensions.map { ["Name": .string($0.name), "Value": .string($0.value)] }),
                ])
            }
        },
    ]

    private static func range(_ input: Input, period: Int?) throws(ServiceFailure) -> (Timestamp, Timestamp, Int64) {
        guard let from = input.moment("StartTime"), let until = input.moment("EndTime"), from < until else {
            throw ServiceFailure(
                ServiceFailure.Code("InvalidParameterCombination"),
                "The parameter StartTime must be less than the parameter EndTime.")
        }
        // Minutes are what is kept.
        return (from, until, Int64(max(60, (period ?? 60) / 60 * 60)))
    }

    private static func value(_ statistic: String, of summary: MetricSummary) throws(ServiceFailure) -> Double {
        guard let value = summary.statistic(statistic) else {
            throw ServiceFailure(
                ServiceFailure.Code("InvalidParameterValue"),
                "the statistic \(statistic) is not offered; SampleCount, Sum, Average, Minimum and Maximum are")
        }
        return value
    }
}
