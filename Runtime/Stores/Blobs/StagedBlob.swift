import FunctionRuntime
import MailTypes
import Synchronization

/// Content that was taken in and sealed: what `StagedContent.token` holds here.
final class StagedBlob: Sendable {
    /// How the sealed octets wait for their commit.
    enum Form: Sendable {
        /// In memory, for a row.
        case whole(Octets)
        /// In memory, for the writer's segment.
        case frames([Octets])
        /// In a segment, pinned.
        case extent(SegmentExtent)
    }

    let key: SealingKey
    let digest: Octets
    let size: Int
    let form: Form
    private let segments: Segments
    private let blob = Mutex<Int?>(nil)

    init(key: SealingKey, digest: Octets, size: Int, form: Form, segments: Segments) {
        (self.key, self.digest, self.size, self.form, self.segments) = (key, digest, size, form, segments)
    }

    deinit {
        if case .extent(let extent) = form, number == nil { segments.abandoned(extent) }
    }

    /// The blob's number once a commit has taken it; nil again when that was undone.
    var number: Int? {
        get { blob.withLock { $0 } }
        set { blob.withLock { $0 = newValue } }
    }
}

extension StagedContent {
    /// The blob behind the handle; `.damaged` when another store made it.
    func stagedBlob() throws(StoreFailure) -> StagedBlob {
        guard let blob = token as? StagedBlob else { throw .damaged("content was staged in another store") }
        return blob
    }
}
