import MailTypes

/// A peer that says lines known beforehand, for tests: what we write is kept, and time never passes.
public final class TranscriptConnection: Connection {
    public let peer: NetworkAddress
    public let local = NetworkAddress(host: "127.0.0.1", port: 25)
    public private(set) var tls: TLSSession?
    public var idleSeconds = 300
    /// Everything written so far.
    public private(set) var written: Octets = []
    /// True once `close` was called.
    public private(set) var isClosed = false
    private var incoming: [Octets]
    private var buffer: Octets = []
    private let onWrite: ((Octets) -> Void)?

    /// A peer at this address that sends these segments, one for each read, and then closes.
    public init(
        _ segments: [Octets], peer: NetworkAddress = NetworkAddress(host: "192.0.2.7", port: 40_000),
        tls: TLSSession? = nil, onWrite: ((Octets) -> Void)? = nil
    ) {
        (incoming, self.peer, self.tls, self.onWrite) = (segments, peer, tls, onWrite)
    }

    public var bufferedCount: Int { buffer.count }
    public func withBuffered<Result>(_ look: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try buffer.withUnsafeBytes(look)
    }
    public func consume(_ count: Int) { buffer.removeFirst(count) }

    public func fill() async throws(ConnectionFailure) -> Bool {
        guard !isClosed, !incoming.isEmpty else { return false }
        buffer += incoming.removeFirst()
        return true
    }

    public func wait(for signal: Signal) async throws(ConnectionFailure) -> ConnectionWait {
        if signal.lower() { return .signal }
        if !buffer.isEmpty { return .input }
        return try await fill() ? .input : .closed
    }

    public func write(_ octets: Octets) async throws(ConnectionFailure) {
        guard !isClosed else { throw .closed }
        written += octets
        onWrite?(octets)
    }

    public func flush() async throws(ConnectionFailure) {}

    public func startTLS() async throws(ConnectionFailure) {
        guard buffer.isEmpty else { throw .injection }
        tls = TLSSession(version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", serverName: nil)
    }

    public func close() { isClosed = true }
}
