import FunctionRuntime
import MailTypes
import MessageFormat

/// Arguments of SEARCH (RFC 9051 §6.4.4 and 5032, 7162, 8474, 8514).
extension SyntaxReader {
    /// `[SP "RETURN" SP "(" ... ")"] [SP "CHARSET" SP charset] 1*(SP search-key)`
    mutating func searchOptions(now: Int64) throws(SyntaxFault) -> SearchOptions {
        var results: SearchOptions.Results?
        if take(word: "RETURN") {
            try space()
            var asked: SearchOptions.Results = []
            try list(limit: limits.listItems) { (reader) throws(SyntaxFault) in
                switch try reader.word() {
                case "MIN": asked.insert(.min)
                case "MAX": asked.insert(.max)
                case "COUNT": asked.insert(.count)
                case "ALL": asked.insert(.all)
                case "SAVE": asked.insert(.save)
                default: throw SyntaxFault("unknown return option")
                }
            }
            // RFC 4731 §3.1: nothing asked means ALL.
            results = asked.isEmpty ? .all : asked
            try space()
        }
        var budget = SearchBudget(keys: limits.searchKeys, now: now)
        if take(word: "CHARSET") {
            try space()
            let charset = try astring().text
            guard !charset.isEmpty, Charset.decode([], charset: charset) != nil else {
                throw SyntaxFault(Self.badCharset)
            }
            try space()
            // Texts in UTF-8 are checked, as they are without a charset; others are made of what there is.
            let isPlain = ["utf-8", "us-ascii"].contains(charset.asciiLowercased)
            if !isPlain { budget.charset = charset }
        }
        var keys: [SearchKey] = []
        repeat { keys.append(try searchKey(depth: 0, &budget)) } while take(.space) && !isAtEnd
        return SearchOptions(
            results: results, key: keys.count == 1 ? keys[0] : .and(keys), asksModSeq: budget.asksModSeq)
    }

    /// The fault that is answered with NO [BADCHARSET] instead of BAD (RFC 9051 §6.4.4).
    static let badCharset = "charset not supported"

    /// What a search may still hold, and what was seen in it.
    struct SearchBudget {
        var keys: Int
        let now: Int64
        /// The charset of the texts; nil: UTF-8.
        var charset: String?
        var asksModSeq = false
    }

    private mutating func searchKey(depth: Int, _ budget: inout SearchBudget) throws(SyntaxFault) -> SearchKey {
        guard depth < limits.searchDepth else { throw SyntaxFault("search nested too deep") }
        budget.keys -= 1
        guard budget.keys >= 0 else { throw SyntaxFault("too many search keys") }
        guard let first = peek else { throw SyntaxFault("search key expected") }
        if first == 0x28 {
            try expect(0x28)
            var keys: [SearchKey] = []
            repeat { keys.append(try searchKey(depth: depth + 1, &budget)) } while take(.space)
            try expect(0x29)
            return keys.count == 1 ? keys[0] : .and(keys)
        }
        if first.isASCIIDigit || first == 0x2A || first == 0x24 { return .set(try sequenceSet(), byUID: false) }
        let name = try word()
        switch name {
        case "NOT":
            try space()
            return .not(try searchKey(depth: depth + 1, &budget))
        case "OR":
            try space()
            let left = try searchKey(depth: depth + 1, &budget)
            try space()
            return .or(left, try searchKey(depth: depth + 1, &budget))
        case "UID":
            try space()
            return .set(try sequenceSet(), byUID: true)
        case "RECENT": return .recent
        case "OLD": return .old
        case "NEW": return .and([.recent, .not(.plain(.flag(.seen)))])
        default: break
        }
        if let plain = Self.plainKeys[name] { return plain }
        return try keyWithArgument(name, &budget)
    }

    private static let plainKeys: [String: SearchKey] = {
        var keys: [String: SearchKey] = ["ALL": .plain(.all)]
        let flags: [(String, Flags.System)] = [
            ("ANSWERED", .answered), ("DELETED", .deleted), ("DRAFT", .draft), ("FLAGGED", .flagged), ("SEEN", .seen),
        ]
        for (name, flag) in flags {
            keys[name] = .plain(.flag(flag))
            keys["UN" + name] = .plain(.not(.flag(flag)))
        }
        // Every item here has a save date (RFC 8514 §4.3).
        keys["SAVEDATESUPPORTED"] = .plain(.all)
        return keys
    }()

    private mutating func keyWithArgument(_ name: String, _ budget: inout SearchBudget) throws(SyntaxFault) -> SearchKey
    {
        guard Self.argumentKeys.contains(name) else { throw SyntaxFault("unknown search key") }
        try space()
        switch name {
        case "BCC", "CC", "FROM", "SUBJECT", "TO":
            return .plain(.header(name.asciiLowercased, try text(budget.charset)))
        case "BODY": return .plain(.body(try text(budget.charset)))
        case "TEXT": return .plain(.text(try text(budget.charset)))
        case "HEADER":
            let field = try astring()
            try space()
            return .plain(.header(field.text.asciiLowercased, try text(budget.charset)))
        case "KEYWORD": return .plain(.keyword(try atom().text))
        case "UNKEYWORD": return .plain(.not(.keyword(try atom().text)))
        case "LARGER": return .plain(.larger(Int(try number64())))
        case "SMALLER": return .plain(.smaller(Int(try number64())))
        case "OLDER": return .plain(.not(.receivedSince(Timestamp(seconds: budget.now - Int64(try number()) + 1))))
        case "YOUNGER": return .plain(.receivedSince(Timestamp(seconds: budget.now - Int64(try number()))))
        case "MODSEQ":
            budget.asksModSeq = true
            return .plain(try modSeqKey())
        case "EMAILID":
            let id = try atom()
            return .plain(ObjectName.item(id).map { .emailID($0) } ?? .none)
        case "THREADID":
            let id = try atom()
            return .plain(ObjectName.thread(id).map { .threadKey($0) } ?? .none)
        default: return .plain(try dateKey(name))
        }
    }

    private static let argumentKeys: Set<String> = [
        "BCC", "CC", "FROM", "SUBJECT", "TO", "BODY", "TEXT", "HEADER", "KEYWORD", "UNKEYWORD", "LARGER", "SMALLER",
        "OLDER", "YOUNGER", "MODSEQ", "EMAILID", "THREADID", "BEFORE", "ON", "SINCE", "SENTBEFORE", "SENTON",
        "SENTSINCE", "SAVEDBEFORE", "SAVEDON", "SAVEDSINCE",
    ]

    private mutating func dateKey(_ name: String) throws(SyntaxFault) -> SearchCriterion {
        let day = try day()
        let kind: SearchCriterion.DateKind =
            name.hasPrefix("SENT") ? .sent : name.hasPrefix("SAVED") ? .saved : .received
        if name.hasSuffix("BEFORE") { return .day(kind, Int(Int32.min)..<day) }
        if name.hasSuffix("SINCE") { return .day(kind, day..<Int(Int32.max)) }
        return .day(kind, day..<(day + 1))
    }

    /// `"MODSEQ" [SP entry-name SP entry-type-req] SP mod-sequence-valzer` (RFC 7162 §3.1.5). One counter serves all
    /// metadata items, so the entry is read and makes no difference.
    private mutating func modSeqKey() throws(SyntaxFault) -> SearchCriterion {
        if peek == 0x22 {
            _ = try string()
            try space()
            guard ["PRIV", "SHARED", "ALL"].contains(try word()) else { throw SyntaxFault("entry type expected") }
            try space()
        }
        return .modSeq(atLeast: ModSeq(try number64()))
    }

    private mutating func text(_ charset: String?) throws(SyntaxFault) -> String {
        let octets = try astring()
        if let charset { return Charset.decode(octets, charset: charset) ?? octets.text }
        guard let text = String(validating: octets, as: UTF8.self) else {
            throw SyntaxFault("text is not UTF-8")
        }
        return text
    }
}
