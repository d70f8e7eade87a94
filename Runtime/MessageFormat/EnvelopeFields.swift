import MailTypes

/// The fields of an ENVELOPE as they come by (RFC 9051 §7.5.2). Of most names the first counts; To, Cc and Bcc that
/// come several times are joined.
struct EnvelopeFields {
    var envelope = MessageEnvelope()
    /// Places of the fields that tell a conversation.
    var references: HeaderField?
    private var taken: Set = []

    private struct Set: OptionSet {
        let rawValue: UInt8
        static let from = Set(rawValue: 1)
        static let sender = Set(rawValue: 2)
        static let replyTo = Set(rawValue: 4)
    }

    /// Takes the field if it belongs into an envelope.
    mutating func take(_ field: HeaderField, in octets: OctetView, limits: FormatLimits, budget: inout Int) {
        let (start, end) = (field.name.lowerBound, field.name.upperBound)
        func value() -> Octets {
            let value = octets.unfolded(
                field.value.lowerBound, field.value.upperBound, limit: min(limits.valueOctets, budget))
            budget -= value.count
            return value
        }
        func addresses() -> [EnvelopeAddress] { Self.addresses(field, octets, limits, &budget) }
        switch end - start {
        case 2 where octets.matches(start, end, "to"): envelope.to += addresses()
        case 2 where octets.matches(start, end, "cc"): envelope.cc += addresses()
        case 3 where octets.matches(start, end, "bcc"): envelope.bcc += addresses()
        case 4 where !taken.contains(.from) && octets.matches(start, end, "from"):
            envelope.from = addresses()
            taken.insert(.from)
        case 4 where envelope.date == nil && octets.matches(start, end, "date"): envelope.date = value()
        case 6 where !taken.contains(.sender) && octets.matches(start, end, "sender"):
            envelope.sender = addresses()
            taken.insert(.sender)
        case 7 where envelope.subject == nil && octets.matches(start, end, "subject"): envelope.subject = value()
        case 8 where !taken.contains(.replyTo) && octets.matches(start, end, "reply-to"):
            envelope.replyTo = addresses()
            taken.insert(.replyTo)
        case 10 where envelope.messageID == nil && octets.matches(start, end, "message-id"):
            envelope.messageID = value()
        case 10 where references == nil && octets.matches(start, end, "references"): references = field
        case 11 where envelope.inReplyTo == nil && octets.matches(start, end, "in-reply-to"):
            envelope.inReplyTo = value()
        default: break
        }
    }

    private static func addresses(
        _ field: HeaderField, _ octets: OctetView, _ limits: FormatLimits, _ budget: inout Int
    ) -> [EnvelopeAddress] {
        var reader = AddressListReader(
            octets, from: field.value.lowerBound, to: field.value.upperBound,
            limit: min(limits.addressesPerField, budget / 16))
        var addresses = reader.read()
        for (index, address) in addresses.enumerated() {
            budget -=
                16 + (address.name?.count ?? 0) + (address.route?.count ?? 0) + (address.mailbox?.count ?? 0)
                + (address.host?.count ?? 0)
            if budget < 0 {
                addresses.removeSubrange(index...)
                budget = 0
                break
            }
        }
        return addresses
    }
}
