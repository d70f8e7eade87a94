import FunctionRuntime
import MailTypes
import Synchronization

/// Collects the log of one invocation for whoever called it, and passes it on.
final class CollectingSink: LogSink {
    /// Lines kept of one invocation.
    static let keptMax = 1_000

    private let next: any LogSink
    private let kept = Mutex<[String]>([])

    init(passingTo next: any LogSink) { self.next = next }

    var lines: [String] { kept.withLock { $0 } }

    func keeps(_ level: LogLevel) -> Bool { next.keeps(level) }

    func write(_ level: LogLevel, _ event: String, _ fields: [LogField]) {
        next.write(level, event, fields)
        let line = LogLine.text(SystemClock.now(), level, event, LogLine.pairs(fields)).text
        kept.withLock { if $0.count < Self.keptMax { $0.append(String(line.dropLast())) } }
    }
}
