import CLinux
import COpenSSL
import FunctionRuntime
import Glibc
import MailTypes

/// A TCP (or local) connection, in plain text or TLS, watched by an event loop.
///
/// Made and used inside one task. It may run anywhere, but reading is cheapest on the connection's own loop.
public final class SocketConnection: Connection {
    /// Output that is sent without waiting for more.
    static let outputLimit = 64 * 1024

    public let peer: NetworkAddress
    public internal(set) var local: NetworkAddress
    public internal(set) var tls: TLSSession?
    public var idleSeconds = 300

    let handle: SocketHandle
    /// True: cancelling the task ends its waits. False where a listener does that for all its connections at once, which
    /// spares each wait the machinery for it.
    let endsWithTask: Bool
    /// What `startTLS` as server shows, nil where TLS is not offered.
    let tlsConfiguration: TLSConfiguration?
    /// The TLS state, once a handshake began.
    var channel: TLSChannel?
    var input = InputBuffer()
    /// Output not sent yet, from `outputStart` on.
    var output: Octets = []
    var outputStart = 0
    /// The last read took everything there was; the next one would only hear so.
    var isDrained = false
    /// The peer has closed its side.
    var isAtEnd = false
    var isClosed = false

    /// A connection over a non-blocking socket, which it closes in the end.
    init(
        descriptor: Int32, peer: NetworkAddress, local: NetworkAddress, loop: EventLoop,
        tlsConfiguration: TLSConfiguration?, isConnecting: Bool = false, endsWithTask: Bool = true
    ) throws(ConnectionFailure) {
        self.endsWithTask = endsWithTask
        (self.peer, self.local, self.tlsConfiguration) = (peer, local, tlsConfiguration)
        handle = SocketHandle(descriptor: descriptor, loop: loop, isConnecting: isConnecting)
        // A reply waits for nobody: lines are gathered here, not in the system.
        _ = clinux_set_flag(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        do throws(ConnectionFailure) {
            try loop.register(descriptor, handle)
        } catch {
            Glibc.close(descriptor)
            isClosed = true
            throw error
        }
    }

    deinit { close() }

    /// True where `startTLS` can work: a certificate is configured and the connection is still in plain text.
    public var offersTLS: Bool { tlsConfiguration != nil && channel == nil }

    public func close() {
        guard !isClosed else { return }
        isClosed = true
        sendWithoutWaiting()
        channel?.sendClosure()
        channel = nil
        handle.finish()
        LingeringClose.close(handle.descriptor, on: handle.loop, peerHasLeft: isAtEnd)
    }

    // MARK: Reading

    public var bufferedCount: Int { input.count }

    public func withBuffered<Result>(_ look: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try look(input.octets)
    }

    public func consume(_ count: Int) { input.consume(count) }

    public func fill() async throws(ConnectionFailure) -> Bool {
        while true {
            switch try readOrPrepareToWait() {
            case .octets: return true
            case .end: return false
            case .wait(let interest): try await suspend(for: interest)
            }
        }
    }

    public func wait(for signal: Signal) async throws(ConnectionFailure) -> ConnectionWait {
        while true {
            if input.count > 0 { return .input }
            // Octets come before the signal: with a raised one this asks whether the peer has spoken, without waiting.
            let step = try readOrPrepareToWait()
            switch step {
            case .octets: return .input
            case .end: return .closed
            case .wait(let interest):
                if signal.lower() { return .signal }
                try await suspend(for: interest, or: signal)
            }
        }
    }

    /// What there is to do about reading.
    private enum Step {
        case octets
        case end
        case wait(SocketHandle.Interest)
    }

    /// Reads; when nothing is there, sends what is pending, and frees the buffer once only waiting is left.
    @inline(never)
    private func readOrPrepareToWait() throws(ConnectionFailure) -> Step {
        let received = try receive()
        if case .octets = received { return .octets }
        if case .mustWrite = received { return .wait(.output) }
        // A peer that closed its side only still wants the replies to what it sent before.
        if let interest = try sendOrPrepareToWait() { return .wait(interest) }
        if case .end = received { return .end }
        input.releaseIfEmpty()
        return .wait(.input)
    }

    /// What one read brought.
    enum Received {
        case octets
        case end
        case nothing
        case mustWrite
    }

    /// Reads without waiting.
    private func receive() throws(ConnectionFailure) -> Received {
        guard !isClosed else { throw .closed }
        if isAtEnd { return .end }
        if isDrained { return .nothing }
        let room = input.room()
        let result: Received
        var count = 0
        if let channel {
            result = try channel.read(into: room, count: &count)
            if case .nothing = result { isDrained = true }
        } else {
            result = try receivePlain(into: room, count: &count)
        }
        switch result {
        case .octets: input.filled(count, of: room.count)
        case .end: isAtEnd = true
        default: break
        }
        return result
    }

    private func receivePlain(
        into room: UnsafeMutableRawBufferPointer, count: inout Int
    ) throws(ConnectionFailure) -> Received {
        while true {
            count = clinux_receive(handle.descriptor, room.baseAddress, room.count)
            if count > 0 {
                // Fewer octets than asked for: the socket is empty, and what comes later is reported anew. An end that
                // was reported together with these octets is not reported again, so it must be read for.
                if count < room.count, !handle.isHungUp { isDrained = true }
                return .octets
            }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                isDrained = true
                return .nothing
            case ECONNRESET, EPIPE, ETIMEDOUT:
                isAtEnd = true
                throw .closed
            case let reason: throw .system(reason)
            }
        }
    }

    // MARK: Waiting

    /// Waits for the peer, at most until the idle limit or a nearer deadline.
    func suspend(
        for interest: SocketHandle.Interest, or signal: Signal? = nil, until deadline: UInt64 = .max
    ) async throws(ConnectionFailure) {
        let deadline = nearest(deadline)
        let outcome: SocketHandle.Outcome
        if endsWithTask {
            outcome = await handle.wait(for: interest, until: deadline, or: signal)
        } else {
            outcome = await withUnsafeContinuation {
                handle.suspend($0, for: interest, until: deadline, or: signal)
            }
            signal?.onRaise(nil)
        }
        try settle(outcome)
    }

    @inline(never)
    private func nearest(_ deadline: UInt64) -> UInt64 {
        min(monotonicMilliseconds() + UInt64(max(0, idleSeconds)) * 1000, deadline)
    }

    @inline(never)
    private func settle(_ outcome: SocketHandle.Outcome) throws(ConnectionFailure) {
        switch outcome {
        case .ready: isDrained = false
        case .signal: break
        case .timedOut: throw .timedOut
        case .cancelled, .draining: throw .draining
        case .closed: throw .closed
        }
    }
}
