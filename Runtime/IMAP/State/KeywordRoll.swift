import MailTypes

/// Keywords that the client of a selected folder has heard of. FLAGS names a keyword before a message has it (RFC 3501
/// §7.2.6); keywords are made by being used, so FLAGS is told again when one turns up.
struct KeywordRoll {
    /// Keywords that every folder's FLAGS names: those of RFC 9051 §2.3.2.
    static let usual = ["$Forwarded", "$MDNSent", "$Junk", "$NotJunk", "$Phishing"]
    private static let usualLowercased = Set(usual.map(\.asciiLowercased))

    /// The others, as they turned up.
    private(set) var names: [String] = []
    private var known: Set<String> = []

    /// Notes keywords not heard of, up to so many of them; true when there are any.
    mutating func learn(_ flags: Flags, most: Int) -> Bool {
        var isNews = false
        for keyword in flags.keywords where names.count < most {
            let name = keyword.asciiLowercased
            guard !Self.usualLowercased.contains(name), known.insert(name).inserted else { continue }
            names.append(keyword)
            isNews = true
        }
        return isNews
    }
}
