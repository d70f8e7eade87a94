import FunctionRuntime
import MailTypes

/// `STARTTLS` (RFC 9051 §6.2.1)
extension IMAPSession {
    func startTLS(_ tag: Octets) async throws -> Completed {
        guard connection.tls == nil else { throw Refused.bad("TLS is active already") }
        guard canStartTLS else { throw Refused.bad("STARTTLS is not offered here") }
        put(tagged: tag, "OK", code: nil, "begin TLS")
        try await send()
        try await connection.flush()
        // Octets that wait here were sent in plain text to be taken for protected ones: the connection throws
        // `.injection` and the session ends (CVE-2011-0411).
        try await connection.startTLS()
        badCommands = 0
        throw Handled()
    }
}
