import MailTypes

/// The MIME fields of one part as they come by (RFC 2045, RFC 2183, RFC 3282, RFC 2557, RFC 1864). The first of a name
/// counts.
struct PartFields {
    var type: (type: String, subtype: String, parameters: [BodyPart.Parameter])?
    var transferEncoding: String?
    var contentID: Octets?
    var contentDescription: Octets?
    var md5: Octets?
    var location: Octets?
    var disposition: BodyPart.Disposition?
    var languages: [String] = []

    /// Takes the field if it is one of ours. The name starts with `c` or `C`.
    mutating func take(_ field: HeaderField, in octets: OctetView, limits: FormatLimits, budget: inout Int) {
        let (start, end) = (field.name.lowerBound, field.name.upperBound)
        func value() -> Octets {
            let value = octets.unfolded(
                field.value.lowerBound, field.value.upperBound, limit: min(limits.valueOctets, budget))
            budget -= value.count
            return value
        }
        switch end - start {
        case 10 where contentID == nil && octets.matches(start, end, "content-id"): contentID = value()
        case 11 where md5 == nil && octets.matches(start, end, "content-md5"): md5 = value()
        case 12 where type == nil && octets.matches(start, end, "content-type"):
            takeType(field, octets, limits, &budget)
        case 16 where location == nil && octets.matches(start, end, "content-location"): location = value()
        case 16 where languages.isEmpty && octets.matches(start, end, "content-language"):
            languages = Self.languages(value())
        case 19 where disposition == nil && octets.matches(start, end, "content-disposition"):
            takeDisposition(field, octets, limits, &budget)
        case 19 where contentDescription == nil && octets.matches(start, end, "content-description"):
            contentDescription = value()
        case 25 where transferEncoding == nil && octets.matches(start, end, "content-transfer-encoding"):
            var reader = ParameterReader(octets, field.value, limits: limits)
            let token = reader.readToken()
            transferEncoding = Self.known(
                octets, token, ["7bit", "base64", "quoted-printable", "8bit", "binary"], limit: 60)
        default: break
        }
    }

    private mutating func takeType(
        _ field: HeaderField, _ octets: OctetView, _ limits: FormatLimits, _ budget: inout Int
    ) {
        var reader = ParameterReader(octets, field.value, limits: limits)
        let main = reader.readToken()
        var subtype = ""
        if !main.isEmpty, reader.take(0x2F) {
            let token = reader.readToken()
            if !token.isEmpty { subtype = Self.known(octets, token, Self.subtypes, limit: 127) }
        }
        var mainType = Self.known(octets, main, ["text", "multipart", "application", "message", "image"], limit: 127)
        if subtype.isEmpty {
            // RFC 2045 §5.2: what cannot be read is text/plain; a lone `text` was that before MIME had subtypes.
            (mainType, subtype) =
                mainType == "text" || mainType.isEmpty ? ("text", "plain") : ("application", "octet-stream")
        }
        let parameters = Self.charge(reader.readParameters(), &budget)
        type = (mainType, subtype, parameters)
    }

    private mutating func takeDisposition(
        _ field: HeaderField, _ octets: OctetView, _ limits: FormatLimits, _ budget: inout Int
    ) {
        var reader = ParameterReader(octets, field.value, limits: limits)
        let token = reader.readToken()
        guard !token.isEmpty else { return }
        let kind = Self.known(octets, token, ["attachment", "inline"], limit: 127)
        disposition = BodyPart.Disposition(type: kind, parameters: Self.charge(reader.readParameters(), &budget))
    }

    private static let subtypes: [StaticString] = [
        "plain", "html", "mixed", "alternative", "related", "octet-stream", "rfc822", "report", "pdf", "calendar",
        "delivery-status", "signed",
    ]

    /// A token in lower case, without building a text for the usual ones.
    private static func known(_ octets: OctetView, _ token: Range<Int>, _ usual: [StaticString], limit: Int) -> String {
        for text in usual where octets.matches(token.lowerBound, token.upperBound, text) { return text.description }
        return octets.lowercased(token.lowerBound, min(token.upperBound, token.lowerBound + limit))
    }

    private static func charge(_ parameters: [BodyPart.Parameter], _ budget: inout Int) -> [BodyPart.Parameter] {
        var kept = parameters
        for (index, parameter) in parameters.enumerated() {
            budget -= parameter.value.count + parameter.name.utf8.count + 8
            if budget < 0 {
                kept.removeSubrange(index...)
                budget = 0
                break
            }
        }
        return kept
    }

    /// `de, en-GB` as tags.
    private static func languages(_ value: Octets) -> [String] {
        value.split(whereSeparator: { $0 == 0x2C || $0.isBlank }).prefix(16)
            .filter { $0.count <= 64 && $0.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D } }
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
