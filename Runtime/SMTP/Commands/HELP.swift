import MailTypes

extension Dialogue {
    /// `help = "HELP" [ SP String ] CRLF` (RFC 5321 §4.1.1.8).
    mutating func help() -> Step {
        countIdle()
        return .reply(
            Reply(
                214, "2.0.0",
                lines: [
                    "EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT"
                        + (settings.offersStartTLS ? " STARTTLS" : ""),
                    "mail for people here is welcome; relaying is not (RFC 5321)",
                ]))
    }
}
