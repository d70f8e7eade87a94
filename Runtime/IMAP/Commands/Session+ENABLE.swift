import MailTypes

/// `enable = "ENABLE" 1*(SP capability)` (RFC 9051 §6.3.1)
extension IMAPSession {
    func enable(_ words: [String]) throws -> Completed {
        guard entity != nil else { throw Refused.bad("log in first") }
        out.put("* ENABLED")
        for word in words {
            let feature: Extensions
            switch word {
            case "IMAP4REV2": feature = .rev2
            case "CONDSTORE": feature = .condstore
            case "QRESYNC": feature = [.qresync, .condstore]
            default: continue
            }
            guard !enabled.isSuperset(of: feature) else { continue }
            enabled.formUnion(feature)
            out.put(" ")
            out.put(text: word)
        }
        out.endLine()
        return Completed("enabled")
    }
}
