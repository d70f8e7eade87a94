import FunctionRuntime
import MailTypes
import Synchronization

/// A connection whose other end is a test: the session waits until the test has sent something, the test waits until
/// the session waits. Nothing depends on time.
///
/// `@unchecked Sendable`: `buffer`, `tls` and `idleSeconds` are touched by the session's task alone, everything shared
/// with the test is behind the lock.
final class PipeConnection: Connection, @unchecked Sendable {
    private struct State {
        var incoming: Octets = []
        var outgoing: Octets = []
        /// Most octets handed over by one fill, to cut the client's words wherever a test likes.
        var segmentOctets = Int.max
        var isClosedByClient = false
        var isOver = false
        var waiter: CheckedContinuation<ConnectionWait, Never>?
        var testers: [CheckedContinuation<Void, Never>] = []
        var limitOctets = Int.max
    }

    let peer = NetworkAddress(host: "192.0.2.7", port: 40_000)
    let local = NetworkAddress(host: "127.0.0.1", port: 143)
    private(set) var tls: TLSSession?
    var idleSeconds = 300
    private var buffer: Octets = []
    private let state = Mutex(State())

    init(isSecure: Bool = true) {
        tls = isSecure ? TLSSession(version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", serverName: nil) : nil
    }

    // MARK: The session's side

    var bufferedCount: Int { buffer.count }
    func withBuffered<Result>(_ look: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try buffer.withUnsafeBytes(look)
    }
    func consume(_ count: Int) { buffer.removeFirst(count) }

    func fill() async throws(ConnectionFailure) -> Bool {
        while true {
            let piece = state.withLock { state -> Octets? in
                if state.incoming.isEmpty { return state.isClosedByClient ? [] : nil }
                let count = min(state.segmentOctets, state.incoming.count)
                defer { state.incoming.removeFirst(count) }
                return Octets(state.incoming.prefix(count))
            }
            if let piece {
                buffer += piece
                return !piece.isEmpty
            }
            _ = await sleep(until: nil)
        }
    }

    func wait(for signal: Signal) async throws(ConnectionFailure) -> ConnectionWait {
        if signal.lower() { return .signal }
        if !buffer.isEmpty { return .input }
        let why = await sleep(until: signal)
        signal.onRaise(nil)
        if why == .signal { _ = signal.lower() }
        return why
    }

    private func sleep(until signal: Signal?) async -> ConnectionWait {
        await withCheckedContinuation { continuation in
            let testers = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                if !state.incoming.isEmpty {
                    continuation.resume(returning: .input)
                    return []
                }
                if state.isClosedByClient {
                    continuation.resume(returning: .closed)
                    return []
                }
                state.waiter = continuation
                guard signal == nil else { return [] }
                defer { state.testers = [] }
                return state.testers
            }
            for tester in testers { tester.resume() }
            guard let signal else { return }
            // A signal raised since `lower` wakes at once; only then is the session idle for the test.
            signal.onRaise { self.wake(.signal) }
            let idle = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                guard state.waiter != nil else { return [] }
                defer { state.testers = [] }
                return state.testers
            }
            for tester in idle { tester.resume() }
        }
    }

    private func wake(_ why: ConnectionWait) {
        state.withLock { state -> CheckedContinuation<ConnectionWait, Never>? in
            defer { state.waiter = nil }
            return state.waiter
        }?.resume(returning: why)
    }

    func write(_ octets: Octets) async throws(ConnectionFailure) {
        let isBroken = state.withLock { state -> Bool in
            guard !state.isOver, state.outgoing.count < state.limitOctets else { return true }
            state.outgoing += octets
            return false
        }
        if isBroken { throw .closed }
    }

    func flush() async throws(ConnectionFailure) {}

    func startTLS() async throws(ConnectionFailure) {
        let isDirty = !buffer.isEmpty || state.withLock { !$0.incoming.isEmpty }
        if isDirty { throw .injection }
        tls = TLSSession(version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", serverName: nil)
    }

    func close() { state.withLock { $0.isOver = true } }

    /// The session has returned.
    func end() {
        let testers = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.isOver = true
            defer { state.testers = [] }
            return state.testers
        }
        for tester in testers { tester.resume() }
    }

    // MARK: The test's side

    /// Sends octets, cut into segments of at most so many.
    func send(_ octets: Octets, segmentOctets: Int = .max) {
        state.withLock {
            $0.incoming += octets
            $0.segmentOctets = segmentOctets
        }
        wake(.input)
    }

    /// The client goes away.
    func hangUp() {
        state.withLock { $0.isClosedByClient = true }
        wake(.closed)
    }

    /// Waits until the session has nothing more to do, and takes what it said.
    func said() async -> Octets {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state -> Bool in
                if state.isOver || state.waiter != nil { return true }
                state.testers.append(continuation)
                return false
            }
            if isIdle { continuation.resume() }
        }
        return state.withLock { state in
            defer { state.outgoing = [] }
            return state.outgoing
        }
    }

    var isOver: Bool { state.withLock { $0.isOver } }
}
