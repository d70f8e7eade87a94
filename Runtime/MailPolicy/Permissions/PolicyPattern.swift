import MailTypes

/// A text in which `*` stands for any characters, none too, and `?` for one.
public struct PolicyPattern: Sendable, Hashable {
    public let text: String
    /// Whether ASCII letters compare without case, as actions do.
    public let ignoresCase: Bool
    private let octets: Octets

    /// A pattern of this text.
    public init(_ text: String, ignoresCase: Bool = false) {
        (self.text, self.ignoresCase) = (text, ignoresCase)
        octets = Octets((ignoresCase ? text.asciiLowercased : text).utf8)
    }

    /// True when the whole text fits.
    public func matches(_ text: String) -> Bool {
        let text = Octets((ignoresCase ? text.asciiLowercased : text).utf8)
        return Self.matches(text[...], octets[...])
    }

    /// Goes back to the last `*` only, never to one before: what that one could take, the last one can take too.
    static func matches(_ text: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        var (place, at) = (text.startIndex, pattern.startIndex)
        var star: (at: Int, place: Int)?
        while place < text.endIndex {
            if at < pattern.endIndex, pattern[at] == 0x2A {
                star = (at, place)
                at += 1
            } else if at < pattern.endIndex, pattern[at] == 0x3F {
                // One character, not one octet of it.
                place += 1
                while place < text.endIndex, text[place] & 0xC0 == 0x80 { place += 1 }
                at += 1
            } else if at < pattern.endIndex, pattern[at] == text[place] {
                (place, at) = (place + 1, at + 1)
            } else if let last = star {
                star = (last.at, last.place + 1)
                (place, at) = (last.place + 1, last.at + 1)
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == 0x2A }
    }

    /// True when the text is an ARN whose six parts fit the pattern's, one by one: a `*` stays within its part.
    func matchesARN(_ text: String) -> Bool {
        func parts(_ octets: Octets) -> [ArraySlice<UInt8>] {
            octets.split(separator: 0x3A, maxSplits: 5, omittingEmptySubsequences: false)
        }
        let (mine, others) = (parts(octets), parts(Octets(text.utf8)))
        guard others.count == 6 else { return false }
        // `*` alone is written for any ARN.
        if self.text == "*" { return true }
        return mine.count == 6 && zip(others, mine).allSatisfy { Self.matches($0, $1) }
    }
}
