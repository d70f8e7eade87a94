import FunctionRuntime
import MailTypes

/// A message's content in steps of 64 KiB, for a reader that takes it as fast as it likes.
///
/// Content can be replaced while it is read. Small content is read in one call and never mixed; for larger content the
/// last step goes out only if the size and the first step are still what they were, else the stream fails and the
/// reader, who was promised a length, knows that what it has is worthless (reference/faults.md F116).
///
/// Unchecked: one reader calls `next`, never twice at a time, as `OctetStream` says.
final class RawContent: OctetStream, @unchecked Sendable {
    /// Octets read at a time.
    static let stepOctets = 64 << 10
    /// Content up to this size is read at once.
    static let wholeOctets = 256 << 10

    private let id: QueueID
    private let view: ContentView
    private let size: Int
    private let first: Octets
    private let spool: any Spool
    private var position = 0

    /// The content of a message whose first octets were read already.
    init(of id: QueueID, as view: ContentView, size: Int, first: Octets, spool: any Spool) {
        (self.id, self.view, self.size, self.first, self.spool) = (id, view, size, first, spool)
    }

    func next() async throws -> Octets? {
        guard position < size else { return nil }
        let end = min(position + Self.stepOctets, size)
        let step: Octets
        if end <= first.count {
            step = Octets(first[position..<end])
        } else {
            step = try await spool.content(of: id, as: view, range: position..<end)
            guard step.count == end - position else { throw ContentChanged() }
        }
        if end == size { try await confirm() }
        position = end
        return step
    }

    private func confirm() async throws {
        guard try await spool.contentSize(of: id, as: view) == size,
            try await spool.content(of: id, as: view, range: 0..<first.count) == first
        else { throw ContentChanged() }
    }
}

/// A message's content was replaced while it was read.
struct ContentChanged: Error {}
