import FunctionRuntime
import MailTypes

/// A peer that sends segments known beforehand and hears what the session says. Time passes only when told.
final class ScriptedConnection: Connection {
    /// What happened on the connection, in order.
    enum Event: Equatable {
        case heard(Octets)
        case said(Octets)
        case handshake
    }

    let peer = NetworkAddress(host: "192.0.2.7", port: 40_000)
    let local = NetworkAddress(host: "127.0.0.1", port: 25)
    var tls: TLSSession?
    var idleSeconds = 0
    private(set) var events: [Event] = []
    private(set) var written: Octets = []
    private(set) var isClosed = false
    /// Sends of pending output: how often a real connection would have called the system.
    private(set) var flushes = 0
    /// The longest that each read was told to wait.
    private(set) var idleLimits: [Int] = []
    /// Called before each read.
    var beforeFill: () throws(ConnectionFailure) -> Void = {}
    /// Called before each write, with all that was written before it.
    var beforeWrite: (Octets) throws(ConnectionFailure) -> Void = { _ in }

    private var segments: ArraySlice<Octets>
    private var buffer: Octets = []
    private var start = 0
    private var isPending = false

    /// A peer that sends these segments, one for each read, and then closes. `early` came in before the session began.
    init(_ segments: [Octets], early: Octets = [], isSecure: Bool = false) {
        self.segments = segments[...]
        buffer = early
        if isSecure { tls = Self.session }
    }

    private static let session = TLSSession(version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", serverName: nil)

    var bufferedCount: Int { buffer.count - start }
    func withBuffered<Result>(_ look: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try buffer.withUnsafeBytes { try look(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    }
    func consume(_ count: Int) {
        precondition(count <= bufferedCount, "more consumed than there is")
        start += count
        if start == buffer.count { (buffer, start) = ([], 0) }
    }

    func fill() async throws(ConnectionFailure) -> Bool {
        try await flush()
        try beforeFill()
        idleLimits.append(idleSeconds)
        guard !isClosed, let next = segments.popFirst() else { return false }
        events.append(.heard(next))
        buffer += next
        return true
    }

    func wait(for signal: Signal) async throws(ConnectionFailure) -> ConnectionWait {
        if bufferedCount > 0 { return .input }
        if signal.lower() { return .signal }
        return try await fill() ? .input : .closed
    }

    func write(_ octets: Octets) async throws(ConnectionFailure) {
        guard !isClosed else { throw .closed }
        try beforeWrite(written)
        events.append(.said(octets))
        written += octets
        isPending = true
    }

    func flush() async throws(ConnectionFailure) {
        if isPending { flushes += 1 }
        isPending = false
    }

    func startTLS() async throws(ConnectionFailure) {
        try await flush()
        guard bufferedCount == 0 else { throw .injection }
        tls = Self.session
        events.append(.handshake)
    }

    func close() { isClosed = true }
}
