import MailTypes

/// One fact of a log line. All fields stand here, so that `queue=…` finds a message from first octet to last fate.
public enum LogField: Sendable {
    case queueID(Identifier128)
    case requestID(Identifier128)
    case function(FunctionName)
    case organization(OrganizationID)
    case entity(EntityID)
    case address(Address)
    case peer(NetworkAddress)
    case uid(UID)
    case octets(Int)
    case count(Int)
    case code(String)
    case milliseconds(Double)
    case reason(String)
    /// What the person on call does about it.
    case advice(String)
    case other(String, String)

    /// Name and value as they stand in the line.
    public var pair: (name: String, value: String) {
        switch self {
        case .queueID(let id): ("queue", id.description)
        case .requestID(let id): ("request", id.description)
        case .function(let name): ("function", name.text)
        case .organization(let id): ("organization", id.text)
        case .entity(let id): ("entity", id.text)
        case .address(let address): ("address", address.description)
        case .peer(let peer): ("peer", peer.description)
        case .uid(let uid): ("uid", uid.description)
        case .octets(let count): ("octets", String(count))
        case .count(let count): ("count", String(count))
        case .code(let code): ("code", code)
        case .milliseconds(let value): ("ms", String(value))
        case .reason(let text): ("reason", text)
        case .advice(let text): ("do", text)
        case .other(let name, let value): (name, value)
        }
    }
}

/// How loud a line is. `info`: it changed hands; `warning`: it did not, and will try again; `error`: a person is needed.
public enum LogLevel: Int, Sendable, Comparable {
    case trace, info, warning, error
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    /// `INFO` and so on.
    public var name: String {
        switch self {
        case .trace: "TRACE"
        case .info: "INFO"
        case .warning: "WARN"
        case .error: "ERROR"
        }
    }
}

/// Where lines go. Writing never blocks the caller and never fails it (reference/faults.md F114).
public protocol LogSink: Sendable {
    /// Takes one line; fields are encoded by the sink, so no value can start a second line (F86).
    func write(_ level: LogLevel, _ event: String, _ fields: [LogField])
    /// True when lines of this level are kept at all.
    func keeps(_ level: LogLevel) -> Bool
}

/// A log with the fields that all its lines carry.
public struct Log: Sendable {
    private let sink: (any LogSink)?
    private let fields: [LogField]
    /// The invocation that its lines belong to.
    private let request: Identifier128?

    /// A log into this sink.
    public init(_ sink: (any LogSink)?, fields: [LogField] = []) { self.init(sink, fields, nil) }

    private init(_ sink: (any LogSink)?, _ fields: [LogField], _ request: Identifier128?) {
        (self.sink, self.fields, self.request) = (sink, fields, request)
    }

    /// A log that goes nowhere.
    public static let silent = Log(nil)

    /// The same log with more fields on each line.
    public func with(_ more: LogField...) -> Log { Log(sink, fields: all(more)) }

    /// The same log for the lines of one invocation.
    func of(_ request: Identifier128) -> Log { Log(sink, fields, request) }

    /// True when lines of this level are kept at all: what is costly to spell out is spelled only then.
    public func keeps(_ level: LogLevel) -> Bool { sink?.keeps(level) ?? false }

    /// The wire, with credentials and content blanked.
    public func trace(_ event: String, _ more: LogField...) { write(.trace, event, more) }
    /// Something changed hands.
    public func info(_ event: String, _ more: LogField...) { write(.info, event, more) }
    /// Something did not work and will be tried again.
    public func warning(_ event: String, _ more: LogField...) { write(.warning, event, more) }
    /// A person is needed.
    public func error(_ event: String, _ more: LogField...) { write(.error, event, more) }

    private func write(_ level: LogLevel, _ event: String, _ more: [LogField]) {
        guard let sink, sink.keeps(level) else { return }
        sink.write(level, event, all(more))
    }

    private func all(_ more: [LogField]) -> [LogField] {
        guard let request else { return fields + more }
        var all: [LogField] = []
        all.reserveCapacity(fields.count + 1 + more.count)
        all += fields
        all.append(.requestID(request))
        all += more
        return all
    }
}
