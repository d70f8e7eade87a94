import FunctionRuntime
import MailTypes

/// `idle = "IDLE" CRLF "DONE"` (RFC 9051 §6.3.13)
extension IMAPSession {
    /// Begins to idle. The waiting is done where the session waits for commands, with nothing below it on the stack.
    func idle(_ tag: Octets) async throws -> Completed {
        guard entity != nil else { throw Refused.bad("log in first") }
        out.put("+ idling\r\n")
        // What happened before counts as news too.
        try await tellNews(expunges: true, forSure: true)
        idleTag = tag
        throw Handled()
    }

    /// Waits until the folder has changed or the client has spoken, and does what that asks for. While it waits, nothing
    /// but the folder's view is held.
    func idleOn(_ tag: Octets) async throws {
        try await connection.flush()
        switch try await connection.wait(for: signal) {
        case .signal:
            // Raised again, for `tellNews` to find.
            signal.raise()
            try await apart { try await $0.tellNews(expunges: true) }
        case .closed: throw ConnectionFailure.closed
        case .input: try await apart { try await $0.endIdle(tag) }
        }
    }

    private func endIdle(_ tag: Octets) async throws {
        idleTag = nil
        try await answering(tag) {
            let line = try await self.line(limitOctets: 64)
            guard line.equalsIgnoringASCIICase("DONE".utf8) else { throw Refused.bad("DONE expected") }
            return Completed("idle ended")
        }
    }
}
