import FunctionRuntime
import MailTypes
import Synchronization

/// What one environment says, and what the host says of it, as lines of one log stream.
final class EnvironmentLog: Sendable {
    private struct State {
        var gatherers: [LineGatherer]
        var requestID: String?
        /// Lines of the call at hand, for the answer's tail.
        var tail: Octets = []
        var second: Int64 = 0
        var linesThisSecond = 0
        var dropped = 0
    }

    /// The names of its two pipes.
    enum Source: Int, Sendable { case output, error }

    private let group: String
    let stream: String
    private let isJSON: Bool
    private let store: any FunctionLogStore
    private let time: any TimeSource
    private let settings: HostSettings
    private let state: Mutex<State>

    init(
        group: String, stream: String, isJSON: Bool, store: any FunctionLogStore, time: any TimeSource,
        settings: HostSettings
    ) {
        (self.group, self.stream, self.isJSON) = (group, stream, isJSON)
        (self.store, self.time, self.settings) = (store, time, settings)
        let gatherer = LineGatherer(limitOctets: settings.logLineOctets)
        state = Mutex(State(gatherers: [gatherer, gatherer]))
    }

    /// Takes output of the process.
    func take(_ octets: some Collection<UInt8>, from source: Source) {
        state.withLock { state in write(state.gatherers[source.rawValue].take(octets), &state) }
    }

    /// The INIT_START line.
    func starts(_ runtime: String) {
        state.withLock { state in
            put([PlatformEvent.initStart(runtime: runtime, isJSON: isJSON, at: time.now())], &state)
            state.tail = []
        }
    }

    /// The START line. Lines from now on belong to this request.
    /// - Parameters:
    ///   - isAfterInit: it ended before it could have an event; what it said while loading is part of the answer.
    ///   - sending: hands the event over; the line is written meanwhile, and whatever the process says waits for it.
    func begin(_ requestID: String, version: String, isAfterInit: Bool = false, sending: () -> Void = {}) {
        state.withLock { state in
            sending()
            flush(&state)
            let said = isAfterInit ? state.tail : []
            (state.requestID, state.tail) = (requestID, [])
            put([PlatformEvent.start(requestID, version: version, isJSON: isJSON, at: time.now())], &state)
            state.tail += said
        }
    }

    /// The END and REPORT lines, after what is still without a line end. Gives the tail.
    func end(before: String? = nil, _ report: PlatformEvent.Report) -> Octets {
        state.withLock { state in
            flush(&state)
            let now = time.now()
            var lines: [String] = []
            if let before { lines.append(before) }
            if state.dropped > 0 {
                lines.append(
                    "[host] \(state.dropped) lines dropped: more than \(settings.logLinesPerSecond) in a second")
                state.dropped = 0
            }
            lines = lines.map { PlatformEvent.sentence($0, state.requestID, isJSON: isJSON, at: now) }
            put(lines + report.lines(state.requestID ?? "", isJSON: isJSON, at: now), &state)
            defer { (state.requestID, state.tail) = (nil, []) }
            return Octets(state.tail.suffix(settings.tailOctets))
        }
    }

    /// Writes out what has no line end; the process is gone.
    func finish() { state.withLock { flush(&$0) } }

    private func flush(_ state: inout State) {
        for index in state.gatherers.indices {
            if let line = state.gatherers[index].flush() { write([line], &state) }
        }
    }

    private func write(_ lines: [String], _ state: inout State) {
        guard !lines.isEmpty else { return }
        let second = time.now().seconds
        if second != state.second { (state.second, state.linesThisSecond) = (second, 0) }
        let kept = lines.prefix(max(0, settings.logLinesPerSecond - state.linesThisSecond))
        state.linesThisSecond += kept.count
        state.dropped += lines.count - kept.count
        put(Array(kept), &state)
    }

    private func put(_ lines: [String], _ state: inout State) {
        guard !lines.isEmpty else { return }
        let now = time.now()
        for line in lines {
            state.tail += line.utf8
            state.tail.append(.lf)
        }
        if state.tail.count > 4 * settings.tailOctets {
            state.tail.removeFirst(state.tail.count - settings.tailOctets)
        }
        store.append(
            lines.map { FunctionLogLine(group: group, stream: stream, at: now, requestID: state.requestID, text: $0) })
    }
}
