import FunctionRuntime
import Synchronization

/// Lines on their way to the writer without anybody waiting: bounded, since a function is never held up by its log.
final class PendingLogLines: Sendable {
    /// Most lines and octets of text that wait; what comes then is dropped and counted.
    static let linesMax = 50_000
    static let octetsMax = 8 << 20
    /// Most lines of one commit.
    static let batchMax = 5_000
    /// How long lines gather before they are committed together; a crash costs no more than that.
    static let gathering: Duration = .milliseconds(100)

    private struct State {
        var waiting: [FunctionLogLine] = []
        var octets = 0
        var isOnItsWay = false
        var dropped = 0
    }

    private let state = Mutex(State())

    /// Takes lines. Returns whether the writer has to be told, and how many had no room.
    func add(_ lines: [FunctionLogLine]) -> (tellsWriter: Bool, dropped: Int) {
        state.withLock { state in
            var dropped = 0
            for line in lines {
                let octets = line.text.utf8.count
                guard state.waiting.count < Self.linesMax, state.octets + octets <= Self.octetsMax else {
                    dropped += 1
                    continue
                }
                state.waiting.append(line)
                state.octets += octets
            }
            state.dropped += dropped
            defer { state.isOnItsWay = true }
            return (!state.isOnItsWay && !state.waiting.isEmpty, dropped)
        }
    }

    /// The lines of the next commit.
    func take() -> [FunctionLogLine] {
        state.withLock { state in
            let batch = Array(state.waiting.prefix(Self.batchMax))
            state.waiting.removeFirst(batch.count)
            state.octets -= batch.reduce(0) { $0 + $1.text.utf8.count }
            return batch
        }
    }

    /// A commit is done. Returns whether another one has to follow.
    func end(losing lost: Int) -> Bool {
        state.withLock { state in
            state.dropped += lost
            state.isOnItsWay = !state.waiting.isEmpty
            return state.isOnItsWay
        }
    }

    /// True when waiting longer would not make the next commit any fuller.
    var fillsBatch: Bool { state.withLock { $0.waiting.count >= Self.batchMax } }
    /// True when nothing is on its way.
    var isEmpty: Bool { state.withLock { !$0.isOnItsWay } }
    /// Lines lost since the start.
    var dropped: Int { state.withLock { $0.dropped } }
}
