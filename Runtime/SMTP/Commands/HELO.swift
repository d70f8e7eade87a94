import MailTypes

extension Dialogue {
    /// `helo = "HELO" SP Domain CRLF` (RFC 5321 §4.1.1.1). Ends an open transaction; no extension is in force.
    mutating func helo(_ arguments: ArraySlice<UInt8>) throws(Refusal) -> Step {
        helo = try Self.readClientName(arguments)
        isExtended = false
        transaction = nil
        countIdle()
        return .reply(Reply(250, nil, settings.hostname))
    }
}
