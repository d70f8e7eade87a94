import MailTypes

/// `enable = "ENABLE" 1*(SP capability)` (RFC 9051 §6.3.1)
extension IMAPSession {
    func enable(_ words: [String]) throws -> Completed {
        guard entity != nil else { throw Refused.bad("log in first") }
        // Told whether or not it was on before: a client that does not hear of it takes it for refused.
        var told: Extensions = []
        out.put("* ENABLED")
        for word in words {
            let feature: Extensions
            let name: StaticString
            switch word {
            case "IMAP4REV2": (feature, name) = (.rev2, " IMAP4rev2")
            case "CONDSTORE": (feature, name) = (.condstore, " CONDSTORE")
            case "QRESYNC": (feature, name) = (.qresync, " QRESYNC")
            default: continue
            }
            if told.insert(feature).inserted { out.put(name) }
        }
        out.endLine()
        enabled.formUnion(told.subtracting(.condstore))
        if !told.isDisjoint(with: [.condstore, .qresync]) { enableCondstore() }
        return Completed("enabled")
    }
}
