import MailTypes

/// One HTTP request, after its route's authorizer has named the caller.
///
/// It passes through a dozen hands on its way. They share one copy of its parts; whoever changes one gets a copy of its own.
public struct HTTPRequest: Sendable {
    private struct Parts: Codable, Sendable {
        var method: String
        var path: String
        var query: String
        var headers: HTTPFields
        var body: HTTPBody
        var pathParameters: [String: String]
        var caller: Caller
        var peer: NetworkAddress
        var isSecure: Bool
    }

    private final class Shared: Sendable {
        let parts: Parts
        init(_ parts: Parts) { self.parts = parts }
    }

    private var shared: Shared

    /// A request of these parts.
    public init(
        method: String, path: String, query: String = "", headers: HTTPFields = HTTPFields(), body: HTTPBody = .empty,
        pathParameters: [String: String] = [:], caller: Caller = .anonymous, peer: NetworkAddress,
        isSecure: Bool = false
    ) {
        shared = Shared(
            Parts(
                method: method, path: path, query: query, headers: headers, body: body, pathParameters: pathParameters,
                caller: caller, peer: peer, isSecure: isSecure))
    }

    private mutating func change(_ change: (inout Parts) -> Void) {
        var parts = shared.parts
        change(&parts)
        shared = Shared(parts)
    }

    /// `GET`, as sent.
    public var method: String {
        get { shared.parts.method }
        set { change { $0.method = newValue } }
    }
    /// The path as it was on the wire, percent-encoded, without the query.
    public var path: String {
        get { shared.parts.path }
        set { change { $0.path = newValue } }
    }
    /// The query as it was on the wire, without `?`; empty when there is none.
    public var query: String {
        get { shared.parts.query }
        set { change { $0.query = newValue } }
    }
    public var headers: HTTPFields {
        get { shared.parts.headers }
        set { change { $0.headers = newValue } }
    }
    public var body: HTTPBody {
        get { shared.parts.body }
        set { change { $0.body = newValue } }
    }
    /// Values of `{name}` in the route's path, percent-decoded.
    public var pathParameters: [String: String] {
        get { shared.parts.pathParameters }
        set { change { $0.pathParameters = newValue } }
    }
    public var caller: Caller {
        get { shared.parts.caller }
        set { change { $0.caller = newValue } }
    }
    public var peer: NetworkAddress {
        get { shared.parts.peer }
        set { change { $0.peer = newValue } }
    }
    public var isSecure: Bool {
        get { shared.parts.isSecure }
        set { change { $0.isSecure = newValue } }
    }
}

extension HTTPRequest: Codable {
    public init(from decoder: any Decoder) throws { shared = Shared(try Parts(from: decoder)) }
    public func encode(to encoder: any Encoder) throws { try shared.parts.encode(to: encoder) }
}
