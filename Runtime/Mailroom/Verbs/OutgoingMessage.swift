import Cryptography
import MailTypes

/// The content that `mailroom send` submits.
enum OutgoingMessage {
    /// A file as it is, with CRLF line ends, or a message built of the flags.
    static func content(_ arguments: Arguments, from: String, to recipients: [String]) throws(Refusal) -> Octets {
        if let path = arguments["file"] { return withLineEnds(try File.read(path)) }
        for text in [arguments["subject"] ?? ""] + recipients where text.utf8.contains(where: { $0 < 0x20 }) {
            throw .usage("line ends have no place in a header field", hint: "put them into --body")
        }
        let random = SystemRandom()
        let now = SystemClock.now()
        let id = Identifier128(at: now, random: (random.next(), random.next()))
        var head = "From: <\(from)>\r\nTo: \(recipients.map { "<\($0)>" }.joined(separator: ",\r\n "))\r\n"
        head += "Subject: \(encoded(arguments["subject"] ?? ""))\r\nDate: \(now.rfc5322)\r\n"
        head += "Message-ID: <\(id)@\(from.split(separator: "@").last ?? "localhost")>\r\nMIME-Version: 1.0\r\n"
        let text = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        let body = withLineEnds(Octets(text: (arguments["body"] ?? "") + "\n"))
        let attachments = arguments.all("attach")
        guard !attachments.isEmpty else { return Octets(text: head + text) + body }
        let boundary = "=_\(id.hex)"
        var content =
            Octets(
                text: head + "Content-Type: multipart/mixed; boundary=\"\(boundary)\"\r\n\r\n--\(boundary)\r\n" + text)
            + body
        for path in attachments {
            let octets = try File.read(path)
            let name = path.split(separator: "/").last.map(String.init) ?? "attachment"
            content += Octets(
                text: "--\(boundary)\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
                    + "Content-Disposition: attachment; filename*=utf-8''\(percentEncoded(name))\r\n\r\n")
            content += Base64.encode(octets, lineLength: 76)
            content += [.cr, .lf]
        }
        return content + Octets(text: "--\(boundary)--\r\n")
    }

    /// LF without CR becomes CRLF.
    static func withLineEnds(_ octets: Octets) -> Octets {
        var result: Octets = []
        result.reserveCapacity(octets.count + octets.count / 32)
        for octet in octets {
            if octet == .lf, result.last != .cr { result.append(.cr) }
            result.append(octet)
        }
        return result
    }

    /// An encoded-word per run that fits (RFC 2047), plain when it is ASCII.
    private static func encoded(_ text: String) -> String {
        guard !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
        var words: [String] = []
        var run: Octets = []
        for character in text {
            if run.count + character.utf8.count > 42 {
                words.append("=?utf-8?B?\(Base64.encode(run).text)?=")
                run = []
            }
            run += character.utf8
        }
        return (words + ["=?utf-8?B?\(Base64.encode(run).text)?="]).joined(separator: "\r\n ")
    }

    private static func percentEncoded(_ name: String) -> String {
        name.utf8.map { octet in
            octet.isASCIILetter || octet.isASCIIDigit || octet == 0x2D || octet == 0x2E || octet == 0x5F
                ? String(Unicode.Scalar(octet))
                : "%" + (octet < 16 ? "0" : "") + String(octet, radix: 16, uppercase: true)
        }.joined()
    }
}
