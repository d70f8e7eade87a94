import CLinux
import Glibc
import Synchronization

/// Closes a socket so that the peer sees our last words: we end our side, read away what still comes for at most two
/// seconds, and close. Closing at once with unread input makes the system send a reset, and the peer loses the reply that
/// told it why.
final class LingeringClose: IOHandle {
    private static let limitMilliseconds: UInt64 = 2000
    private static let limitOctets = 256 * 1024
    /// Lingering costs a descriptor each; under attack there are better uses for them.
    private static let limitCount = 512
    private static let count = Atomic<Int>(0)

    private let descriptor: Int32
    private let loop: EventLoop
    private let deadline: UInt64
    /// Octets that may still come, negative once the socket is closed.
    private let allowance = Mutex(LingeringClose.limitOctets)

    private init(_ descriptor: Int32, _ loop: EventLoop) {
        (self.descriptor, self.loop) = (descriptor, loop)
        deadline = monotonicMilliseconds() + Self.limitMilliseconds
    }

    /// Closes a socket that the loop watches. The peer has left already: nothing lingers.
    static func close(_ descriptor: Int32, on loop: EventLoop, peerHasLeft: Bool) {
        _ = clinux_shutdown_writing(descriptor)
        guard !peerHasLeft, count.load(ordering: .relaxed) < limitCount else {
            loop.unregister(descriptor)
            Glibc.close(descriptor)
            return
        }
        count.wrappingAdd(1, ordering: .relaxed)
        let lingering = LingeringClose(descriptor, loop)
        loop.replaceHandle(of: descriptor, by: lingering)
        loop.arm(descriptor, deadline: lingering.deadline)
        // What came before is not reported again.
        lingering.ready(.input)
    }

    func ready(_ events: IOEvents) {
        allowance.withLock { allowance in
            guard allowance >= 0 else { return }
            withUnsafeTemporaryAllocation(byteCount: 16 * 1024, alignment: 8) { scratch in
                while true {
                    let count = clinux_receive(descriptor, scratch.baseAddress, scratch.count)
                    if count > 0 {
                        allowance -= count
                        if allowance > 0 { continue }
                    } else if count < 0, errno == EINTR {
                        continue
                    } else if count < 0, errno == EAGAIN {
                        return
                    }
                    end(&allowance)
                    return
                }
            }
        }
    }

    func expire(at now: UInt64) -> UInt64? {
        allowance.withLock { allowance in
            guard allowance >= 0 else { return nil }
            guard deadline <= now else { return deadline }
            end(&allowance)
            return nil
        }
    }

    private func end(_ allowance: inout Int) {
        allowance = -1
        loop.unregister(descriptor)
        Glibc.close(descriptor)
        Self.count.wrappingSubtract(1, ordering: .relaxed)
    }
}
