import MailTypes

/// A text that is looked for as a substring, without regard to case, in one pass over what it is looked for in
/// (Knuth, Morris, Pratt): nothing that a peer puts into either makes it slower.
struct Needle {
    private let octets: Octets
    /// How much of the needle still fits when it breaks off after so many octets.
    private let fallback: [Int]

    /// A needle of this text.
    init(_ text: String) {
        octets = Self.folded(text)
        var fallback = [Int](repeating: 0, count: octets.count)
        var length = 0
        for index in octets.indices.dropFirst() {
            while length > 0, octets[index] != octets[length] { length = fallback[length - 1] }
            if octets[index] == octets[length] { length += 1 }
            fallback[index] = length
        }
        self.fallback = fallback
    }

    /// True for the empty text, which is in everything.
    var isEmpty: Bool { octets.isEmpty }

    /// True when the text contains the needle.
    func isIn(_ text: String) -> Bool { isIn(folded: Self.folded(text)) }

    private func isIn(folded haystack: Octets) -> Bool {
        if octets.isEmpty { return true }
        var length = 0
        for octet in haystack {
            while length > 0, octet != octets[length] { length = fallback[length - 1] }
            if octet == octets[length] { length += 1 }
            if length == octets.count { return true }
        }
        return false
    }

    /// UTF-8 in lower case; ASCII, which is nearly everything, without a detour over characters. Line ends become
    /// blanks and runs of blanks one, so that a phrase is found where a line was broken within it.
    static func folded(_ text: String) -> Octets {
        var result: Octets = []
        let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
        let source = isASCII ? text : text.lowercased()
        result.reserveCapacity(source.utf8.count)
        var isAfterBlank = false
        for octet in source.utf8 {
            let isBlank = octet == .space || octet == .tab || octet == .cr || octet == .lf
            if isBlank {
                if !isAfterBlank { result.append(.space) }
            } else {
                result.append(octet.asciiLowercased)
            }
            isAfterBlank = isBlank
        }
        return result
    }
}
