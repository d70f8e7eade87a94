import MailTypes

/// A pattern of LIST (RFC 9051 §6.3.9): `*` stands for anything, `%` for anything without the delimiter.
///
/// All positions of the pattern are followed at once, so a match costs at most name octets times pattern octets whatever
/// the wildcards (CVE-2021-40110, reference/faults.md F47).
struct ListPattern {
    private let octets: Octets

    /// A pattern; runs of wildcards become the one they amount to.
    init(_ pattern: Octets) {
        var octets: Octets = []
        octets.reserveCapacity(pattern.count)
        for octet in pattern {
            if Self.isWildcard(octet), let last = octets.last, Self.isWildcard(last) {
                if octet == 0x2A { octets[octets.count - 1] = 0x2A }
            } else {
                octets.append(octet)
            }
        }
        self.octets = octets
    }

    private static func isWildcard(_ octet: UInt8) -> Bool { octet == 0x2A || octet == 0x25 }

    /// True when the whole name matches. The first part `INBOX` compares without case.
    func matches(_ name: Octets) -> Bool {
        let foldedOctets =
            name.prefix(5).equalsIgnoringASCIICase("INBOX".utf8) && (name.count == 5 || name[5] == FolderName.delimiter)
            ? 5 : 0
        // `places` holds, ascending, the positions in the pattern that the octets so far can have led to.
        var places: [Int] = []
        add(0, to: &places)
        for (index, octet) in name.enumerated() {
            var next: [Int] = []
            for place in places where place < octets.count {
                let expected = octets[place]
                if Self.isWildcard(expected) {
                    if expected == 0x2A || octet != FolderName.delimiter { add(place, to: &next) }
                } else if expected == octet
                    || index < foldedOctets && expected.asciiLowercased == octet.asciiLowercased
                {
                    add(place + 1, to: &next)
                }
            }
            guard !next.isEmpty else { return false }
            places = next
        }
        return places.last == octets.count
    }

    /// Adds a position, and the one behind a wildcard, which may stand for nothing.
    private func add(_ place: Int, to places: inout [Int]) {
        if places.last.map({ $0 < place }) ?? true { places.append(place) }
        if place < octets.count, Self.isWildcard(octets[place]), places.last.map({ $0 < place + 1 }) ?? true {
            places.append(place + 1)
        }
    }
}
