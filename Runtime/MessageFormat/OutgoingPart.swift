import MailTypes

/// A part of mail we generate, with the transfer encoding its octets need.
public struct OutgoingPart: Sendable {
    /// What octets demand of whoever carries them (RFC 2045 §6.2), weakest first.
    enum Carriage: Int, Comparable {
        case sevenBit, eightBit, binary
        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
        var name: String {
            switch self {
            case .sevenBit: "7bit"
            case .eightBit: "8bit"
            case .binary: "binary"
            }
        }
    }

    /// The MIME fields, without the blank line.
    let header: HeaderBuilder
    let body: Octets
    let carriage: Carriage

    /// A text in UTF-8 with CRLF line ends, quoted-printable where plain lines would not do.
    public static func text(_ text: String, subtype: String = "plain") -> OutgoingPart {
        var octets: Octets = []
        octets.reserveCapacity(text.utf8.count)
        var afterCR = false
        for octet in text.utf8 {
            switch octet {
            case .lf: if !afterCR { octets += [.cr, .lf] }
            case .cr: octets += [.cr, .lf]
            case .tab, 0x20...: octets.append(octet)
            default: octets.append(.space)
            }
            afterCR = octet == .cr
        }
        let isPlain = carriage(of: octets) == .sevenBit
        var header = HeaderBuilder()
        header.addCleaned("Content-Type", value: "text/\(subtype); charset=utf-8")
        header.addCleaned("Content-Transfer-Encoding", value: isPlain ? "7bit" : "quoted-printable")
        return OutgoingPart(
            header: header, body: isPlain ? octets : QuotedPrintable.encode(octets), carriage: .sevenBit)
    }

    /// Octets as they are, of a type that must not be encoded, such as message/rfc822.
    public static func unchanged(_ octets: Octets, type: String, description: String? = nil) -> OutgoingPart {
        let carriage = carriage(of: octets)
        var header = HeaderBuilder()
        if let description { header.addCleaned("Content-Description", text: description) }
        header.addCleaned("Content-Type", value: type)
        if carriage > .sevenBit { header.addCleaned("Content-Transfer-Encoding", value: carriage.name) }
        return OutgoingPart(header: header, body: octets, carriage: carriage)
    }

    /// Parts behind each other, parted by a boundary that none of them holds.
    ///
    /// - Parameter seed: anything that differs from message to message; the boundary is made from it.
    public static func multipart(
        _ subtype: String, parameters: String = "", seed: String, _ parts: [OutgoingPart]
    ) -> OutgoingPart {
        let boundary = Boundary.absent(from: parts.map(\.body), seed: seed)
        let carriage = parts.map(\.carriage).max() ?? .sevenBit
        var header = HeaderBuilder()
        header.addCleaned("Content-Type", value: "multipart/\(subtype);\(parameters) boundary=\"\(boundary)\"")
        if carriage > .sevenBit { header.addCleaned("Content-Transfer-Encoding", value: carriage.name) }
        var body: Octets = []
        body.reserveCapacity(parts.reduce(0) { $0 + $1.body.count + $1.header.octets.count + 80 })
        for part in parts {
            body += Octets(text: "--\(boundary)\r\n")
            body += part.header.octets
            body += [.cr, .lf]
            body += part.body
            body += [.cr, .lf]
        }
        body += Octets(text: "--\(boundary)--\r\n")
        return OutgoingPart(header: header, body: body, carriage: carriage)
    }

    /// What a carrier must be able to do for octets to arrive as they are.
    static func carriage(of octets: Octets) -> Carriage {
        octets.withUnsafeBufferPointer { octets in
            var position = 0
            var isEightBit = false
            while position < octets.count {
                let next = octets.lineEnd(from: position, to: octets.count)
                let end = octets.withoutLineEnd(position, next)
                let endsInLF = octets[next - 1] == .lf
                guard end - position <= 998, !endsInLF || next - end == 2 else { return .binary }
                for index in position..<end {
                    let octet = octets[index]
                    if octet == 0 || octet == .cr { return .binary }
                    if octet >= 0x80 { isEightBit = true }
                }
                position = next
            }
            return isEightBit ? .eightBit : .sevenBit
        }
    }
}

/// Puts a header section and a body together.
public enum MessageBuilder {
    /// A message's content: the fields, then MIME-Version and those of the body, the blank line, the body.
    public static func build(_ header: HeaderBuilder, _ body: OutgoingPart) -> Octets {
        var content = header.octets
        content.reserveCapacity(header.octets.count + body.header.octets.count + body.body.count + 32)
        content += Octets(text: "MIME-Version: 1.0\r\n")
        content += body.header.octets
        content += [.cr, .lf]
        content += body.body
        return content
    }
}
