import MailTypes
import Synchronization

/// One function's part in a message's way: what it decided, why, how long it took.
public struct Span: Sendable, Codable, Hashable {
    public let function: FunctionName
    /// The deployment that answered.
    public let version: Int
    public let requestID: Identifier128?
    public let startedAt: Timestamp
    /// Milliseconds from start to end, or to the commit that carried this span.
    public let milliseconds: Double
    /// A short word: `accepted`, `delivered`, `bounced`.
    public let decision: String
    /// One sentence for a person.
    public let reason: String

    /// A span of these facts.
    public init(
        function: FunctionName, version: Int, requestID: Identifier128?, startedAt: Timestamp, milliseconds: Double,
        decision: String, reason: String
    ) {
        self.function = function
        self.version = version
        self.requestID = requestID
        self.startedAt = startedAt
        self.milliseconds = milliseconds
        self.decision = decision
        self.reason = reason
    }
}

/// The spans of one message while it is being handled. What is durable already is in `TraceStore`.
public final class MessageTrace: Sendable {
    /// For invocations that no message's trace tells of: nothing is kept, and reasons are not even spelled.
    public static let none = MessageTrace(isKept: false)

    /// False for `none`.
    let isKept: Bool
    private let spans: Mutex<[Span]>

    /// A trace with the spans so far.
    public init(_ spans: [Span] = []) {
        self.spans = Mutex(spans)
        isKept = true
    }

    private init(isKept: Bool) {
        spans = Mutex([])
        self.isKept = isKept
    }

    /// Adds a finished span.
    public func add(_ span: Span) {
        guard isKept else { return }
        spans.withLock { $0.append(span) }
    }

    /// Takes out the spans that no commit has carried yet.
    public func takePending() -> [Span] {
        spans.withLock { spans in
            defer { spans = [] }
            return spans
        }
    }
}

/// The span of one invocation while it runs.
public final class SpanRecorder: Sendable {
    private struct State {
        var decision = ""
        var reason = ""
        var carried = false
    }

    private let trace: MessageTrace
    private let function: FunctionName
    private let version: Int
    private let requestID: Identifier128?
    private let time: any TimeSource
    private let startedAt: Timestamp
    private let startNanoseconds: UInt64
    private let state = Mutex(State())

    /// Starts a span now.
    public convenience init(
        trace: MessageTrace, function: FunctionName, version: Int, requestID: Identifier128? = nil, time: any TimeSource
    ) {
        self.init(
            trace: trace, function: function, version: version, requestID: requestID, time: time,
            startedAt: time.now(), startNanoseconds: time.monotonicNanoseconds())
    }

    /// A span that started just now, at a moment that was read before.
    init(
        trace: MessageTrace, function: FunctionName, version: Int, requestID: Identifier128?, time: any TimeSource,
        startedAt: Timestamp, startNanoseconds: UInt64
    ) {
        self.trace = trace
        self.function = function
        self.version = version
        self.requestID = requestID
        self.time = time
        self.startedAt = startedAt
        self.startNanoseconds = startNanoseconds
    }

    /// Sets the decision and its reason; the last call wins. The reason is spelled only if somebody can read it.
    public func decide(_ decision: String, because reason: @autoclosure () -> String) {
        guard trace.isKept else { return }
        let reason = reason()
        state.withLock { ($0.decision, $0.reason) = (decision, reason) }
    }

    /// The spans that the handler's commit shall carry: those of the functions before, and this one as it stands.
    /// After this the dispatcher does not add the span again.
    public func spansToCommit() -> [Span] {
        let own = snapshot()
        state.withLock { $0.carried = true }
        return trace.takePending() + [own]
    }

    /// Ends the span; it waits in the trace for the next commit unless one has carried it.
    public func end() {
        guard trace.isKept else { return }
        let carried = state.withLock { $0.carried }
        if !carried { trace.add(snapshot()) }
    }

    /// This span as it stands.
    public func snapshot() -> Span {
        let (decision, reason) = state.withLock { ($0.decision, $0.reason) }
        let elapsed = Double(time.monotonicNanoseconds() &- startNanoseconds) / 1_000_000
        return Span(
            function: function, version: version, requestID: requestID, startedAt: startedAt,
            milliseconds: (elapsed * 1000).rounded() / 1000, decision: decision, reason: reason)
    }
}
