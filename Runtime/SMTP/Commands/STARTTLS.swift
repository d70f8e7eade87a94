import MailTypes

extension Dialogue {
    /// `STARTTLS CRLF` (RFC 3207 §4).
    mutating func startTLS(_ arguments: ArraySlice<UInt8>) throws(Refusal) -> Step {
        guard settings.offersStartTLS else { throw Refusal(502, "5.5.1", "TLS is not offered here") }
        guard !isSecure else { throw Refusal(503, "5.5.1", "TLS is up already") }
        try demandNothing(arguments)
        return .startTLS(Reply(220, "2.0.0", "ready for TLS"))
    }
}
