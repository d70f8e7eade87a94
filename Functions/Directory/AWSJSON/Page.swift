import FunctionRuntime
import MailTypes

/// One page of a list. Elements have keys that never change, and a token names the last key given out: nothing is skipped
/// or repeated while nothing changes, and little when something does (reference/workmail-api.md §1.5).
struct Page<Element> {
    let elements: [Element]
    /// Nil on the last page: clients loop for ever on a token that is there and empty.
    let nextToken: String?

    /// The page that the input asks for.
    /// - Parameter operation: a token of one operation means nothing to another.
    init(of all: [Element], for input: Input, operation: String, key: (Element) -> String) throws(APIFailure) {
        let size = input.integer("MaxResults") ?? 100
        var sorted = all.map { (key: key($0), element: $0) }.sorted { $0.key < $1.key }
        if let token = input.text("NextToken") {
            guard let octets = Base64.decode(Octets(text: token)), let text = String(validating: octets, as: UTF8.self),
                text.hasPrefix(operation + "\n")
            else { throw .invalid("NextToken is not one that \(operation) gave out") }
            let last = String(text.dropFirst(operation.count + 1))
            sorted.removeAll { $0.key <= last }
        }
        let page = sorted.prefix(size)
        elements = page.map(\.element)
        nextToken =
            page.count < sorted.count
            ? page.last.map { Base64.encode(Octets(text: "\(operation)\n\($0.key)")).text } : nil
    }

    /// The answer: the elements under their name, and the token.
    func output(_ name: String, _ write: (Element) -> JSONValue) -> JSONObject {
        JSONObject([name: .array(elements.map(write)), "NextToken": .text(nextToken)])
    }
}
