/// How much one connection may ask for (reference/faults.md F44-F47). Each limit holds before anything is allocated.
public struct IMAPLimits: Sendable {
    /// Octets of one command line without its literals.
    public var lineOctets = 64 << 10
    /// The same before login.
    public var lineOctetsBeforeLogin = 8 << 10
    /// Octets of one literal that is not a message.
    public var literalOctets = 64 << 10
    /// The same before login, and of any literal that waits for no go-ahead there (RFC 7888 §5).
    public var literalOctetsBeforeLogin = 4096
    /// Octets of one command with its literals, messages not counted.
    public var commandOctets = 256 << 10
    /// Octets of a message in APPEND (RFC 7889).
    public var messageOctets = 40 << 20
    /// Octets of all messages of one APPEND.
    public var appendOctets = 80 << 20
    /// Messages of one APPEND (RFC 3502).
    public var appendMessages = 256
    /// Octets beyond a limit that are read and dropped to stay in step; beyond this the connection is closed.
    public var discardOctets = 64 << 20
    /// Levels of parentheses.
    public var depth = 50
    /// Levels of NOT, OR and parentheses in a search.
    public var searchDepth = 50
    /// Keys in one search.
    public var searchKeys = 1000
    /// Ranges in one sequence set.
    public var sequenceRanges = 16_384
    /// Items of one FETCH.
    public var fetchItems = 100
    /// Octets of one LIST pattern.
    public var patternOctets = 1024
    /// Patterns of one LIST.
    public var patterns = 64
    /// Flags in one command.
    public var flags = 100
    /// Octets of one keyword.
    public var keywordOctets = 128
    /// Keywords beyond the usual ones that FLAGS names in one session.
    public var announcedKeywords = 500
    /// Items in the parameter lists of ID, STATUS, ENABLE and the like.
    public var listItems = 100
    /// Commands not understood, with none understood between them, before the connection is closed.
    public var badCommands = 20
    /// The same before login.
    public var badCommandsBeforeLogin = 5
    /// Failed logins before the connection is closed.
    public var loginFailures = 3
    /// Sessions of one user at a time, as far as the intake counts them.
    public var sessionsPerUser = 100
    /// Seconds a connection may be silent before login.
    public var silentSecondsBeforeLogin = 60
    /// Seconds a connection may be silent; RFC 9051 §5.4 asks for 30 minutes at least.
    public var silentSeconds = 31 * 60
    /// Items fetched at once when their summaries or contents are needed.
    public var pageItems = 64
    /// Items fetched at once when only flags and numbers are needed.
    public var plainPageItems = 512
    /// Items whose flags are changed in one commit.
    public var storeItems = 4096
    /// Items searched at once by what their rows and summaries say.
    public var searchItems = 20_000
    /// Items searched at once when their contents have to be read.
    public var contentSearchItems = 256
    /// Octets of content read at once.
    public var stepOctets = 256 << 10
    /// Octets of output gathered before they are handed on.
    public var outputOctets = 32 << 10
    /// Items looked at to tell the first unseen one at SELECT; in larger folders it is left out (RFC 3501 §6.3.1).
    public var unseenScanItems = 1024

    /// The limits the documentation names.
    public init() {}
}
