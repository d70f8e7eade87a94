import CLinux
import FunctionRuntime
import Glibc
import Synchronization

/// Tells when a descriptor that is no connection of ours has input or has ended: a pipe, a timer, a local socket.
///
/// Level-triggered: it tells again until everything was read. The descriptor stays the owner's, who ends the watch before closing it.
public final class DescriptorWatch: IOHandle {
    private let descriptor: Int32
    private let loop: EventLoop
    private let onReady: @Sendable () -> Void
    private let isEnded = Atomic<Bool>(false)

    /// Watches from now on; `onReady` runs on the loop's thread and must not block.
    /// - output: tells of room for output, too.
    /// - Throws: the system's reason.
    public init(
        _ descriptor: Int32, on loop: EventLoop, output: Bool = false, onReady: @escaping @Sendable () -> Void
    ) throws(ConnectionFailure) {
        (self.descriptor, self.loop, self.onReady) = (descriptor, loop, onReady)
        try loop.register(descriptor, self, for: output ? .inputAndOutput : .input)
    }

    /// Stops watching. `onReady` may still be running on the loop's thread. Any thread; more than once does no harm.
    public func end() {
        guard !isEnded.exchange(true, ordering: .acquiringAndReleasing) else { return }
        loop.unregister(descriptor)
    }

    func ready(_ events: IOEvents) {
        if !isEnded.load(ordering: .acquiring) { onReady() }
    }

    func expire(at now: UInt64) -> UInt64? { nil }
}
