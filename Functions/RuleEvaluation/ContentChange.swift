import MailTypes
import MessageFormat

/// What a function changed about a message, in words for the trace (reference/faults.md F116).
enum ContentChange {
    /// Names told of each kind of change; a message has up to thousands of fields.
    private static let mostNames = 8

    /// Field names added, removed and changed, and how much longer the content is.
    static func words(from old: Octets, _ oldSize: Int, to new: Octets, _ newSize: Int) -> String {
        let before = values(of: HeaderSection(old))
        let after = values(of: HeaderSection(new))
        let names = Set(before.keys).union(after.keys).sorted()
        var parts: [String] = []
        func tell(_ word: String, _ isSo: (String) -> Bool) {
            let found = names.filter(isSo)
            guard !found.isEmpty else { return }
            let more = found.count - mostNames
            parts.append("\(word) \(found.prefix(mostNames).joined(separator: ", "))" + (more > 0 ? " +\(more)" : ""))
        }
        tell("added") { before[$0] == nil }
        tell("removed") { after[$0] == nil }
        tell("changed") { before[$0] != nil && after[$0] != nil && before[$0] != after[$0] }
        let difference = newSize - oldSize
        parts.append("\(difference < 0 ? "" : "+")\(difference) octets")
        return "content replaced: " + parts.joined(separator: "; ")
    }

    /// Values by name in lower case, in their order.
    private static func values(of header: HeaderSection) -> [String: [Octets]] {
        var values: [String: [Octets]] = [:]
        for field in header.fields {
            values[header.name(of: field).text.lowercased(), default: []].append(header.unfoldedValue(of: field))
        }
        return values
    }
}
