import MailTypes

/// Which routes can fit a path at all, by its first segment: a request is held against a few patterns, not against all.
struct RouteTable: Sendable {
    /// Routes that begin with this text, and those that begin with a name, in their order.
    private var exact: [String: [Int]] = [:]
    /// Routes that begin with this text whatever its case, by the text in lower case.
    private var ignoringCase: [String: [Int]] = [:]
    /// Routes that begin with a name.
    private var named: [Int] = []

    /// A table of these routes by their places.
    init(_ routes: [HTTPRoute]) {
        var literal: [String: [Int]] = [:]
        for (index, route) in routes.enumerated() {
            guard case .literal(let text)? = route.path.segments.first else {
                named.append(index)
                continue
            }
            if route.path.ignoresCase {
                ignoringCase[text.asciiLowercased, default: []].append(index)
            } else {
                literal[text, default: []].append(index)
            }
        }
        exact = literal.mapValues { ($0 + named).sorted() }
    }

    /// Places of the routes that may fit this path, in their order.
    func candidates(for path: RequestPath) -> [Int] {
        guard let first = path.segments.first ?? nil else { return named }
        let found = exact[first] ?? named
        guard !ignoringCase.isEmpty, let more = ignoringCase[first.asciiLowercased] else { return found }
        return (found + more).sorted()
    }
}
