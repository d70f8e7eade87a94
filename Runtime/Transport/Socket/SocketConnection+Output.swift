import CLinux
import FunctionRuntime
import Glibc
import MailTypes

extension SocketConnection {
    /// Octets that wait to be sent.
    var pendingCount: Int { output.count - outputStart }

    public func write(_ octets: Octets) async throws(ConnectionFailure) {
        guard !isClosed else { throw .closed }
        // The first piece is kept as it is, so that a large one is never copied.
        if pendingCount == 0 { (output, outputStart) = (octets, 0) } else { output += octets }
        if pendingCount >= Self.outputLimit { try await flush() }
    }

    public func flush() async throws(ConnectionFailure) {
        while let interest = try sendOrPrepareToWait() { try await suspend(for: interest) }
    }

    /// Sends what is pending as far as that goes; gives what to wait for when something is left.
    @inline(never)
    func sendOrPrepareToWait() throws(ConnectionFailure) -> SocketHandle.Interest? {
        guard !isClosed else { throw .closed }
        while pendingCount > 0 {
            switch try send() {
            case .octets: continue
            case .nothing: return .output
            // TLS must hear something from the peer before it can go on.
            case .end, .mustWrite: return .input
            }
        }
        return nil
    }

    /// Sends as much as the system takes now, and forgets the rest.
    func sendWithoutWaiting() {
        while pendingCount > 0 {
            guard let sent = try? send(), case .octets = sent else { break }
        }
        (output, outputStart) = ([], 0)
    }

    /// Sends once without waiting. `.octets`: some went; `.nothing`: the peer is slow; `.mustWrite`: TLS must read first.
    private func send() throws(ConnectionFailure) -> Received {
        var count = 0
        var result = Received.octets
        if let channel {
            result = try channel.write(output, from: outputStart, count: &count)
        } else {
            count = output.withUnsafeBytes { octets in
                clinux_send(handle.descriptor, octets.baseAddress.map { $0 + outputStart }, pendingCount)
            }
            if count < 0 {
                switch errno {
                case EINTR: count = 0
                case EAGAIN: return .nothing
                case EPIPE, ECONNRESET, ETIMEDOUT: throw .closed
                case let reason: throw .system(reason)
                }
            }
        }
        outputStart += count
        if outputStart == output.count { (output, outputStart) = ([], 0) }
        return result
    }
}
