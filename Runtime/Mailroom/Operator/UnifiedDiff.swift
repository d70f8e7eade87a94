import MailTypes

/// What is different between two contents, line by line, as `diff -u` shows it, bounded.
enum UnifiedDiff {
    /// Lines of each content that are compared, and characters of a line that are shown.
    private static let comparedLines = 2000
    private static let shownCharacters = 200
    /// Lines of the answer.
    private static let mostLines = 400
    /// Lines shown around a change.
    private static let around = 3

    private struct Line {
        let mark: Character
        let text: String
        let old: Int
        let new: Int
    }

    /// The lines of the difference, without the two names on top; empty when there is none.
    static func lines(from old: Octets, to new: Octets) -> [String] {
        let script = script(split(old), split(new))
        var shown: Set<Int> = []
        for place in script.indices where script[place].mark != " " {
            for near in max(0, place - around)...min(script.count - 1, place + around) { shown.insert(near) }
        }
        var lines: [String] = []
        var last: Int?
        for place in shown.sorted() {
            guard lines.count < mostLines else {
                lines.append("... and more")
                break
            }
            let line = script[place]
            if last != place - 1 { lines.append("@@ -\(line.old + 1) +\(line.new + 1) @@") }
            lines.append("\(line.mark)\(line.text.prefix(shownCharacters))")
            last = place
        }
        return lines
    }

    /// Cut as octets: in a text CR LF is one character, which is no LF.
    private static func split(_ octets: Octets) -> [String] {
        let lines = octets.split(separator: .lf, maxSplits: comparedLines, omittingEmptySubsequences: false)
        return lines.prefix(comparedLines).map { Octets($0.last == .cr ? $0.dropLast() : $0).text }
    }

    private static func script(_ old: [String], _ new: [String]) -> [Line] {
        let difference = new.difference(from: old)
        let removed = Set(
            difference.removals.map { change in if case .remove(let place, _, _) = change { place } else { 0 } })
        let inserted = Set(
            difference.insertions.map { change in if case .insert(let place, _, _) = change { place } else { 0 } })
        var lines: [Line] = []
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if left < old.count, removed.contains(left) {
                lines.append(Line(mark: "-", text: old[left], old: left, new: right))
                left += 1
            } else if right < new.count, inserted.contains(right) {
                lines.append(Line(mark: "+", text: new[right], old: left, new: right))
                right += 1
            } else {
                if left < old.count { lines.append(Line(mark: " ", text: old[left], old: left, new: right)) }
                left += 1
                right += 1
            }
        }
        return lines
    }
}
