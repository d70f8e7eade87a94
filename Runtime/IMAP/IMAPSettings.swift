/// What an endpoint decides for its sessions, shared by all of them.
public final class IMAPSettings: Sendable {
    /// Our name in the greeting.
    public let hostname: String
    /// True when passwords are taken without TLS: loopback in `dev` only.
    public let allowsPlainText: Bool
    /// True when STARTTLS is offered on connections without TLS.
    public let offersStartTLS: Bool
    /// Our version in ID; nil tells nobody.
    public let version: String?
    public let limits: IMAPLimits

    /// Settings of these facts.
    public init(
        hostname: String, allowsPlainText: Bool = false, offersStartTLS: Bool = true, version: String? = nil,
        limits: IMAPLimits = IMAPLimits()
    ) {
        self.hostname = hostname
        self.allowsPlainText = allowsPlainText
        self.offersStartTLS = offersStartTLS
        self.version = version
        self.limits = limits
    }
}
