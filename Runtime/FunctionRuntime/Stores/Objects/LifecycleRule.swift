import MailTypes

/// When objects of a bucket go by themselves.
public struct LifecycleRule: Sendable, Codable, Hashable {
    public var id: String
    public var isEnabled: Bool
    /// Keys that begin so; empty for all.
    public var prefix: String
    /// Tags that an object must have.
    public var tags: [String: String]
    /// Days after which the current version expires.
    public var days: Int?
    /// A moment from which on the current version expires.
    public var date: Timestamp?
    /// Days after which a version goes that is no longer the current one.
    public var noncurrentDays: Int?
    /// Whether a delete marker goes that no version is left under.
    public var removesLoneMarkers: Bool
    /// Days after which an unfinished upload goes.
    public var uploadDays: Int?

    /// A rule of these facts.
    public init(
        id: String, isEnabled: Bool = true, prefix: String = "", tags: [String: String] = [:], days: Int? = nil,
        date: Timestamp? = nil, noncurrentDays: Int? = nil, removesLoneMarkers: Bool = false, uploadDays: Int? = nil
    ) {
        self.id = id
        self.isEnabled = isEnabled
        self.prefix = prefix
        self.tags = tags
        self.days = days
        self.date = date
        self.noncurrentDays = noncurrentDays
        self.removesLoneMarkers = removesLoneMarkers
        self.uploadDays = uploadDays
    }

    /// Current versions modified up to this time expire; nil when none do now.
    public func currentCutoff(at now: Timestamp) -> Timestamp? {
        if let days { return Self.cutoff(days, now) }
        return date.flatMap { $0 <= now ? now : nil }
    }

    /// Versions that ceased to be current up to this time go; nil when none do.
    public func noncurrentCutoff(at now: Timestamp) -> Timestamp? { noncurrentDays.map { Self.cutoff($0, now) } }

    /// Uploads started up to this time go; nil when none do.
    public func uploadCutoff(at now: Timestamp) -> Timestamp? { uploadDays.map { Self.cutoff($0, now) } }

    private static func cutoff(_ days: Int, _ now: Timestamp) -> Timestamp { now + .seconds(-86400 * Int64(days)) }
}
