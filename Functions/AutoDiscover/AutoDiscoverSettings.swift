/// Where everything is, as clients outside see it.
public struct AutoDiscoverSettings: Sendable, Hashable {
    /// The name that certificates carry and clients connect to.
    public var hostname: String
    public var httpsPort: Int
    /// Ports of the mail protocols; nil for one that is not served.
    public var imapPort: Int?
    public var imapsPort: Int?
    public var submissionPort: Int?
    public var submissionsPort: Int?
    /// True once Exchange Web Services answer: only then Outlook is told of them.
    public var servesEWS: Bool
    /// What clients show as the provider's name.
    public var displayName: String

    /// Settings of these values.
    public init(
        hostname: String, httpsPort: Int = 443, imapPort: Int? = nil, imapsPort: Int? = 993, submissionPort: Int? = nil,
        submissionsPort: Int? = 465, servesEWS: Bool = false, displayName: String = "Mailroom"
    ) {
        self.hostname = hostname
        self.httpsPort = httpsPort
        self.imapPort = imapPort
        self.imapsPort = imapsPort
        self.submissionPort = submissionPort
        self.submissionsPort = submissionsPort
        self.servesEWS = servesEWS
        self.displayName = displayName
    }

    /// An https address on this host.
    public func url(_ path: String) -> String {
        let host = hostname.contains(":") ? "[\(hostname)]" : hostname
        return httpsPort == 443 ? "https://\(host)\(path)" : "https://\(host):\(httpsPort)\(path)"
    }

    /// `https://mail.example.org/Microsoft-Server-ActiveSync`.
    public var activeSyncURL: String { url("/Microsoft-Server-ActiveSync") }
    /// `https://mail.example.org/EWS/Exchange.asmx`.
    public var ewsURL: String { url("/EWS/Exchange.asmx") }
    /// `https://mail.example.org/autodiscover/autodiscover.xml`.
    public var autoDiscoverURL: String { url("/autodiscover/autodiscover.xml") }
}
