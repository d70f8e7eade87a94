/// An SMTP reply: code, enhanced status code, text (RFC 5321 §4.2, RFC 2034).
public struct Reply: Hashable, Sendable, Codable {
    /// 200 to 599.
    public let code: Int
    /// `5.1.1`; nil for greetings and EHLO, which carry none.
    public let enhanced: String?
    /// One text per line; at least one.
    public let lines: [String]

    /// A reply of one line.
    public init(_ code: Int, _ enhanced: String?, _ text: String) { self.init(code, enhanced, lines: [text]) }

    /// A reply of several lines.
    public init(_ code: Int, _ enhanced: String?, lines: [String]) {
        precondition((200...599).contains(code) && !lines.isEmpty, "a reply has a code and a line")
        (self.code, self.enhanced, self.lines) = (code, enhanced, lines)
    }

    /// True for 2yz and 3yz.
    public var isPositive: Bool { code < 400 }

    /// The reply as it goes on the wire, ended by CRLF. Control characters in texts become `?`.
    public var wire: Octets {
        var octets: Octets = []
        for (index, line) in lines.enumerated() {
            octets.append(contentsOf: "\(code)".utf8)
            octets.append(index == lines.count - 1 ? .space : 0x2D)
            if let enhanced { octets.append(contentsOf: "\(enhanced) ".utf8) }
            for octet in line.utf8 { octets.append(octet < 0x20 || octet == 0x7F ? 0x3F : octet) }
            octets.append(.cr)
            octets.append(.lf)
        }
        return octets
    }
}
