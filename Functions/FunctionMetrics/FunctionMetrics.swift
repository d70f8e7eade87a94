import AWSWire
import FunctionRuntime
import MailTypes

/// CloudWatch's metrics: JSON 1.0 (`GraniteServiceVersion20100801.*`), the Query protocol (2010-08-01) and Smithy RPC v2 CBOR,
/// signed for `monitoring` (reference/functions.md §4.3).
public struct FunctionMetrics: Handler {
    public typealias Event = HTTPRequest
    public typealias Outcome = HTTPResponse

    let store: MetricStore
    /// Nil when the template grants none: then there are no alarms.
    let records: (any RecordStore)?
    let permissions: any Permissions
    let place: ServicePlace
    let inflate: OperationTable<FunctionMetrics>.Inflate

    /// Needs where metrics are kept and who may what; for alarms, records.
    /// - Parameter inflate: unpacks gzip, which SDKs send PutMetricData in from 10 KiB.
    public init(
        store: MetricStore, records: (any RecordStore)?, permissions: any Permissions, place: ServicePlace,
        inflate: @escaping @Sendable (_ octets: Octets, _ limitOctets: Int) -> Octets?
    ) {
        (self.store, self.records, self.permissions, self.place) = (store, records, permissions, place)
        self.inflate = inflate
    }

    public func handle(_ event: HTTPRequest, in context: Context) async throws -> HTTPResponse {
        try await Self.table.answer(event, with: self, in: context, inflate: inflate) { services, call in
            for resource in services.resources(of: call) {
                try await services.permissions.require(call.asker, "cloudwatch:\(call.operation)", on: resource)
            }
        }
    }

    static let dimensions = Shape.list(
        0...30, of: .structure(.required("Name", .text(1...255)), .required("Value", .text(1...1024))))

    static let table = OperationTable<FunctionMetrics>(
        prefix: "GraniteServiceVersion20100801.", queryNamespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
        [
            Operation(
                "PutMetricData",
                [
                    .required("Namespace", .text(1...255)),
                    .required(
                        "MetricData",
                        .list(
                            1...1000,
                            of: .structure(
                                .required("MetricName", .text(1...255)), .optional("Dimensions", dimensions),
                                .optional("Value", .number), .optional("Unit", .text(1...30)),
                                .optional("Timestamp", .moment), .optional("Values", .list(1...150, of: .number)),
                                .optional("Counts", .list(1...150, of: .number)),
                                .optional(
                                    "StatisticValues",
                                    .structure(
                                        .required("SampleCount", .number), .required("Sum", .number),
                                        .required("Minimum", .number), .required("Maximum", .number))),
                                .optional("StorageResolution", .integer(1...60))))),
                ]
            ) { services, input, context in
                let namespace = input.required("Namespace")
                for datum in input.structures("MetricData") {
                    let name = name(datum, namespace)
                    let moment = datum.moment("Timestamp") ?? context.now
                    for summary in try summaries(datum) {
                        services.store.add(
                            summary, to: name, unit: datum.text("Unit") ?? "None", at: moment, now: context.now)
                    }
                }
                return JSONObject()
            }
        ] + reading + alarms
    ) { name in
        name.contains("Alarm")
            ? "\(name) is not offered; PutMetricAlarm, DescribeAlarms and DeleteAlarms are"
            : "\(name.isEmpty ? "the request" : name) is not offered"
    }

    /// The metric that a structure names.
    static func name(_ input: Input, _ namespace: String) -> MetricName {
        MetricName(
            namespace: namespace, name: input.required("MetricName"),
            dimensions: input.structures("Dimensions").map {
                MetricName.Dimension(name: $0.required("Name"), value: $0.required("Value"))
            })
    }

    /// What a datum brings: one value, values with their counts, or a summary made elsewhere.
    private static func summaries(_ datum: Input) throws(ServiceFailure) -> [MetricSummary] {
        if datum["StatisticValues"] != nil {
            let values = datum.structure("StatisticValues")
            return [
                MetricSummary(
                    count: values.number("SampleCount") ?? 0, sum: values.number("Sum") ?? 0,
                    minimum: values.number("Minimum") ?? 0, maximum: values.number("Maximum") ?? 0)
            ]
        }
        if let values = datum["Values"]?.array?.compactMap(\.number) {
            let counts = datum["Counts"]?.array?.compactMap(\.number) ?? Array(repeating: 1, count: values.count)
            guard counts.count == values.count else {
                throw ServiceFailure(
                    ServiceFailure.Code("InvalidParameterValue"), "Values and Counts have different lengths")
            }
            return zip(values, counts).map { MetricSummary($0, count: $1) }
        }
        guard let value = datum.number("Value") else {
            throw ServiceFailure(
                ServiceFailure.Code("MissingParameter"), "a datum needs Value, Values or StatisticValues")
        }
        return [MetricSummary(value)]
    }
}

extension Input {
    /// A moment that came as seconds since 1970.
    func moment(_ name: String) -> Timestamp? {
        // Bounded, so that no arithmetic with it can overflow.
        number(name).flatMap { (0..<1e11).contains($0) ? Timestamp(milliseconds: Int64($0 * 1000)) : nil }
    }
}
