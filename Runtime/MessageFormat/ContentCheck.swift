import MailTypes

/// Whether new content may take the place of a message in transit: the rules of WorkMail's RawMessageContent
/// (reference/email-flow.md §7.2) and its limits (§10).
public struct ContentCheck: Sendable {
    /// Most octets of the whole content.
    public var mimeOctets = 40 * 1024 * 1024
    /// Most octets of all parts together once their transfer encodings are undone.
    public var decodedOctets = 29 * 1024 * 1024
    public var attachments = 500
    /// Most octets of a line, CRLF included (RFC 5321 §4.5.3.1.6).
    public var lineOctets = 1000

    /// The documented limits.
    public init() {}

    /// Fields a message needs (RFC 5322 §3.6).
    static let required = ["From", "Date"]
    /// Fields that keep their value: who wrote it, when, under which id, and what was recorded on the way.
    static let immutable = ["Message-ID", "Date", "From", "Sender", "Return-Path", "Received"]
    /// Beginning of the names of fields the receiving side adds; they keep their value too.
    static let immutablePrefix = "X-SES-"
    /// Fields that a message has once (RFC 5322 §3.6, RFC 2045).
    static let unique = [
        "Date", "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Message-ID", "In-Reply-To", "References", "Subject",
        "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
    ]

    /// The sentence that says why the content may not take the original's place; nil when it may.
    ///
    /// - Parameters:
    ///   - content: the new content, with CRLF line ends (`LineEnds.withCRLF`).
    ///   - original: the header section of the content as it stands.
    public func objection(to content: Octets, inPlaceOf original: HeaderSection) -> String? {
        guard content.count <= mimeOctets else {
            return "The message has \(content.count) octets; at most \(mimeOctets) are allowed."
        }
        let header = HeaderSection(content)
        return objectionToLines(of: content) ?? objectionToStructure(of: content) ?? objectionToFields(of: header)
            ?? objectionToChanges(from: original, to: header)
    }

    private func objectionToLines(of content: Octets) -> String? {
        content.withUnsafeBufferPointer { octets in
            var position = 0
            var number = 0
            while position < octets.count {
                let next = octets.lineEnd(from: position, to: octets.count)
                number += 1
                if next - position > lineOctets {
                    return "Line \(number) is longer than \(lineOctets) octets."
                }
                let end = octets.withoutLineEnd(position, next)
                if octets.firstIndex(of: .cr, from: position, to: end) != nil {
                    return "Line \(number) holds a carriage return that does not end it."
                }
                position = next
            }
            return nil
        }
    }

    private func objectionToStructure(of content: Octets) -> String? {
        content.withUnsafeBufferPointer { octets in
            var reader = StructureReader(octets, limits: .standard)
            let root = reader.read()
            if let defect = reader.defect { return defect.sentence }
            var attached = 0
            var decoded = 0
            var unsupported: String?
            root.forEach { part in
                guard part.parts.isEmpty else { return }
                decoded += Self.decodedOctets(of: part, in: octets)
                guard part.disposition?.type == "attachment" || part.fileName != nil else { return }
                attached += 1
                if let ending = AttachmentNames.fileExtension(of: part),
                    AttachmentNames.unsupportedExtensions.contains(ending)
                {
                    unsupported = unsupported ?? ending
                }
            }
            if let unsupported { return "Attachments of type .\(unsupported) are not supported." }
            if attached > attachments {
                return "There are \(attached) attachments; at most \(attachments) are allowed."
            }
            if decoded > decodedOctets {
                return "The decoded parts have \(decoded) octets; at most \(decodedOctets) are allowed."
            }
            return nil
        }
    }

    /// What a part comes to without its transfer encoding, counted without decoding it.
    private static func decodedOctets(of part: BodyPart, in octets: OctetView) -> Int {
        switch part.transferEncoding {
        case "base64":
            octets[part.body].reduce(0) {
                $1.isASCIILetter || $1.isASCIIDigit || $1 == 0x2B || $1 == 0x2F ? $0 + 1 : $0
            } / 4 * 3
        case "quoted-printable":
            part.body.count - 2 * octets[part.body].reduce(0) { $1 == 0x3D ? $0 + 1 : $0 }
        default: part.body.count
        }
    }

    private func objectionToFields(of header: HeaderSection) -> String? {
        for name in Self.required where header.unfoldedValue(name)?.isEmpty ?? true {
            return "The header field \(name) is missing."
        }
        for name in Self.unique where header.count(name) > 1 {
            return "The header field \(name) occurs more than once."
        }
        return nil
    }

    private func objectionToChanges(from original: HeaderSection, to header: HeaderSection) -> String? {
        for name in Self.immutable where values(name, in: original) != values(name, in: header) {
            return "The header field \(name) must keep its value."
        }
        let before = prefixed(original)
        let after = prefixed(header)
        guard before == after else {
            let changed = zip(before, after).first { $0 != $1 }?.0 ?? before.dropFirst(after.count).first
            let name = (changed ?? after.dropFirst(before.count).first)?.first ?? Self.immutablePrefix
            return "The header field \(name) must keep its value."
        }
        return nil
    }

    /// Values with blanks, folding and encoding out of the comparison: libraries that write a message anew fold it anew.
    private func values(_ name: String, in header: HeaderSection) -> [String] {
        header.all(name).map { Self.comparable(header.unfoldedValue(of: $0)) }
    }

    private static func comparable(_ value: Octets) -> String {
        var text = ""
        text.unicodeScalars.append(
            contentsOf: EncodedWord.decode(value).unicodeScalars.lazy.filter { $0 != " " && $0 != "\"" })
        return text
    }

    /// Names and values of the fields whose names start with `X-SES-`, in their order.
    private func prefixed(_ header: HeaderSection) -> [[String]] {
        let prefix = Self.immutablePrefix.utf8
        return header.fields.compactMap { field in
            guard header.content[field.name].prefix(prefix.count).equalsIgnoringASCIICase(prefix) else { return nil }
            return [header.name(of: field).text, Self.comparable(header.unfoldedValue(of: field))]
        }
    }
}
