import FunctionRuntime
import MailTypes

/// One command as the grammar understands it (RFC 9051 §6 and the extensions of the README). Names of folders are the
/// octets the client sent: what they mean depends on what it has enabled.
enum Command {
    case capability, noop, logout, startTLS, namespace, check, close, unselect, idle
    case id([(Octets, Octets?)])
    case authenticate(mechanism: String, initial: Octets?)
    case login(user: Octets, password: Octets)
    case enable([String])
    case select(Octets, SelectOptions, readOnly: Bool)
    case create(Octets, specialUse: [Octets])
    case delete(Octets)
    case rename(Octets, to: Octets)
    case subscribe(Octets)
    case unsubscribe(Octets)
    case list(ListOptions)
    case lsub(reference: Octets, pattern: Octets)
    case status(Octets, [StatusItem])
    case expunge(SequenceSet?)
    case fetch(SequenceSet, FetchOptions, byUID: Bool)
    case store(SequenceSet, StoreOptions, byUID: Bool)
    case copy(SequenceSet, Octets, byUID: Bool)
    case move(SequenceSet, Octets, byUID: Bool)
    case search(SearchOptions, byUID: Bool)
    case getQuota(Octets)
    case getQuotaRoot(Octets)
}

/// A command with its tag.
struct TaggedCommand {
    let tag: Octets
    let command: Command
}

/// Parameters of SELECT and EXAMINE (RFC 7162 §3.1.8, §3.2.5).
struct SelectOptions {
    struct Resync {
        var uidValidity: UInt32
        var modSeq: ModSeq
        var knownUIDs: SequenceSet?
    }
    var condstore = false
    var resync: Resync?
}

/// Parameters of LIST (RFC 9051 §6.3.9).
struct ListOptions {
    var reference: Octets = []
    var patterns: [Octets] = []
    /// The bare form of RFC 3501, for which an empty pattern asks for the delimiter.
    var isPlain = true
    var selectsSubscribed = false
    var selectsSpecialUse = false
    var isRecursive = false
    var returnsSubscribed = false
    var returnsChildren = false
    var returnsSpecialUse = false
    var status: [StatusItem] = []
}

/// What STATUS tells (RFC 9051 §6.3.11, 7162, 8474, 9208).
enum StatusItem: String {
    case messages = "MESSAGES"
    case recent = "RECENT"
    case uidNext = "UIDNEXT"
    case uidValidity = "UIDVALIDITY"
    case unseen = "UNSEEN"
    case deleted = "DELETED"
    case size = "SIZE"
    case highestModSeq = "HIGHESTMODSEQ"
    case mailboxID = "MAILBOXID"
}

/// What FETCH asks for.
struct FetchOptions {
    var items: [FetchItem] = []
    var changedSince: ModSeq?
    var withVanished = false
}

/// One item of FETCH (RFC 9051 §6.4.5, 8474, 8514, 8970).
enum FetchItem: Equatable {
    case flags, uid, internalDate, size, envelope, body, bodyStructure, modSeq, emailID, threadID, saveDate, preview
    case section(BodySection, name: SectionName, partial: Partial?, peek: Bool)
    case binary([Int], partial: Partial?, peek: Bool)
    case binarySize([Int])

    /// How the item is called in the response.
    enum SectionName: Equatable { case body, rfc822, rfc822Header, rfc822Text }

    /// `<offset.count>`
    struct Partial: Equatable {
        var offset: Int
        var count: Int
    }
}

/// What stands between the brackets of `BODY[...]`.
struct BodySection: Equatable {
    enum Text: Equatable {
        case whole, header, text, mime
        case headerFields([Octets], not: Bool)
    }
    var part: [Int] = []
    var text: Text = .whole
}

/// What STORE changes (RFC 9051 §6.4.6, 7162 §3.1.3).
struct StoreOptions {
    var change: FlagChange
    var isSilent: Bool
    var unchangedSince: ModSeq?
}

/// What SEARCH looks for and how it answers (RFC 9051 §6.4.4).
struct SearchOptions {
    struct Results: OptionSet {
        let rawValue: UInt8
        static let min = Results(rawValue: 1)
        static let max = Results(rawValue: 2)
        static let count = Results(rawValue: 4)
        static let all = Results(rawValue: 8)
        static let save = Results(rawValue: 16)
    }
    /// Nil when RETURN was not given.
    var results: Results?
    var key: SearchKey
    /// True when a MODSEQ key was used: then the answer tells the highest (RFC 7162 §3.1.5).
    var asksModSeq = false
}

/// One key of SEARCH. What a folder's session alone can tell stays in the command's terms.
indirect enum SearchKey: Sendable {
    case plain(SearchCriterion)
    case set(SequenceSet, byUID: Bool)
    case recent
    case old
    case and([SearchKey])
    case or(SearchKey, SearchKey)
    case not(SearchKey)
}
