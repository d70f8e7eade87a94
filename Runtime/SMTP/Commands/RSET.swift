import MailTypes

extension Dialogue {
    /// `rset = "RSET" CRLF` (RFC 5321 §4.1.1.5). Ends an open transaction.
    mutating func rset(_ arguments: ArraySlice<UInt8>) throws(Refusal) -> Step {
        try demandNothing(arguments)
        transaction = nil
        countIdle()
        return .reply(Reply(250, "2.0.0", "ok"))
    }
}
