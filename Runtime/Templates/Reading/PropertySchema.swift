/// The keys a map may have and the form of their values.
struct PropertySchema {
    enum Form {
        case text
        case choice([String])
        case integer(ClosedRange<Int>)
        /// Octets of a size.
        case octets(ClosedRange<Int>)
        /// Milliseconds of a duration.
        case duration(ClosedRange<Int64>)
        /// A duration, or a plain number of seconds as SAM writes it.
        case seconds(ClosedRange<Int>)
        case boolean
        case list
        case map
        case any
    }

    let forms: [String: Form]
    let required: Set<String>

    init(_ forms: [String: Form], required: Set<String> = []) { (self.forms, self.required) = (forms, required) }

    /// These keys and those.
    func with(_ more: [String: Form], required also: Set<String> = []) -> PropertySchema {
        PropertySchema(forms.merging(more) { $1 }, required: required.union(also))
    }

    private static let minute: Int64 = 60_000
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 86_400_000

    /// Limits of SMTP sessions, as properties of an SMTP event. Sections are those of RFC 5321.
    static let smtp: [String: Form] = [
        // Sessions at once, all together and from one network.
        "SessionsMax": .integer(1...1_000_000), "SessionsPerPeerMax": .integer(1...1_000_000),
        // Largest content, announced as SIZE; RFC 1870.
        "ContentMax": .octets(64 << 10...2 << 30),
        // §4.5.3.1.8 asks for 100 at least.
        "RecipientsMax": .integer(100...100_000), "RefusedRecipientsMax": .integer(1...100_000),
        "TransactionsMax": .integer(1...1_000_000), "ErrorsMax": .integer(1...10_000),
        "UnknownCommandsMax": .integer(1...10_000), "IdleCommandsMax": .integer(1...100_000),
        // §4.5.3.1.4: 512 at least.
        "CommandOctets": .octets(512...64 << 10), "TextLineOctets": .octets(998...64 << 20),
        "HeaderOctets": .octets(4 << 10...16 << 20), "HeaderLines": .integer(100...100_000),
        // §4.5.3.2.7 and §4.5.3.2.5 name 5 and 3 minutes; a listener under attack may want less.
        "Idle": .duration(1000...hour), "ContentIdle": .duration(1000...hour),
        "TransactionTime": .duration(minute...day), "GreetingPause": .duration(0...minute),
    ]

    /// Limits of IMAP sessions, as properties of an IMAP event.
    static let imap: [String: Form] = [
        "SessionsMax": .integer(1...1_000_000), "SessionsPerPeerMax": .integer(1...1_000_000),
        "SessionsPerUserMax": .integer(1...100_000),
        // RFC 9051 §5.4 asks for 30 minutes at least.
        "Idle": .duration(30 * minute...day), "IdleBeforeLogin": .duration(1000...hour),
        "CommandOctets": .octets(8 << 10...64 << 20), "LineOctets": .octets(8 << 10...1 << 20),
        "LiteralOctets": .octets(4 << 10...64 << 20), "ContentMax": .octets(64 << 10...2 << 30),
        "AppendOctets": .octets(64 << 10...4 << 30), "ErrorsMax": .integer(1...10_000),
        "LoginFailuresMax": .integer(1...100),
    ]

    /// Limits of HTTP sessions, as properties of the endpoint.
    static let http: [String: Form] = [
        "SessionsMax": .integer(1...1_000_000), "SessionsPerPeerMax": .integer(1...1_000_000),
        "Idle": .duration(1000...hour), "HeadTime": .duration(1000...10 * minute), "BodyIdle": .duration(1000...hour),
        "HeadOctets": .octets(8 << 10...1 << 20), "FieldsMax": .integer(20...10_000),
        "TargetOctets": .octets(8000...64 << 10), "BodyMax": .octets(64 << 10...1 << 40),
        "RequestsMax": .integer(1...1_000_000_000), "ProbesFrom": .text,
    ]

    static let function = PropertySchema(
        [
            // A user's function may run for 900 s; what waits for it needs a little more.
            "Handler": .text, "Description": .text, "Timeout": .seconds(1...960),
            "ReservedConcurrentExecutions": .integer(1...100_000), "Settings": .map, "Policies": .any, "Events": .map,
        ], required: ["Handler"])

    static let queue = PropertySchema([
        "QueueName": .text, "RetryFirst": .duration(1000...day), "RetryLast": .duration(1000...7 * day),
        "Lifetime": .duration(minute...30 * day), "DepthMax": .integer(1...100_000_000),
    ])

    static let endpoint = PropertySchema(http, required: ["Endpoint"]).with(["Endpoint": .choice(["http"])])
}
