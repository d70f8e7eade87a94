import MailTypes

/// Who asks for something, and what the conditions of policies may look at in how it is asked.
public struct Asker: Sendable {
    public let caller: Caller
    /// AWS's global condition keys, as far as a request tells them, and what an operation adds: `aws:SourceIp`.
    public var conditions: [String: [String]]

    /// An asker of these parts.
    public init(_ caller: Caller, conditions: [String: [String]] = [:]) {
        (self.caller, self.conditions) = (caller, conditions)
    }

    /// The same asker, with a condition key more.
    public func with(_ key: String, _ values: [String]) -> Asker {
        var asker = self
        asker.conditions[key] = values
        return asker
    }
}

extension HTTPRequest {
    /// Who asks by this request.
    ///
    /// A call in plain HTTP from this machine crosses no network: functions reach the system so, and policies that were
    /// written where every call is encrypted must hold for them.
    public var asker: Asker {
        Asker(
            caller,
            conditions: [
                "aws:SecureTransport": [isSecure || peer.isLoopback ? "true" : "false"],
                "aws:SourceIp": [peer.host],
                "aws:UserAgent": headers.values(of: "User-Agent"),
            ])
    }
}
