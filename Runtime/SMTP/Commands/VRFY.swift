import MailTypes

extension Dialogue {
    /// `vrfy = "VRFY" SP String CRLF` (RFC 5321 §4.1.1.6).
    ///
    /// One answer whoever is asked for: who is here is learned by sending mail, with the limits on that (RFC 5321 §7.3).
    mutating func vrfy(_ arguments: ArraySlice<UInt8>) throws(Refusal) -> Step {
        guard !arguments.isEmpty else { throw Refusal(501, "5.5.4", "an address belongs here") }
        countIdle()
        return .reply(Reply(252, "2.5.0", "cannot say, but will take mail"))
    }
}
