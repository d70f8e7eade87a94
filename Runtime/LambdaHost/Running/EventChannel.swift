import CLauncher
import CLinux
import Glibc
import MailTypes
import Synchronization
import Transport

/// The private line between an environment and our own bootstrap in its process: a socket pair, frames on it.
///
/// It says what the Runtime API says without its HTTP: one write and one read for each event, on the caller's own loop.
final class EventChannel: Sendable {
    /// Who hears what the process says.
    protocol Listener: AnyObject, Sendable {
        /// Called on the thread of a loop or of whoever drains; must neither block nor drain.
        func hear(_ notice: ChannelReader.Notice)
    }

    private struct State {
        weak var listener: (any Listener)?
        var descriptor: Int32
        var watch: DescriptorWatch?
        var loop: EventLoop
        var input: ChannelReader
        /// An event is with the process, and its answer will be read on the loop.
        var isAsked = false
        /// The process at the other end, known by what it says first; nil before, 0 when the system does not tell or does not let us
        /// move it.
        var process: pid_t?
        /// Where the process might run before it was kept off the loop's core.
        var formerCores: launcher_cores?
        /// What the socket had no room for.
        var output: ArraySlice<UInt8> = []
    }

    private static let pieceOctets = 64 << 10

    /// The end for the process; the owner closes it once the process has it.
    let theirs: Int32
    /// For a process that waits awake without looking at its end; nil for any other.
    let count: EventCount?
    private let state: Mutex<State>
    /// Held from reading notices until they are heard: who drains has heard all, also what a loop has read just before.
    private let hearing = Mutex<Void>(())

    /// A new line; nil when the system has no descriptors.
    /// - limitOctets: most octets of an answer.
    /// - countsEvents: events are counted where the process can see it, if the system can do that.
    init?(on loop: EventLoop, limitOctets: Int, countsEvents: Bool = false) {
        var ends: [Int32] = [-1, -1]
        guard launcher_channel(&ends) == 0 else { return nil }
        theirs = ends[1]
        count = countsEvents ? EventCount() : nil
        state = Mutex(State(descriptor: ends[0], loop: loop, input: ChannelReader(limitOctets: limitOctets)))
    }

    deinit { close() }

    /// Listens from now on.
    func start(_ listener: any Listener) {
        state.withLock { state in
            state.listener = listener
            watch(&state)
        }
    }

    private func watch(_ state: inout State) {
        state.watch?.end()
        state.watch = nil
        guard state.descriptor >= 0 else { return }
        state.watch = try? DescriptorWatch(state.descriptor, on: state.loop, output: !state.output.isEmpty) {
            [weak self] in self?.ready()
        }
    }

    // MARK: Out

    /// Sends an event. Its answer will be heard on this loop.
    func send(_ frame: EventFrame, on loop: EventLoop?) {
        state.withLock { state in
            settle(&state)
            if let loop, loop !== state.loop {
                state.loop = loop
                watch(&state)
            }
            state.isAsked = true
            state.loop.answerIsDue()
            state.output = frame.octets[...]
            if let process = state.process, var cores = state.formerCores.take() {
                // Its head alone wakes the process, on another core. From there it may go where it likes before it has the event, so
                // that whatever the function starts may run anywhere.
                flush(&state, octets: ChannelReader.headOctets)
                launcher_let_go(process, &cores)
            }
            flush(&state)
            // Not before: who has seen the count finds the event.
            count?.countEvent()
            if !state.output.isEmpty { watch(&state) }
        }
    }

    /// Sees to it that who waits awake does so on another core than the loop's that it waits for: on the same one each would wait for
    /// the other to let it go on. Where it is on the loop's, the event that is sent next takes it to another. On the loop's thread.
    /// - sharesCore: whether the process worked on the loop's core; asked where it matters.
    /// - Returns: how long the process may wait awake: not at all where it cannot be moved and would not give way.
    func place(awake nanoseconds: UInt64, sharesCore: @autoclosure () -> Bool) -> UInt64 {
        guard nanoseconds > 0 else { return 0 }
        let sharesCore = sharesCore()
        return state.withLock { state in
            guard let process = state.process, process > 0 else { return count == nil ? nanoseconds : 0 }
            guard sharesCore else { return nanoseconds }
            var former = launcher_cores()
            let isKeptOff = launcher_keep_off(process, &former)
            if isKeptOff == 1 { state.formerCores = former }
            guard isKeptOff < 0 else { return nanoseconds }
            // Without CAP_SYS_NICE, of another user's process.
            state.process = 0
            return count == nil ? nanoseconds : 0
        }
    }

    /// Nothing more is awaited of the event that was sent last.
    private func settle(_ state: inout State) {
        guard state.isAsked else { return }
        state.isAsked = false
        state.loop.answerCame()
    }

    /// - octets: most octets of what is left.
    private func flush(_ state: inout State, octets limit: Int = .max) {
        let end = state.output.startIndex + min(state.output.count, limit)
        while state.output.startIndex < end, state.descriptor >= 0 {
            let count = state.output[..<end].withUnsafeBytes { clinux_send(state.descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                state.output = state.output.dropFirst(count)
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                // The process is gone; its end is heard of elsewhere.
                break
            }
        }
        if state.output.startIndex < end || state.output.isEmpty { state.output = [] }
    }

    // MARK: In

    /// Hears what is there now: everything that the process said before it ended.
    func drain() { ready(pieces: .max) }

    /// - pieces: most reads before others get their turn.
    private func ready(pieces: Int = 16) {
        hearing.withLock { _ in
            let (notices, listener) = state.withLock { state in
                if !state.output.isEmpty {
                    flush(&state)
                    if state.output.isEmpty { watch(&state) }
                }
                var notices: [ChannelReader.Notice] = []
                defer {
                    if !notices.isEmpty, state.isAsked {
                        settle(&state)
                        count?.countAnswer()
                    }
                }
                if read(&state, &notices, pieces: pieces) {
                    state.watch?.end()
                    state.watch = nil
                }
                return (notices, state.listener)
            }
            for notice in notices { listener?.hear(notice) }
        }
    }

    /// True at the end of the line.
    private func read(_ state: inout State, _ notices: inout [ChannelReader.Notice], pieces: Int) -> Bool {
        guard state.descriptor >= 0 else { return true }
        // Most answers are small: only who fills a small room gets a large one, which has to be found first.
        let piece = withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 8) {
            readPiece(into: $0, &state, &notices)
        }
        guard case .full = piece else { return piece == .end }
        return withUnsafeTemporaryAllocation(byteCount: Self.pieceOctets, alignment: 8) { room in
            for _ in 0..<pieces {
                switch readPiece(into: room, &state, &notices) {
                case .full: continue
                case .some: return false
                case .end: return true
                }
            }
            return false
        }
    }

    private func readPiece(
        into room: UnsafeMutableRawBufferPointer, _ state: inout State, _ notices: inout [ChannelReader.Notice]
    ) -> ReadOutcome {
        while true {
            let count = receive(into: room, &state)
            if count > 0 {
                state.input.take(UnsafeRawBufferPointer(rebasing: room[..<count]), into: &notices)
                return count < room.count ? .some : .full
            }
            if count == 0 { return .end }
            if errno != EINTR { return errno == EAGAIN ? .some : .end }
        }
    }

    private func receive(into room: UnsafeMutableRawBufferPointer, _ state: inout State) -> Int {
        guard state.process == nil else { return clinux_receive(state.descriptor, room.baseAddress, room.count) }
        var sender: pid_t = 0
        let count = launcher_receive_first(state.descriptor, room.baseAddress, room.count, &sender)
        if count > 0 { state.process = sender }
        return count
    }

    /// Hears and says no more. Safe to call twice.
    func close() {
        state.withLock { state in
            settle(&state)
            state.watch?.end()
            state.watch = nil
            if state.descriptor >= 0 { Glibc.close(state.descriptor) }
            state.descriptor = -1
        }
    }
}
