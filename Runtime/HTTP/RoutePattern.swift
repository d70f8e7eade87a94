import FunctionRuntime
import MailTypes

/// A path with places to fill in: `/messages/{messageId}`, `/{bucket}/{key+}`.
///
/// `{name}` stands for one segment that is not empty; `{name+}`, only at the end, for all the rest, slashes included.
/// Literal segments compare after percent-decoding; nothing is normalised, because `a/../b` and `a//b` are keys.
public struct RoutePattern: Sendable, Hashable {
    enum Segment: Sendable, Hashable {
        case literal(String)
        case parameter(String)
        case greedy(String)
    }

    /// The pattern as the template has it.
    public let text: String
    /// Whether literal segments compare without ASCII case, as paths that Microsoft's clients make up need it.
    public let ignoresCase: Bool
    let segments: [Segment]

    /// Reads a pattern.
    public init(_ text: String, ignoresCase: Bool = false) throws(HTTPRouteProblem) {
        guard text.utf8.first == 0x2F else { throw HTTPRouteProblem("the path '\(text)' does not begin with '/'") }
        let parts = text.utf8.dropFirst().split(separator: 0x2F, omittingEmptySubsequences: false)
        var segments: [Segment] = []
        var names: Set<String> = []
        for (index, part) in parts.enumerated() {
            let part = Octets(part)
            guard part.contains(0x7B) || part.contains(0x7D) else {
                segments.append(.literal(part.text))
                continue
            }
            guard part.count > 2, part.first == 0x7B, part.last == 0x7D else {
                throw HTTPRouteProblem("in '\(text)' a '{name}' does not fill its segment")
            }
            let isGreedy = part[part.count - 2] == 0x2B
            let name = Octets(part[1..<(part.count - (isGreedy ? 2 : 1))])
            guard !name.isEmpty, name.allSatisfy({ PercentCoding.isUnreserved($0) }) else {
                throw HTTPRouteProblem(
                    "in '\(text)' a name between braces is not made of letters, digits, '-', '_', '.'")
            }
            guard names.insert(name.text).inserted else {
                throw HTTPRouteProblem("'\(text)' names '\(name.text)' twice")
            }
            guard !isGreedy || index == parts.count - 1 else {
                throw HTTPRouteProblem("in '\(text)' only the last segment can be '{\(name.text)+}'")
            }
            segments.append(isGreedy ? .greedy(name.text) : .parameter(name.text))
        }
        (self.text, self.ignoresCase, self.segments) = (text, ignoresCase, segments)
    }

    /// Values for the pattern's names, percent-decoded; nil when the path does not fit or a value is not UTF-8.
    public func match(_ path: RequestPath) -> [String: String]? {
        var values: [String: String] = [:]
        for (index, segment) in segments.enumerated() {
            guard index < path.segments.count else { return nil }
            switch segment {
            case .literal(let literal):
                guard let text = path.segments[index] else { return nil }
                guard ignoresCase ? text.utf8.equalsIgnoringASCIICase(literal.utf8) : text == literal else {
                    return nil
                }
            case .parameter(let name):
                guard let text = path.segments[index], !text.isEmpty else { return nil }
                values[name] = text
            case .greedy(let name):
                guard let text = path.rest(from: index) else { return nil }
                values[name] = text
                return values
            }
        }
        return segments.count == path.segments.count ? values : nil
    }

    /// True when the first segment is a text, not a name to fill in.
    var beginsWithLiteral: Bool { if case .literal(let text)? = segments.first { !text.isEmpty } else { false } }

    /// Sorts what is more specific first: a literal before a name before a rest, segment by segment.
    public var rank: [Int] {
        segments.map { segment in
            switch segment {
            case .literal: 3
            case .parameter: 2
            case .greedy: 1
            }
        }
    }
}
