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
        /// In a segment, pinned and durable.
        case extent(SegmentExtent)
    }

    let key: SealingKey
    let digest: Octets
    let size: Int
    let form: Form
    private let segments: Segments
    private let state = Mutex<(blob: Int?, wasTried: Bool)>((nil, false))

    init(key: SealingKey, digest: Octets, size: Int, form: Form, segments: Segments) {
        (self.key, self.digest, self.size, self.form, self.segments) = (key, digest, size, form, segments)
    }

    deinit {
        let state = self.state.withLock { $0 }
        if case .extent(let extent) = form, state.blob == nil { segments.abandoned(extent, wasTried: state.wasTried) }
    }

    /// The blob's number once a commit has taken it; nil again when that was undone.
    var number: Int? {
        get { state.withLock { $0.blob } }
        set { state.withLock { $0 = (newValue, true) } }
    }
}

extension StagedContent {
    /// The blob behind the handle; `.damaged` when another store made it.
    func stagedBlob() throws(StoreFailure) -> StagedBlob {
        guard let blob = token as? StagedBlob else { throw .damaged("content was staged in another store") }
        return blob
    }
}
