import FunctionRuntime
import MailTypes
import Synchronization

/// A stream of unknown length that fails with `HTTPBodyTooLarge` once more octets have come than its route takes.
final class BoundedStream: OctetStream {
    private let source: any OctetStream
    private let limitOctets: Int
    private let received = Atomic<Int>(0)

    init(_ source: any OctetStream, limitOctets: Int) { (self.source, self.limitOctets) = (source, limitOctets) }

    /// True once too much has come, whatever the reader made of the error.
    var isExceeded: Bool { received.load(ordering: .relaxed) > limitOctets }

    func next() async throws -> Octets? {
        guard !isExceeded else { throw HTTPBodyTooLarge(limitOctets: limitOctets) }
        guard let piece = try await source.next() else { return nil }
        received.add(piece.count, ordering: .relaxed)
        guard !isExceeded else { throw HTTPBodyTooLarge(limitOctets: limitOctets) }
        return piece
    }
}
