import CLauncher
import Glibc

/// The page on which the host counts the events that it has sent and the answers that it has taken, for a process that cannot look
/// at its channel without waiting for it: it looks here instead, as often as it likes.
// Unchecked because of the pointer: the page lives as long as this object, only the host writes it, and its words
// are written atomically.
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
    func countEvent() { launcher_count_event(page) }

    /// One more answer was taken from the channel: whoever had it to give need not make room for who takes it.
    func countAnswer() { launcher_count_answer(page) }
}
