/// What the operator decides about an SMTP endpoint.
public struct SMTPSettings: Sendable, Hashable {
    /// The name we greet with and write into `Received` (RFC 5321 §4.1.1.1).
    public var hostname: String
    /// The endpoint's name as handlers see it: `mx` or `submission`.
    public var endpoint: String
    /// True where users send: AUTH is offered within TLS, and nothing is taken from anybody before it (RFC 6409 §4.3).
    public var isForUsers: Bool
    /// True when the endpoint has a certificate: STARTTLS is announced (RFC 3207).
    public var offersStartTLS: Bool
    /// True when DSN is announced (RFC 3461).
    public var offersDSN: Bool
    public var limits: SMTPLimits

    /// Settings of an endpoint.
    public init(
        hostname: String, endpoint: String = "mx", isForUsers: Bool = false, offersStartTLS: Bool,
        offersDSN: Bool = true, limits: SMTPLimits = SMTPLimits()
    ) {
        self.hostname = hostname
        self.endpoint = endpoint
        self.isForUsers = isForUsers
        self.offersStartTLS = offersStartTLS
        self.offersDSN = offersDSN
        self.limits = limits
    }
}
