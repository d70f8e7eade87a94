import MailTypes

/// Finds the name that somebody probably meant.
public enum Suggestion {
    /// The candidate with the fewest edits, if it is near enough to be a slip: a third of its length, at least one, never all of it.
    public static func nearest(to name: String, in candidates: some Sequence<String>) -> String? {
        let wanted = Octets(text: name.asciiLowercased)
        guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
        var best: (name: String, distance: Int)?
        for candidate in candidates where candidate != name && candidate.utf8.count <= 64 {
            let most = max(1, max(wanted.count, candidate.utf8.count) / 3)
            let distance = distance(wanted, Octets(text: candidate.asciiLowercased))
            guard distance <= most, distance < wanted.count else { continue }
            if best.map({ (distance, candidate) < ($0.distance, $0.name) }) ?? true { best = (candidate, distance) }
        }
        return best?.name
    }

    /// Insertions, deletions, replacements and swaps of neighbours that turn one into the other.
    static func distance(_ left: Octets, _ right: Octets) -> Int {
        var before: [Int] = []
        var last = Array(0...right.count)
        for (row, octet) in left.enumerated() {
            var current = [row + 1]
            current.reserveCapacity(right.count + 1)
            for (column, other) in right.enumerated() {
                var cost = min(last[column + 1] + 1, current[column] + 1, last[column] + (octet == other ? 0 : 1))
                if row > 0, column > 0, octet == right[column - 1], left[row - 1] == other {
                    cost = min(cost, before[column - 1] + 1)
                }
                current.append(cost)
            }
            (before, last) = (last, current)
        }
        return last[right.count]
    }
}
