import AWSWire
import MailTypes

/// A filter pattern of terms: all of `a "b c"` have to be in a line, one of `?a ?b`, none of `-a`.
struct FilterPattern {
    private var all: [String] = []
    private var any: [String] = []
    private var none: [String] = []

    /// Reads a pattern. Those that look into JSON or columns are refused.
    init(_ text: String) throws(ServiceFailure) {
        var rest = text[...]
        while let first = rest.first {
            if first == " " {
                rest.removeFirst()
                continue
            }
            guard first != "{", first != "[", first != "%" else {
                throw .invalid("filter patterns for JSON, columns and regular expressions are not offered; terms are")
            }
            let sign = first == "?" || first == "-" ? rest.removeFirst() : nil
            let term: Substring
            if rest.first == "\"" {
                rest.removeFirst()
                term = rest.prefix { $0 != "\"" }
                rest = rest.dropFirst(term.count + 1)
            } else {
                term = rest.prefix { $0 != " " }
                rest = rest.dropFirst(term.count)
            }
            guard !term.isEmpty else { continue }
            switch sign {
            case "?": any.append(String(term))
            case "-": none.append(String(term))
            default: all.append(String(term))
            }
        }
    }

    /// True when a line is meant.
    func fits(_ line: String) -> Bool {
        all.allSatisfy { line.contains($0) } && (any.isEmpty || any.contains { line.contains($0) })
            && !none.contains { line.contains($0) }
    }
}
