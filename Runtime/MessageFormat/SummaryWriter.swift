import MailTypes

/// Writes the parts of a summary; `SummaryReader` reads them in the same order.
struct SummaryWriter {
    var octets: Octets = []

    mutating func number(_ value: Int) {
        var rest = UInt(bitPattern: value)
        while rest >= 0x80 {
            octets.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        octets.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func fixed(_ value: UInt64) {
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            octets.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func bytes(_ value: Octets) {
        number(value.count)
        octets += value
    }

    /// Nil is 0, a value its length plus one.
    mutating func optional(_ value: Octets?) {
        guard let value else { return number(0) }
        number(value.count + 1)
        octets += value
    }

    mutating func text(_ value: String) {
        var value = value
        value.withUTF8 { utf8 in
            number(utf8.count)
            octets.append(contentsOf: utf8)
        }
    }

    mutating func addresses(_ list: [EnvelopeAddress]) {
        number(list.count)
        for address in list {
            optional(address.name)
            optional(address.route)
            optional(address.mailbox)
            optional(address.host)
        }
    }

    mutating func envelope(_ envelope: MessageEnvelope) {
        optional(envelope.date)
        optional(envelope.subject)
        addresses(envelope.from)
        addresses(envelope.sender)
        addresses(envelope.replyTo)
        addresses(envelope.to)
        addresses(envelope.cc)
        addresses(envelope.bcc)
        optional(envelope.inReplyTo)
        optional(envelope.messageID)
    }

    mutating func parameters(_ list: [BodyPart.Parameter]) {
        number(list.count)
        for parameter in list {
            text(parameter.name)
            bytes(parameter.value)
        }
    }

    /// Places are counted from `start`, the parent's body: small numbers are short.
    mutating func part(_ part: BodyPart, from start: Int) {
        text(part.type)
        text(part.subtype)
        parameters(part.parameters)
        text(part.transferEncoding)
        let rare: [Octets?] = [part.contentID, part.contentDescription, part.md5, part.location]
        var present: UInt8 = 0
        for (bit, value) in rare.enumerated() where value != nil { present |= 1 << UInt8(bit) }
        if part.disposition != nil { present |= 0x10 }
        if !part.languages.isEmpty { present |= 0x20 }
        if part.envelope != nil { present |= 0x40 }
        octets.append(present)
        for value in rare { if let value { bytes(value) } }
        if let disposition = part.disposition {
            text(disposition.type)
            parameters(disposition.parameters)
        }
        if !part.languages.isEmpty {
            number(part.languages.count)
            for language in part.languages { text(language) }
        }
        number(part.header.lowerBound - start)
        number(part.header.count)
        number(part.body.lowerBound - part.header.upperBound)
        number(part.body.count)
        number(part.lines)
        if let envelope = part.envelope { self.envelope(envelope) }
        number(part.parts.count)
        for inner in part.parts { self.part(inner, from: part.body.lowerBound) }
    }
}
