/// What the operator decides about an SMTP endpoint.
public struct SMTPSettings: Sendable, Hashable {
    /// The name we greet with and write into `Received` (RFC 5321 §4.1.1.1).
    public var hostname: String
    /// The endpoint's name as handlers see it. Only `mx` is spoken so far.
    public var endpoint: String
    /// True when the endpoint has a certificate: STARTTLS is announced (RFC 3207).
    public var offersStartTLS: Bool
    /// True when DSN is announced (RFC 3461).
    public var offersDSN: Bool
    public var limits: SMTPLimits

    /// Settings of an endpoint.
    public init(
        hostname: String, endpoint: String = "mx", offersStartTLS: Bool, offersDSN: Bool = true,
        limits: SMTPLimits = SMTPLimits()
    ) {
        self.hostname = hostname
        self.endpoint = endpoint
        self.offersStartTLS = offersStartTLS
        self.offersDSN = offersDSN
        self.limits = limits
    }
}
