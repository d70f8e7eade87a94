import FunctionRuntime
import Glibc
import MailTypes
import Synchronization

/// Writes log lines from a thread of its own, so that a blocked or full target costs lines and never service
/// (reference/faults.md F114). Keeps the last ones for `mailroom logs`.
final class LogWriter: LogSink {
    enum Format: Sendable { case text, json }

    /// A line that `mailroom logs` can show, put into words only when somebody asks.
    struct Line: Sendable {
        var number: Int
        var at: Timestamp
        var level: LogLevel
        var event: String
        var fields: [LogField]

        /// The function it belongs to.
        var function: FunctionName? {
            for case .function(let name) in fields { return name }
            return nil
        }

        /// As it stands on standard error.
        var text: String { String(LogLine.text(at, level, event, LogLine.pairs(fields)).text.dropLast()) }
    }

    /// Lines kept for `mailroom logs`.
    static let keptMax = 5_000
    /// Octets that wait for the target before lines are dropped.
    static let pendingMax = 4 << 20

    /// How long the end of the process waits for the target.
    static let patienceMilliseconds: Int32 = 500

    private struct State {
        var pending: Octets = []
        var dropped = 0
        var kept: [Line] = []
        var next = 0
    }

    private let state = Mutex(State())
    private let time: any TimeSource
    private let format: Format
    private let level: LogLevel
    /// Unsafe in name only: POSIX semaphores are made for several threads, and the memory lives as long as the process.
    nonisolated(unsafe) private let wake: UnsafeMutablePointer<sem_t>

    /// A writer to standard error.
    init(format: Format, level: LogLevel, time: any TimeSource) {
        (self.format, self.level, self.time) = (format, level, time)
        wake = .allocate(capacity: 1)
        sem_init(wake, 0, 0)
        var thread = pthread_t()
        pthread_create(&thread, nil, LogWriter.threadBody, Unmanaged.passRetained(self).toOpaque())
        pthread_detach(thread)
    }

    /// `info` is kept for `mailroom logs` even where standard error shows less.
    func keeps(_ level: LogLevel) -> Bool { level >= min(self.level, .info) }

    /// Lines dropped because the target was blocked.
    var dropped: Int { state.withLock { $0.dropped } }

    func write(_ level: LogLevel, _ event: String, _ fields: [LogField]) {
        let now = time.now()
        var octets: Octets = []
        if level >= self.level {
            let pairs = LogLine.pairs(fields)
            octets = format == .json ? LogLine.json(now, level, event, pairs) : LogLine.text(now, level, event, pairs)
        }
        let first = state.withLock { state -> Bool in
            let line = Line(number: state.next + 1, at: now, level: level, event: event, fields: fields)
            // A ring: the line that is as many behind makes room.
            if state.kept.count < Self.keptMax {
                state.kept.append(line)
            } else {
                state.kept[state.next % Self.keptMax] = line
            }
            state.next += 1
            guard !octets.isEmpty else { return false }
            guard state.pending.count + octets.count <= Self.pendingMax else {
                state.dropped += 1
                return false
            }
            defer { state.pending += octets }
            return state.pending.isEmpty
        }
        if first { sem_post(wake) }
    }

    /// Kept lines after a number, of one function if one is named, oldest first.
    func lines(of function: FunctionName?, after number: Int) -> [Line] {
        state.withLock { $0.kept }
            .filter { $0.number > number && (function == nil || $0.function == function) }
            .sorted { $0.number < $1.number }
    }

    /// Writes what waits before the process ends, as far as the target takes it soon: one that is blocked holds nobody up.
    func finish() {
        var rest = state.withLock { state in
            defer { state.pending = [] }
            return state.pending
        }[...]
        var target = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        // A pipe that says it is ready takes so much without waiting (POSIX, PIPE_BUF).
        while !rest.isEmpty, poll(&target, 1, Self.patienceMilliseconds) > 0 {
            Output.write(Octets(rest.prefix(Int(PIPE_BUF))), to: STDERR_FILENO)
            rest = rest.dropFirst(Int(PIPE_BUF))
        }
    }

    private func flush() {
        let octets = state.withLock { state in
            defer { state.pending = [] }
            return state.pending
        }
        Output.write(octets, to: STDERR_FILENO)
    }

    private static let threadBody: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        guard let context else { return nil }
        let writer = Unmanaged<LogWriter>.fromOpaque(context).takeUnretainedValue()
        while true {
            while sem_wait(writer.wake) != 0 {}
            writer.flush()
        }
    }
}
