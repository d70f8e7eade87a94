import Synchronization

/// Objects that somebody reads just now: their content stays until they are done, whatever becomes of the object.
final class ObjectPins: Sendable {
    private struct State {
        var readers: [Int: Int] = [:]
        /// Deleted, and only waiting for their readers.
        var waiting: Set<Int> = []
    }

    private let state = Mutex(State())

    /// Pins an object until `unpin`.
    func pin(_ object: Int) { state.withLock { $0.readers[object, default: 0] += 1 } }

    /// Gives a pin back. True when the content of the object waits for nobody else any more.
    func unpin(_ object: Int) -> Bool {
        state.withLock { state in
            let left = (state.readers[object] ?? 1) - 1
            state.readers[object] = left > 0 ? left : nil
            return left <= 0 && state.waiting.remove(object) != nil
        }
    }

    /// True when an object that was deleted must wait.
    func mustWait(_ object: Int) -> Bool {
        state.withLock { state in
            guard state.readers[object] != nil else { return false }
            state.waiting.insert(object)
            return true
        }
    }
}
