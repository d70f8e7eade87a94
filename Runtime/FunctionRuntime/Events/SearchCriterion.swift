import MailTypes

/// What items are looked for: the tree behind IMAP's SEARCH (RFC 9051 §6.4.4) and later doors.
///
/// Texts are UTF-8 and match as substrings without regard to case. Dates are days since
/// 1970-01-01, compared with the item's day in UTC (RFC 9051 disregards time and zone).
public indirect enum SearchCriterion: Codable, Sendable, Hashable {
    case all
    case none
    case and([SearchCriterion])
    case or([SearchCriterion])
    case not(SearchCriterion)
    case uids(UIDRanges)
    /// Any of these flags is set; the parser asks for one at a time.
    case flag(Flags.System)
    case keyword(String)
    case larger(Int)
    case smaller(Int)
    /// The day of this kind of date lies in the range of days since 1970.
    case day(DateKind, Range<Int>)
    /// Received at this moment or later.
    case receivedSince(Timestamp)
    /// A header field of this name (lower case) contains the text; an empty text asks only that the field is there.
    case header(String, String)
    /// The decoded text of the body contains the text.
    case body(String)
    /// The decoded header section or body contains the text.
    case text(String)
    case modSeq(atLeast: ModSeq)
    case emailID(ItemID)
    case threadKey(UInt64)

    /// Which date of an item is meant.
    public enum DateKind: String, Codable, Sendable, Hashable {
        /// INTERNALDATE.
        case received
        /// The Date field.
        case sent
        /// When it came into this folder (RFC 8514).
        case saved
    }

    /// What it takes to decide a criterion, cheapest first.
    public enum Cost: Int, Comparable, Sendable {
        /// The item's row.
        case facts
        /// The item's summary.
        case summary
        /// The header section of the content.
        case header
        /// The whole content.
        case content
        public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// The most it can take to decide this.
    public var cost: Cost {
        switch self {
        case .all, .none, .uids, .flag, .keyword, .larger, .smaller, .receivedSince, .modSeq, .emailID: .facts
        case .day(let kind, _): kind == .sent ? .summary : .facts
        case .threadKey: .summary
        case .header(let name, _): Self.envelopeFields.contains(name) ? .summary : .header
        case .body, .text: .content
        case .not(let inner): inner.cost
        case .and(let parts), .or(let parts): parts.map(\.cost).max() ?? .facts
        }
    }

    /// Fields that a summary holds.
    public static let envelopeFields: Set<String> = [
        "subject", "from", "sender", "reply-to", "to", "cc", "bcc", "message-id", "in-reply-to",
    ]
}
