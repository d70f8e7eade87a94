import FunctionRuntime
import MailTypes

/// A version open for reading. What is small was read when it was opened; the content of what is large is pinned.
final class StoredObject: ObjectContent {
    /// Content up to this size is read at once, and goes in the commit that deletes it.
    static let wholeOctets = 64 << 10

    let version: ObjectVersion
    let number: Int
    private let stores: SQLiteStores
    private let whole: Octets?

    /// A version of this number; pinned already unless its octets are given.
    init(_ version: ObjectVersion, number: Int, whole: Octets?, stores: SQLiteStores) {
        (self.version, self.number, self.whole, self.stores) = (version, number, whole, stores)
    }

    deinit {
        if whole == nil, stores.objectPins.unpin(number) { stores.collectObjectGarbage() }
    }

    func read(_ range: Range<Int>) async throws(StoreFailure) -> Octets {
        let range = range.clamped(to: 0..<version.size)
        if let whole { return Octets(whole[range]) }
        let (pieces, number) = (ObjectPieces(keys: stores.keys, blobs: stores.blobs), self.number)
        return try await stores.readContent(stores.readers) { db throws(StoreFailure) in
            try pieces.read(number, range: range, db)
        }
    }
}
