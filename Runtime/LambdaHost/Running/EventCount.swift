import CLauncher
import Glibc

/// The page on which the host counts the events that it has sent, for a process that cannot look at its channel without
/// waiting for it: it looks here instead, as often as it likes.
// Unchecked because of the pointer: the page lives as long as this object, only the host writes it, and its one word is
// written atomically.
final class EventCount: @unchecked Sendable {
    private let page: UnsafeMutablePointer<launcher_event_count>
    /// The end for the process, which can only read it; closed by whoever sent it.
    let theirs: Int32

    /// A new page that says 0; nil when the system has none that only we can write.
    init?() {
        var descriptor: Int32 = -1
        guard let page = launcher_make_event_count(&descriptor) else { return nil }
        (self.page, theirs) = (page, descriptor)
    }

    deinit { launcher_free_event_count(page) }

    /// One more event can be read from the channel.
    func advance() { launcher_advance(page) }
}
