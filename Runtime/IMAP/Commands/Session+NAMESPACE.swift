import MailTypes

/// `namespace-response = "NAMESPACE" SP namespace SP namespace SP namespace` (RFC 9051 §6.3.10)
extension IMAPSession {
    /// One's own folders, from the top. Other users' and shared folders come with their own work.
    func namespace() throws -> Completed {
        guard entity != nil else { throw Refused.bad("log in first") }
        out.put("* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n")
        return Completed("that is all")
    }
}
