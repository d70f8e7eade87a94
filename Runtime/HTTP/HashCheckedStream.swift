import Cryptography
import FunctionRuntime
import MailTypes
import Synchronization

/// A stream whose SHA-256 was signed: it throws at its end when the octets were others.
final class HashCheckedStream: OctetStream {
    private let source: any OctetStream
    private let expected: String
    private let digest = Mutex(SHA256.hasher())

    init(_ source: any OctetStream, sha256 expected: String) { (self.source, self.expected) = (source, expected) }

    func next() async throws -> Octets? {
        if let piece = try await source.next() {
            digest.withLock { $0.update(piece) }
            return piece
        }
        guard ConstantTime.equal(Hexadecimal.encode(digest.withLock { $0.finish() }), expected) else {
            throw SignatureFailure.wrongBody
        }
        return nil
    }
}
