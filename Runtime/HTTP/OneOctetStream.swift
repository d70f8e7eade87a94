import FunctionRuntime
import MailTypes
import Synchronization

/// Octets that are all there, as a stream.
final class OneOctetStream: OctetStream {
    private let octets: Mutex<Octets?>

    init(_ octets: Octets) { self.octets = Mutex(octets.isEmpty ? nil : octets) }

    func next() async throws -> Octets? {
        octets.withLock { octets in
            defer { octets = nil }
            return octets
        }
    }
}
