import MailTypes

/// User and password of an `Authorization: Basic` field (RFC 7617).
public struct BasicCredentials: Sendable {
    public let user: String
    public let password: Secret<String>

    /// Reads the field's value; nil when it is another scheme or malformed: not base64, not UTF-8, without a colon, or
    /// with a control character in it (RFC 7617 §2).
    public init?(_ field: String) {
        let octets = Octets(field.utf8)
        guard octets.count <= 8_192, let blank = octets.firstIndex(of: .space),
            octets[..<blank].equalsIgnoringASCIICase("basic".utf8)
        else { return nil }
        var token = octets[blank...].drop { $0 == .space }
        while token.last == .space { token = token.dropLast() }
        // Some clients leave the padding out.
        var padded = Octets(token)
        while !padded.count.isMultiple(of: 4) { padded.append(0x3D) }
        guard let decoded = Base64.decode(padded), let text = String(validating: decoded, as: UTF8.self),
            !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }),
            let colon = text.utf8.firstIndex(of: 0x3A), colon > text.startIndex
        else { return nil }
        user = String(text[..<colon])
        password = Secret(String(text[text.utf8.index(after: colon)...]))
    }
}
