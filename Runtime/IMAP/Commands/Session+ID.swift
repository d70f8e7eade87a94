import FunctionRuntime
import MailTypes

/// `id = "ID" SP id-params-list` (RFC 2971 §3.1)
extension IMAPSession {
    func id(_ parameters: [(Octets, Octets?)]) -> Completed {
        if let name = parameters.first(where: { $0.0.equalsIgnoringASCIICase("name".utf8) })?.1 {
            log.info("imap.client", .peer(connection.peer), .other("client", name.prefix(100).map { $0 }.text))
        }
        out.put("* ID (\"name\" \"Mailroom\"")
        if let version = settings.version {
            out.put(" \"version\" ")
            out.put(string: version.utf8)
        }
        out.put(")\r\n")
        return Completed("pleased to meet you")
    }
}
