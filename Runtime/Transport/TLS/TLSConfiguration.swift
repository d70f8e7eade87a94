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
        var sources: [TLSCertificateSource]
        var certificates: TLSCertificates
        var stamp: [FileStamp?]
    }

    /// What tells one state of a file from another.
    private struct FileStamp: Equatable {
        let device: UInt, inode: UInt, size: Int, seconds: Int, nanoseconds: Int
    }

    private let applicationProtocols: [String]
    private let state: Mutex<State>

    /// Reads the certificates. The first is shown to clients that ask for no name we have.
    ///
    /// - Parameter applicationProtocols: ALPN, in our order: `["http/1.1"]`. Empty: not negotiated.
    /// - Throws: `TLSFailure`, a sentence that names the file.
    public init(_ sources: [TLSCertificateSource], applicationProtocols: [String] = []) throws(TLSFailure) {
        self.applicationProtocols = applicationProtocols
        // The stamp first: a file that changes while it is read is read again.
        let stamp = Self.stamp(sources)
        let certificates = try TLSCertificates(sources, applicationProtocols: applicationProtocols)
        state = Mutex(State(sources: sources, certificates: certificates, stamp: stamp))
    }

    /// Shows other certificates from the next handshake on. When any of them is bad, all the old ones stay and the reason
    /// is thrown.
    public func use(_ sources: [TLSCertificateSource]) throws(TLSFailure) {
        let stamp = Self.stamp(sources)
        let certificates = try TLSCertificates(sources, applicationProtocols: applicationProtocols)
        state.withLock { $0 = State(sources: sources, certificates: certificates, stamp: stamp) }
    }

    /// Finds out whether certificates could be used, and uses none.
    public static func check(_ sources: [TLSCertificateSource]) throws(TLSFailure) {
        _ = try TLSCertificates(sources, applicationProtocols: [])
    }

    /// Reads the certificates anew. When any of them is bad, all the old ones stay and the reason is thrown.
    public func reload() throws(TLSFailure) {
        let sources = state.withLock { $0.sources }
        let stamp = Self.stamp(sources)
        do throws(TLSFailure) { try use(sources) } catch {
            // Not tried again before something changes, so that the reason is reported once.
            state.withLock { $0.stamp = stamp }
            throw error
        }
    }

    /// Reads the certificates anew if a file changed since they were read. Cheap: call it every few seconds.
    ///
    /// - Returns: true when new certificates are in use from now on.
    public func reloadIfChanged() throws(TLSFailure) -> Bool {
        let (sources, last) = state.withLock { ($0.sources, $0.stamp) }
        guard Self.stamp(sources) != last else { return false }
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
