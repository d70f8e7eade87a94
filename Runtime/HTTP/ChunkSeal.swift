import Cryptography
import MailTypes

/// The chain of signatures over the chunks of an upload: each covers the one before it, the first the request's.
struct ChunkSeal: Sendable {
    private let key: HMACSHA256Key
    private let time: String
    private let scope: String
    private var previous: String

    init(key: HMACSHA256Key, time: String, scope: String, seed: String) {
        (self.key, self.time, self.scope, previous) = (key, time, scope, seed)
    }

    /// True when the signature is that of this chunk in this place.
    mutating func accepts(_ chunk: Octets, signature: String) -> Bool {
        let text =
            "AWS4-HMAC-SHA256-PAYLOAD\n\(time)\n\(scope)\n\(previous)\n\(SignatureV4.emptyHash)\n"
            + Hexadecimal.encode(SHA256.digest(chunk))
        return check(text, signature)
    }

    /// True when the signature is that of this trailer: `name:value` lines, each ended by LF.
    mutating func accepts(trailer: Octets, signature: String) -> Bool {
        check(
            "AWS4-HMAC-SHA256-TRAILER\n\(time)\n\(scope)\n\(previous)\n" + Hexadecimal.encode(SHA256.digest(trailer)),
            signature)
    }

    private mutating func check(_ text: String, _ signature: String) -> Bool {
        let expected = SignatureV4.signature(Octets(text.utf8), key: key)
        previous = expected
        return ConstantTime.equal(expected, signature)
    }
}
