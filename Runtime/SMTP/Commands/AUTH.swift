import MailTypes

extension Dialogue {
    /// `auth-command = "AUTH" SP sasl-mech [SP initial-response] CRLF` (RFC 4954 §4). Not on this endpoint: other servers
    /// have no password here, and a client's password must not be asked for where it has no use.
    mutating func auth(_ arguments: ArraySlice<UInt8>) throws(Refusal) -> Step {
        guard !arguments.isEmpty else { throw Refusal(501, "5.5.4", "a mechanism belongs here") }
        guard transaction == nil else { throw Refusal(503, "5.5.1", "no AUTH within a transaction") }
        throw Refusal(502, "5.5.1", "no AUTH here; users send through the submission endpoints")
    }
}
