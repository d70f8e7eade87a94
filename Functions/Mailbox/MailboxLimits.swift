/// How much one question may ask for.
public struct MailboxLimits: Sendable {
    /// Most items in one page.
    public var pageItems = 4096
    /// Most levels of folders.
    public var folderDepth = 50
    /// Most octets in one folder's name.
    public var folderNameOctets = 255
    /// Most folders of one account.
    public var folders = 10_000
    /// Most octets of one message read for a search in its text; the rest is not looked at.
    public var searchedOctets = 16 << 20
    /// Most octets read at once.
    public var stepOctets = 256 << 10

    /// The limits the documentation names.
    public init() {}
}
