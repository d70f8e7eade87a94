import MailTypes

extension Dialogue {
    /// `noop = "NOOP" [ SP String ] CRLF` (RFC 5321 §4.1.1.9). The argument means nothing.
    mutating func noop() -> Step {
        countIdle()
        return .reply(Reply(250, "2.0.0", "ok"))
    }
}
