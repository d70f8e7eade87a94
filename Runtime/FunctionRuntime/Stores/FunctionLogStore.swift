import MailTypes

/// Log lines of users' functions: `mailroom logs`, and CloudWatch Logs' reading operations.
public protocol FunctionLogStore: Sendable {
    /// Keeps lines; does not wait for their commit and never holds up a function: what has no room is dropped.
    func append(_ lines: [FunctionLogLine])
    /// Lines dropped since the start.
    var droppedLogLines: Int { get }
    /// Lines of a group after a position, oldest first.
    func lines(of query: FunctionLogQuery) async throws(StoreFailure) -> [StoredLogLine]
    /// Names of streams of a group, newest first.
    func streams(of group: String, limit: Int) async throws(StoreFailure) -> [String]
    /// Names of groups that begin so.
    func groups(prefix: String, limit: Int) async throws(StoreFailure) -> [String]
    /// Forgets lines older than this, at most `limit`, the oldest of each group first; of one group, or of all. Streams and
    /// groups go with their last line. Returns how many lines.
    func trim(olderThan: Timestamp, group: String?, limit: Int) async throws(StoreFailure) -> Int
}

/// One line as a function wrote it. A record of several lines keeps its line ends.
public struct FunctionLogLine: Sendable, Hashable {
    /// Octets of text that are kept of one line: CloudWatch Logs' limit for an event.
    public static let textMax = 256 << 10

    public var group: String
    public var stream: String
    public var at: Timestamp
    public var requestID: String?
    public var text: String

    /// A line; of a text that is too long only the beginning is kept.
    public init(group: String, stream: String, at: Timestamp, requestID: String? = nil, text: String) {
        self.group = group
        self.stream = stream
        self.at = at
        self.requestID = requestID
        self.text =
            text.utf8.count <= Self.textMax ? text : String(decoding: text.utf8.prefix(Self.textMax), as: UTF8.self)
    }
}

/// A line with its position, which grows with each line of the system.
public struct StoredLogLine: Sendable, Hashable {
    public var position: Int
    public var line: FunctionLogLine

    /// A line at a position.
    public init(position: Int, line: FunctionLogLine) { (self.position, self.line) = (position, line) }
}

/// Which lines.
public struct FunctionLogQuery: Sendable, Hashable {
    public var group: String
    public var stream: String?
    public var requestID: String?
    /// The first moment that counts.
    public var from: Timestamp?
    /// The first moment that does not count any more.
    public var until: Timestamp?
    /// Positions up to this one do not count.
    public var after: Int
    public var limit: Int

    /// The first lines of a group after a position.
    public init(
        group: String, stream: String? = nil, requestID: String? = nil, from: Timestamp? = nil,
        until: Timestamp? = nil, after: Int = 0, limit: Int = 1000
    ) {
        self.group = group
        self.stream = stream
        self.requestID = requestID
        self.from = from
        self.until = until
        self.after = after
        self.limit = limit
    }
}
