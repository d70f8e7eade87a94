import MailTypes

extension Dialogue {
    /// `expn = "EXPN" SP String CRLF` (RFC 5321 §4.1.1.7). Refused: who is in a group is nobody's business outside (§7.3).
    mutating func expn() throws(Refusal) -> Step { throw Refusal(502, "5.5.1", "groups are not listed here") }
}
