import CLauncher
import CLinux
import FunctionRuntime
import Glibc
import MailTypes
import Synchronization
import Transport

/// One of a process's two output pipes, read as it fills and as far as its budget goes.
final class OutputPipe: Sendable {
    private struct State {
        var descriptor: Int32
        var watch: DescriptorWatch?
        var windowStart: UInt64 = 0
        var readInWindow = 0
    }

    /// The end for the process; the owner closes it once the process has it.
    let writingEnd: Int32
    private let source: EnvironmentLog.Source
    private let log: EnvironmentLog
    private let timer: DeadlineTimer
    private let loop: EventLoop
    private let octetsPerSecond: Int
    private let state: Mutex<State>

    /// A new pipe; nil when the system has no descriptors.
    init?(
        _ source: EnvironmentLog.Source, into log: EnvironmentLog, on loop: EventLoop, timer: DeadlineTimer,
        octetsPerSecond: Int
    ) {
        var ends: [Int32] = [-1, -1]
        guard launcher_pipe(&ends) == 0 else { return nil }
        writingEnd = ends[1]
        state = Mutex(State(descriptor: ends[0]))
        (self.source, self.log, self.loop, self.timer) = (source, log, loop, timer)
        self.octetsPerSecond = octetsPerSecond
    }

    deinit { close() }

    /// Reads from now on, whenever there is something.
    func start() {
        state.withLock { state in
            guard state.descriptor >= 0, state.watch == nil else { return }
            state.watch = try? DescriptorWatch(state.descriptor, on: loop) { [weak self] in self?.ready() }
        }
    }

    private func ready() {
        let isOver = state.withLock { state in
            let now = clinux_coarse_milliseconds()
            if now &- state.windowStart >= 1000 { (state.windowStart, state.readInWindow) = (now, 0) }
            guard read(&state, pieces: 2) else { return true }
            guard state.readInWindow > octetsPerSecond else { return false }
            // A flood: the pipe fills up and its writer waits, while the loop serves others.
            state.watch?.end()
            state.watch = nil
            return false
        }
        if isOver { return close() }
        if state.withLock({ $0.watch == nil && $0.descriptor >= 0 }) {
            timer.after(milliseconds: 500) { [weak self] in self?.start() }
        }
    }

    /// Reads what is there now: everything that the process wrote before it spoke to us.
    func drain() {
        let isOver = state.withLock { state in !read(&state, pieces: 8) }
        if isOver { close() }
    }

    /// False at the end of the pipe.
    private func read(_ state: inout State, pieces: Int) -> Bool {
        guard state.descriptor >= 0 else { return true }
        // Most functions say little or nothing: only who fills a small room gets a large one, which has to be found first.
        let piece = withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 8) { readPiece(into: $0, &state) }
        guard case .full = piece else { return piece != .end }
        return withUnsafeTemporaryAllocation(byteCount: 64 * 1024, alignment: 8) { room in
            for _ in 0..<pieces {
                switch readPiece(into: room, &state) {
                case .full: continue
                case .some: return true
                case .end: return false
                }
            }
            return true
        }
    }

    private func readPiece(into room: UnsafeMutableRawBufferPointer, _ state: inout State) -> ReadOutcome {
        while true {
            let count = Glibc.read(state.descriptor, room.baseAddress, room.count)
            if count > 0 {
                state.readInWindow += count
                log.take(room[..<count], from: source)
                return count < room.count ? .some : .full
            }
            if count == 0 { return .end }
            if errno != EINTR { return .some }
        }
    }

    /// Reads no more. Safe to call twice.
    func close() {
        state.withLock { state in
            state.watch?.end()
            state.watch = nil
            if state.descriptor >= 0 { Glibc.close(state.descriptor) }
            state.descriptor = -1
        }
    }
}
