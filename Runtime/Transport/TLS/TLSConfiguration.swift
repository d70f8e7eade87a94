import CLinux
import FunctionRuntime
import Glibc
import MailTypes
import Synchronization

/// What a server shows in TLS handshakes: certificates by name, TLS 1.2 and 1.3, resumption by tickets.
///
/// Certificates can be exchanged while connections go on: each handshake takes what holds at its beginning.
public final class TLSConfiguration: Sendable {
    private struct State {
        var certificates: TLSCertificates
        var stamp: [FileStamp?]
    }

    /// What tells one state of a file from another.
    private struct FileStamp: Equatable {
        let device: UInt, inode: UInt, size: Int, seconds: Int, nanoseconds: Int
    }

    private let sources: [TLSCertificateSource]
    private let applicationProtocols: [String]
    private let state: Mutex<State>

    /// Reads the certificates. The first is shown to clients that ask for no name we have.
    ///
    /// - Parameter applicationProtocols: ALPN, in our order: `["http/1.1"]`. Empty: not negotiated.
    /// - Throws: `TLSFailure`, a sentence that names the file.
    public init(_ sources: [TLSCertificateSource], applicationProtocols: [String] = []) throws(TLSFailure) {
        (self.sources, self.applicationProtocols) = (sources, applicationProtocols)
        // The stamp first: a file that changes while it is read is read again.
        let stamp = Self.stamp(sources)
        let certificates = try TLSCertificates(sources, applicationProtocols: applicationProtocols)
        state = Mutex(State(certificates: certificates, stamp: stamp))
    }

    /// Reads the certificates anew. When any of them is bad, all the old ones stay and the reason is thrown.
    public func reload() throws(TLSFailure) {
        let stamp = Self.stamp(sources)
        let certificates: TLSCertificates
        do throws(TLSFailure) {
            certificates = try TLSCertificates(sources, applicationProtocols: applicationProtocols)
        } catch {
            // Not tried again before something changes, so that the reason is reported once.
            state.withLock { $0.stamp = stamp }
            throw error
        }
        state.withLock { $0 = State(certificates: certificates, stamp: stamp) }
    }

    /// Reads the certificates anew if a file changed since they were read. Cheap: call it every few seconds.
    ///
    /// - Returns: true when new certificates are in use from now on.
    public func reloadIfChanged() throws(TLSFailure) -> Bool {
        let stamp = Self.stamp(sources)
        guard state.withLock({ $0.stamp != stamp }) else { return false }
        try reload()
        return true
    }

    /// When the first of the certificates in use runs out.
    public var validUntil: Timestamp { current.validUntil }

    /// The certificates in use.
    var current: TLSCertificates { state.withLock { $0.certificates } }

    private static func stamp(_ sources: [TLSCertificateSource]) -> [FileStamp?] {
        sources.flatMap { source -> [FileStamp?] in
            guard case .files(let certificate, let key) = source else { return [] }
            return [certificate, key].map { path in
                var facts = stat()
                guard stat(path, &facts) == 0 else { return nil }
                return FileStamp(
                    device: UInt(facts.st_dev), inode: UInt(facts.st_ino), size: Int(facts.st_size),
                    seconds: facts.st_mtim.tv_sec, nanoseconds: facts.st_mtim.tv_nsec)
            }
        }
    }
}
