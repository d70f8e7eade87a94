import FunctionRuntime
import Synchronization

/// The connections a listener serves at the moment.
final class ConnectionRoll: Sendable {
    private struct State {
        var handles: [ObjectIdentifier: SocketHandle] = [:]
        var onEmpty: Signal?
    }

    private let state = Mutex(State())

    /// Connections now.
    var count: Int { state.withLock { $0.handles.count } }

    func add(_ handle: SocketHandle) { state.withLock { $0.handles[ObjectIdentifier(handle)] = handle } }

    func remove(_ handle: SocketHandle) {
        let signal = state.withLock { state -> Signal? in
            state.handles[ObjectIdentifier(handle)] = nil
            return state.handles.isEmpty ? state.onEmpty : nil
        }
        signal?.raise()
    }

    /// Lets the idle ones go.
    func drain() { forEach { $0.drain() } }

    /// Outside the lock, so that a connection may leave meanwhile.
    func forEach(_ body: (SocketHandle) -> Void) { state.withLock { Array($0.handles.values) }.forEach(body) }

    /// Waits until the last one has left, at most so long, even in a cancelled task.
    func waitUntilEmpty(seconds: Int, on loop: EventLoop) async {
        let signal = Signal()
        let isEmpty = state.withLock { state in
            state.onEmpty = signal
            return state.handles.isEmpty
        }
        guard !isEmpty, seconds > 0 else { return }
        await DeadlineWait.until(signal, milliseconds: UInt64(seconds) * 1000, on: loop)
    }
}
