import MailTypes

/// One stream of octets with a peer, made and used inside one task.
///
/// Reading flushes pending output before it waits, so a pipelined batch of commands gets its replies in one write.
/// Every wait ends at the idle limit. Free of sockets and TLS, so that a test can speak for the peer.
public protocol Connection: AnyObject {
    /// The peer's address.
    var peer: NetworkAddress { get }
    /// Our address.
    var local: NetworkAddress { get }
    /// The TLS session, nil in plain text.
    var tls: TLSSession? { get }
    /// Most seconds that one read or write waits for the peer.
    var idleSeconds: Int { get set }

    /// Octets read from the peer and not consumed yet.
    var bufferedCount: Int { get }
    /// Lends the buffered octets. The pointer dies with the call.
    func withBuffered<Result>(_ look: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result
    /// Drops the first octets of the buffer.
    func consume(_ count: Int)
    /// Reads once more into the buffer, waiting for at least one octet. False when the peer has closed its side.
    /// The buffer never grows past 64 KiB plus what is unconsumed; flushes output before waiting.
    func fill() async throws(ConnectionFailure) -> Bool
    /// Waits for octets from the peer (without consuming them) or for the signal to be raised, whichever is first.
    func wait(for signal: Signal) async throws(ConnectionFailure) -> ConnectionWait

    /// Appends to the output; sends when 64 KiB are pending, waiting while the peer is slow.
    func write(_ octets: Octets) async throws(ConnectionFailure)
    /// Sends what is pending.
    func flush() async throws(ConnectionFailure)
    /// TLS handshake as server. Throws `.injection` when octets wait in the buffer (CVE-2011-0411): close then.
    func startTLS() async throws(ConnectionFailure)
    /// Sends what is pending as far as that goes at once, and closes. Safe to call twice.
    func close()
}

/// Why `wait` returned.
public enum ConnectionWait: Sendable, Equatable {
    case input
    case signal
    case closed
}

/// What TLS agreed on.
public struct TLSSession: Sendable, Hashable, Codable {
    /// `TLSv1.3`.
    public let version: String
    /// `TLS_AES_256_GCM_SHA384`.
    public let cipher: String
    /// The name the client asked for (SNI).
    public let serverName: String?

    /// A session of these facts.
    public init(version: String, cipher: String, serverName: String?) {
        (self.version, self.cipher, self.serverName) = (version, cipher, serverName)
    }
}

/// Why talking ended.
public enum ConnectionFailure: Error, Sendable, Equatable {
    /// The peer is gone, or the connection was closed here.
    case closed
    /// The idle limit passed.
    case timedOut
    /// A line exceeded its limit; the rest of it is still unread.
    case lineTooLong
    /// Octets waited before the TLS handshake.
    case injection
    /// The handshake failed.
    case tls(String)
    /// The system said no.
    case system(Int32)
    /// The server is draining and this connection was idle.
    case draining
}

extension Connection {
    /// Reads one line, without its CRLF or bare LF; nil when the peer closed. Throws `.lineTooLong` past the limit,
    /// counted without the line end, having consumed nothing.
    public func readLine(limitOctets: Int) async throws(ConnectionFailure) -> Octets? {
        var scanned = 0
        while true {
            let end = withBuffered { buffer -> Int? in
                guard buffer.count > scanned else { return nil }
                return buffer[scanned...].firstIndex(of: .lf)
            }
            if let end {
                guard end <= limitOctets + 1 else { throw .lineTooLong }
                let line = withBuffered { buffer -> Octets in
                    let stop = end > 0 && buffer[end - 1] == .cr ? end - 1 : end
                    return Octets(buffer[0..<stop])
                }
                guard line.count <= limitOctets else { throw .lineTooLong }
                consume(end + 1)
                return line
            }
            scanned = bufferedCount
            guard scanned <= limitOctets + 1 else { throw .lineTooLong }
            guard try await fill() else { return nil }
        }
    }
}
