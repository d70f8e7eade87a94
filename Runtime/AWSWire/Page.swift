import FunctionRuntime
import MailTypes

/// One page of a list. Elements have keys that never change, and a token names the last key given out: nothing is skipped
/// or repeated while nothing changes, and little when something does (reference/workmail-api.md §1.5).
public struct Page<Element> {
    public let elements: [Element]
    /// Nil on the last page: clients loop for ever on a token that is there and empty.
    public let nextToken: String?
    private let tokenName: String

    /// The page that the input asks for.
    /// - Parameters:
    ///   - operation: whose tokens these are.
    ///   - size: elements of a page when the input does not say.
    ///   - tokenName: `nextToken` in CloudWatch Logs.
    public init(
        of all: [Element], for input: Input, operation: String, size: Int = 100, tokenName: String = "NextToken",
        key: (Element) -> String
    ) throws(ServiceFailure) {
        let place = try PagePlace(input, operation: operation, size: size, tokenName: tokenName)
        var sorted = all.map { (key: key($0), element: $0) }.sorted { $0.key < $1.key }
        if let last = place.last { sorted.removeAll { $0.key <= last } }
        self.init(sorted, at: place, tokenName: tokenName)
    }

    /// The page that the input asks for, of a list that a store gives out in the order of its keys: no more is read than
    /// the page needs.
    /// - Parameter fetch: the elements after this key, at most so many.
    public init(
        for input: Input, operation: String, size: Int = 100, key: (Element) -> String,
        fetching fetch: (_ last: String?, _ limit: Int) async throws -> [Element]
    ) async throws {
        let place = try PagePlace(input, operation: operation, size: size, tokenName: "NextToken")
        // One more than the page has room for tells whether another one follows.
        let found = try await fetch(place.last, place.size + 1)
        self.init(found.map { (key: key($0), element: $0) }, at: place, tokenName: "NextToken")
    }

    /// The first elements of what is left.
    private init(_ left: [(key: String, element: Element)], at place: PagePlace, tokenName: String) {
        let page = left.prefix(place.size)
        elements = page.map(\.element)
        nextToken = page.count < left.count ? page.last.map { place.token(after: $0.key) } : nil
        self.tokenName = tokenName
    }

    /// The answer: the elements under their name, and the token.
    public func output(_ name: String, _ write: (Element) -> JSONValue) -> JSONObject {
        JSONObject([name: .array(elements.map(write)), tokenName: .text(nextToken)])
    }
}
