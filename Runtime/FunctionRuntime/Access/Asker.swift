import MailTypes

/// Who asks for something, and what the conditions of policies may look at in how it is asked.
public struct Asker: Sendable {
    public let caller: Caller
    /// What the request itself tells; nil where there is none.
    private let request: HTTPRequest?
    private var added: [String: [String]]

    /// An asker of these parts.
    public init(_ caller: Caller, conditions: [String: [String]] = [:]) {
        (self.caller, request, added) = (caller, nil, conditions)
    }

    fileprivate init(_ request: HTTPRequest) { (caller, self.request, added) = (request.caller, request, [:]) }

    /// AWS's global condition keys, as far as a request tells them, and what an operation adds: `aws:SourceIp`. Put together
    /// when a policy is looked at: most callers' roles ask for none of them.
    public var conditions: [String: [String]] {
        guard let request else { return added }
        return [
            "aws:SecureTransport": [request.isSecure || request.peer.isLoopback ? "true" : "false"],
            "aws:SourceIp": [request.peer.host],
            "aws:UserAgent": request.headers.values(of: "User-Agent"),
        ].merging(added) { $1 }
    }

    /// The same asker, with a condition key more.
    public func with(_ key: String, _ values: [String]) -> Asker {
        var asker = self
        asker.added[key] = values
        return asker
    }
}

extension HTTPRequest {
    /// Who asks by this request.
    ///
    /// A call in plain HTTP from this machine crosses no network: functions reach the system so, and policies that were
    /// written where every call is encrypted must hold for them.
    public var asker: Asker { Asker(self) }
}
