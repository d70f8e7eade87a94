import FunctionRuntime
import MailTypes

/// `idle = "IDLE" CRLF "DONE"` (RFC 9051 §6.3.13)
extension IMAPSession {
    /// Waits for the folder to change or the client to speak. While it waits, nothing but the folder's view is held.
    func idle() async throws -> Completed {
        guard entity != nil else { throw Refused.bad("log in first") }
        out.put("+ idling\r\n")
        // What happened before counts as news too.
        var forSure = true
        while true {
            try await tellNews(expunges: true, forSure: forSure)
            forSure = false
            try await send()
            try await connection.flush()
            switch try await connection.wait(for: signal) {
            case .signal:
                // Raised again, for `tellNews` to find.
                signal.raise()
            case .closed: throw ConnectionFailure.closed
            case .input: return try await done()
            }
        }
    }

    private func done() async throws -> Completed {
        let line = try await line(limitOctets: 64)
        guard line.equalsIgnoringASCIICase("DONE".utf8) else { throw Refused.bad("DONE expected") }
        return Completed("idle ended")
    }
}
