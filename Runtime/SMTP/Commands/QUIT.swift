import MailTypes

extension Dialogue {
    /// `quit = "QUIT" CRLF` (RFC 5321 §4.1.1.10).
    mutating func quit(_ arguments: ArraySlice<UInt8>) throws(Refusal) -> Step {
        try demandNothing(arguments)
        return .close(Reply(221, "2.0.0", "\(settings.hostname) bye"))
    }
}
