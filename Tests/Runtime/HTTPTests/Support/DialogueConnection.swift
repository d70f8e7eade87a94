import FunctionRuntime
import MailTypes

/// A peer that sends pieces, stays silent past the idle limit, or leaves, in a given order; it keeps what was said.
final class DialogueConnection: Connection {
    enum Step {
        case octets(Octets)
        case silence
        case reset
    }
    /// One thing that happened, in order.
    enum Event: Equatable {
        case received(Octets)
        case sent(Octets)
    }

    var peer = NetworkAddress(host: "192.0.2.7", port: 40_000)
    let local = NetworkAddress(host: "127.0.0.1", port: 8080)
    var tls: TLSSession?
    var idleSeconds = 300
    private(set) var idleAtFill: [Int] = []
    private(set) var written: Octets = []
    private(set) var events: [Event] = []
    private(set) var isClosed = false
    private(set) var unflushed = 0
    private var steps: [Step]
    private var buffer: ArraySlice<UInt8> = []
    private let onFill: (() -> Void)?

    init(_ steps: [Step], onFill: (() -> Void)? = nil) { (self.steps, self.onFill) = (steps, onFill) }
    convenience init(_ text: String) { self.init([.octets(Octets(text: text))]) }

    /// What the peer has not sent yet.
    var stepsLeft: Int { steps.count }
    var bufferedCount: Int { buffer.count }
    func withBuffered<Result>(_ look: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try buffer.withUnsafeBytes(look)
    }
    func consume(_ count: Int) { buffer = buffer.dropFirst(count) }

    func fill() async throws(ConnectionFailure) -> Bool {
        idleAtFill.append(idleSeconds)
        onFill?()
        try await flush()
        guard !isClosed, !steps.isEmpty else { return false }
        switch steps.removeFirst() {
        case .octets(let octets):
            events.append(.received(octets))
            buffer += octets
            return true
        case .silence: throw .timedOut
        case .reset: throw .closed
        }
    }

    func wait(for signal: Signal) async throws(ConnectionFailure) -> ConnectionWait { .closed }

    func write(_ octets: Octets) async throws(ConnectionFailure) {
        guard !isClosed else { throw .closed }
        written += octets
        unflushed += octets.count
        if case .sent(let before) = events.last {
            events[events.count - 1] = .sent(before + octets)
        } else {
            events.append(.sent(octets))
        }
    }

    func flush() async throws(ConnectionFailure) { unflushed = 0 }
    func startTLS() async throws(ConnectionFailure) {}
    func close() { isClosed = true }
}
