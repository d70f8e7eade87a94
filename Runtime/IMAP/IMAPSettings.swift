/// What an endpoint decides for its sessions.
public struct IMAPSettings: Sendable {
    /// Our name in the greeting.
    public var hostname: String
    /// True when passwords are taken without TLS: loopback in `dev` only.
    public var allowsPlainText: Bool
    /// True when STARTTLS is offered on connections without TLS.
    public var offersStartTLS: Bool
    /// Our version in ID; nil tells nobody.
    public var version: String?
    public var limits: IMAPLimits

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
