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
        self.tokenName = tokenName
        let size = input.integer("MaxResults") ?? size
        // A token of one operation, or of one organization, means nothing to another (reference/faults.md F74).
        let scope = "\(operation)\n\(input.text("OrganizationId") ?? "")\n"
        var sorted = all.map { (key: key($0), element: $0) }.sorted { $0.key < $1.key }
        if let token = input.text(tokenName) {
            guard let octets = Base64.decode(Octets(text: token)), let text = String(validating: octets, as: UTF8.self),
                text.hasPrefix(scope)
            else { throw .invalid("\(tokenName) is not one that \(operation) gave out") }
            let last = String(text.dropFirst(scope.count))
            sorted.removeAll { $0.key <= last }
        }
        let page = sorted.prefix(size)
        elements = page.map(\.element)
        nextToken =
            page.count < sorted.count
            ? page.last.map { Base64.encode(Octets(text: scope + $0.key)).text } : nil
    }

    /// The answer: the elements under their name, and the token.
    public func output(_ name: String, _ write: (Element) -> JSONValue) -> JSONObject {
        JSONObject([name: .array(elements.map(write)), tokenName: .text(nextToken)])
    }
}
