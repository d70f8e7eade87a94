import FunctionRuntime
import MailTypes
import Synchronization

/// The last Authorization field of a connection, taken apart. A client signs request after request with one key and nearly always the
/// same fields: then only the signature at the end is another. What is remembered is how a text reads, not that it was true.
final class AuthorizationMemory: Sendable {
    private struct Last {
        /// All of the field up to its signature.
        let prefix: String
        let field: AuthorizationField
    }

    /// Hexadecimal digits of a signature.
    private static let signatureOctets = 64
    /// What stands before a signature that stands last, from the comma on: without it, it would be within another part's value.
    private static let ends = [", Signature=", ",Signature="]

    private let last = Mutex<Last?>(nil)

    /// Nothing read yet.
    init() {}

    /// The field of a request that has one of Signature Version 4 and no other; nil when it has none, or it cannot be read.
    func field(of request: HTTPRequest) -> AuthorizationField? {
        guard var text = request.headers["Authorization"] else { return nil }
        // Digits only: with anything else in it, what stands before might read otherwise.
        let endsInDigits = text.withUTF8 { octets in
            octets.count >= Self.signatureOctets
                && octets[(octets.count - Self.signatureOctets)...].allSatisfy { $0.isASCIIDigit || $0 &- 0x61 < 6 }
        }
        guard endsInDigits else { return AuthorizationField(of: request) }
        let place = text.utf8.index(text.endIndex, offsetBy: -Self.signatureOctets)
        let known = last.withLock { last in
            last.flatMap { text.utf8.count == $0.prefix.utf8.count + Self.signatureOctets ? $0 : nil }
        }
        if let known, text.hasOctetPrefix(known.prefix) {
            return known.field.signed(String(text[place...]))
        }
        guard let field = AuthorizationField(of: request) else { return nil }
        let prefix = String(text[..<place])
        if Self.ends.contains(where: prefix.hasSuffix), field.signature != nil {
            last.withLock { $0 = Last(prefix: prefix, field: field) }
        }
        return field
    }
}
