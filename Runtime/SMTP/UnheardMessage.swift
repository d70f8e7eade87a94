import FunctionRuntime
import MailTypes

/// A message that was taken from a peer who was gone before our reply reached him, or may have been. He has to send it
/// again (RFC 5321 §4.5.4.1, RFC 1047), and it is to arrive once (reference/faults.md F22).
public struct UnheardMessage: Sendable {
    public let queueID: QueueID
    /// Octets of what came from the peer, below our trace fields.
    public let size: Int
    /// Reads some of them.
    public let read: @Sendable (Range<Int>) async throws -> Octets

    /// A message of this size, read so.
    public init(_ queueID: QueueID, size: Int, read: @escaping @Sendable (Range<Int>) async throws -> Octets) {
        (self.queueID, self.size, self.read) = (queueID, size, read)
    }
}

/// Compares content that comes in with that of an unheard message, octet by octet: nothing less proves a repetition.
struct RepetitionCheck {
    let earlier: UnheardMessage
    private var position = 0
    private var isSame = true

    init(_ earlier: UnheardMessage) { self.earlier = earlier }

    /// True when everything that came is everything there was.
    var isRepetition: Bool { isSame && position == earlier.size }

    mutating func compare(_ octets: ArraySlice<UInt8>) async {
        guard isSame, !octets.isEmpty else { return }
        let range = position..<position + octets.count
        position = range.upperBound
        guard range.upperBound <= earlier.size, let before = try? await earlier.read(range) else {
            return isSame = false
        }
        isSame = before.elementsEqual(octets)
    }
}
