import FunctionRuntime
import MailTypes

/// Where in a list a page begins, and how long it is.
struct PagePlace {
    /// Elements of the page.
    let size: Int
    /// The last key that was given out; nil for the first page.
    let last: String?
    /// A token of one operation, or of one organization, means nothing to another (reference/faults.md F74).
    private let scope: String

    /// The place that the input asks for; refuses a token that this operation did not give out.
    init(_ input: Input, operation: String, size: Int, tokenName: String) throws(ServiceFailure) {
        self.size = input.integer("MaxResults") ?? size
        scope = "\(operation)\n\(input.text("OrganizationId") ?? "")\n"
        guard let token = input.text(tokenName) else {
            last = nil
            return
        }
        guard let octets = Base64.decode(Octets(text: token)), let text = String(validating: octets, as: UTF8.self),
            text.hasPrefix(scope)
        else { throw .invalid("\(tokenName) is not one that \(operation) gave out") }
        last = String(text.dropFirst(scope.count))
    }

    /// The token with which the list goes on after this key.
    func token(after key: String) -> String { Base64.encode(Octets(text: scope + key)).text }
}
