import MailTypes

/// Reads the parts of a summary. What is wrong makes it `isBroken` and everything after empty: no length can make it
/// allocate more than the octets there are.
struct SummaryReader {
    /// Levels a structure can have: what the reader of content makes, and the part shown inside an empty multipart.
    private static let depth = 256

    private let octets: OctetView
    private var position: Int
    /// False in the first layout, whose addresses had no routes.
    private let hasRoutes: Bool
    private(set) var isBroken = false

    init(_ octets: OctetView, from position: Int, hasRoutes: Bool) {
        (self.octets, self.position, self.hasRoutes) = (octets, position, hasRoutes)
    }

    var atEnd: Bool { position == octets.count }

    /// A number of at most 48 bits.
    mutating func number() -> Int {
        var value = 0
        var shift = 0
        while position < octets.count, shift < 49 {
            let octet = octets[position]
            position += 1
            value |= Int(octet & 0x7F) << shift
            if octet < 0x80 { return value }
            shift += 7
        }
        isBroken = true
        return 0
    }

    mutating func fixed() -> UInt64 {
        var value: UInt64 = 0
        for _ in 0..<8 { value = value << 8 | UInt64(octet()) }
        return value
    }

    mutating func bytes() -> Octets { slice(number()) }

    mutating func optional() -> Octets? {
        let length = number()
        return length == 0 ? nil : slice(length - 1)
    }

    mutating func text() -> String {
        let length = number()
        guard !isBroken, length <= octets.count - position else {
            isBroken = true
            return ""
        }
        defer { position += length }
        return String(decoding: octets[position..<(position + length)], as: UTF8.self)
    }

    mutating func addresses() -> [EnvelopeAddress] {
        // Each takes three octets at least.
        let count = count(eachAtLeast: 3)
        var list: [EnvelopeAddress] = []
        list.reserveCapacity(count)
        for _ in 0..<count where !isBroken {
            let name = optional()
            let route = hasRoutes ? optional() : nil
            let mailbox = optional()
            list.append(EnvelopeAddress(name: name, route: route, mailbox: mailbox, host: optional()))
        }
        return list
    }

    mutating func envelope() -> MessageEnvelope {
        var envelope = MessageEnvelope()
        envelope.date = optional()
        envelope.subject = optional()
        envelope.from = addresses()
        envelope.sender = addresses()
        envelope.replyTo = addresses()
        envelope.to = addresses()
        envelope.cc = addresses()
        envelope.bcc = addresses()
        envelope.inReplyTo = optional()
        envelope.messageID = optional()
        return envelope
    }

    mutating func parameters() -> [BodyPart.Parameter] {
        var list: [BodyPart.Parameter] = []
        for _ in 0..<count(eachAtLeast: 2) where !isBroken {
            let name = text()
            list.append(BodyPart.Parameter(name: name, value: bytes()))
        }
        return list
    }

    mutating func part(from start: Int, depth: Int) -> BodyPart {
        var part = BodyPart(type: text(), subtype: text(), header: 0..<0, body: 0..<0)
        part.parameters = parameters()
        part.transferEncoding = text()
        let present = octet()
        if present & 0x01 != 0 { part.contentID = bytes() }
        if present & 0x02 != 0 { part.contentDescription = bytes() }
        if present & 0x04 != 0 { part.md5 = bytes() }
        if present & 0x08 != 0 { part.location = bytes() }
        if present & 0x10 != 0 {
            let type = text()
            part.disposition = BodyPart.Disposition(type: type, parameters: parameters())
        }
        if present & 0x20 != 0 {
            for _ in 0..<count(eachAtLeast: 1) where !isBroken { part.languages.append(text()) }
        }
        let headerStart = start + number()
        let headerEnd = headerStart + number()
        let bodyStart = headerEnd + number()
        part.header = headerStart..<headerEnd
        part.body = bodyStart..<(bodyStart + number())
        part.lines = number()
        if present & 0x40 != 0 { part.envelope = envelope() }
        let count = count(eachAtLeast: 12)
        guard count == 0 || depth < Self.depth else {
            isBroken = true
            return part
        }
        for _ in 0..<count where !isBroken { part.parts.append(self.part(from: bodyStart, depth: depth + 1)) }
        return part
    }

    private mutating func octet() -> UInt8 {
        guard position < octets.count else {
            isBroken = true
            return 0
        }
        defer { position += 1 }
        return octets[position]
    }

    private mutating func slice(_ length: Int) -> Octets {
        guard !isBroken, length >= 0, length <= octets.count - position else {
            isBroken = true
            return []
        }
        defer { position += length }
        return octets.copy(position, position + length)
    }

    /// How many elements follow; broken when so many cannot fit in what is left.
    private mutating func count(eachAtLeast octetsEach: Int) -> Int {
        let count = number()
        guard !isBroken, count <= (octets.count - position) / octetsEach else {
            isBroken = true
            return 0
        }
        return count
    }
}
