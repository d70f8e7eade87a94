import MailTypes
import MessageFormat

extension Response {
    /// Appends a body structure (RFC 9051 §7.5.2). `extended` makes it BODYSTRUCTURE, otherwise it is BODY. `opensGlobal`
    /// shows what is in a message/global, which a client of IMAP4rev1 takes for a part like any other (RFC 3501 §9
    /// media-message).
    mutating func put(body part: BodyPart, extended: Bool, opensGlobal: Bool) {
        put("(")
        if part.isMultipart {
            put(multipart: part, extended: extended, opensGlobal: opensGlobal)
        } else {
            put(single: part, extended: extended, opensGlobal: opensGlobal)
        }
        put(")")
    }

    /// `body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart]`
    private mutating func put(multipart part: BodyPart, extended: Bool, opensGlobal: Bool) {
        for inner in part.parts { put(body: inner, extended: extended, opensGlobal: opensGlobal) }
        put(" ")
        put(upper: part.subtype)
        guard extended else { return }
        put(" ")
        put(parameters: part.parameters)
        putDispositionAndBeyond(of: part)
    }

    /// `body-type-1part = (body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part]`
    private mutating func put(single part: BodyPart, extended: Bool, opensGlobal: Bool) {
        put(upper: part.type)
        put(" ")
        put(upper: part.subtype)
        put(" ")
        put(parameters: part.parameters)
        put(" ")
        put(nstring: part.contentID)
        put(" ")
        put(nstring: part.contentDescription)
        put(" ")
        put(upper: part.transferEncoding)
        put(" ")
        put(number: part.body.count)
        if part.isMessage, opensGlobal || part.subtype == "rfc822", let envelope = part.envelope,
            let inner = part.parts.first
        {
            put(" ")
            put(envelope: envelope)
            put(" ")
            put(body: inner, extended: extended, opensGlobal: opensGlobal)
            put(" ")
            put(number: part.lines)
        } else if part.type == "text" {
            put(" ")
            put(number: part.lines)
        }
        guard extended else { return }
        put(" ")
        put(nstring: part.md5)
        putDispositionAndBeyond(of: part)
    }

    /// `SP body-fld-dsp SP body-fld-lang SP body-fld-loc`
    private mutating func putDispositionAndBeyond(of part: BodyPart) {
        put(" ")
        if let disposition = part.disposition {
            put("(")
            put(upper: disposition.type)
            put(" ")
            put(parameters: disposition.parameters)
            put(")")
        } else {
            put("NIL")
        }
        put(" ")
        switch part.languages.count {
        case 0: put("NIL")
        case 1: put(string: part.languages[0].utf8)
        default:
            put("(")
            for (index, language) in part.languages.enumerated() {
                if index > 0 { put(" ") }
                put(string: language.utf8)
            }
            put(")")
        }
        put(" ")
        put(nstring: part.location)
    }

    /// `"(" string SP string *(SP string SP string) ")" / nil`
    private mutating func put(parameters: [BodyPart.Parameter]) {
        guard !parameters.isEmpty else { return put("NIL") }
        put("(")
        for (index, parameter) in parameters.enumerated() {
            if index > 0 { put(" ") }
            put(string: parameter.name.utf8)
            put(" ")
            put(string: parameter.value)
        }
        put(")")
    }

    /// Types, subtypes and encodings go out in upper case, as clients have seen them everywhere.
    private mutating func put(upper text: String) {
        put(string: Octets(text.utf8.map { $0 &- 0x61 < 26 ? $0 & 0xDF : $0 }))
    }
}
