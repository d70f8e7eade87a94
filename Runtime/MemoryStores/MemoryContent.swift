import FunctionRuntime
import MailTypes
import Synchronization

/// Content on its way into the memory stores.
final class MemoryContentWriter: ContentWriter {
    private let octets = Mutex<Octets>([])

    func append(_ more: Octets) async throws(StoreFailure) { octets.withLock { $0 += more } }

    func finish() async throws(StoreFailure) -> StagedContent {
        let content = octets.withLock { octets in
            defer { octets = [] }
            return octets
        }
        return StagedContent(
            token: MemoryContent(octets: content), size: content.count, head: Octets(content.prefix(64 << 10)))
    }

    func discard() { octets.withLock { $0 = [] } }
}

/// What `StagedContent.token` holds here.
struct MemoryContent: Sendable {
    let octets: Octets
}

extension StagedContent {
    /// The octets, `.damaged` when another store made the handle.
    func memoryOctets() throws(StoreFailure) -> Octets {
        guard let content = token as? MemoryContent else { throw .damaged("content was staged in another store") }
        return content.octets
    }
}

extension Octets {
    /// The octets of a range as far as they exist; nil: all.
    func part(_ range: Range<Int>?) -> Octets { range.map { Octets(self[$0.clamped(to: indices)]) } ?? self }
}

extension MemoryStores: ContentStore {
    public func stage() async throws(StoreFailure) -> any ContentWriter { MemoryContentWriter() }
}
