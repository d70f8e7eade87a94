import MailTypes

/// Finds the first words of a message (RFC 8970): of the first text/plain part, else of the first text/html one.
struct PreviewSources {
    private struct Source {
        let body: Range<Int>
        let encoding: String
        let charset: String
    }

    private var plain: Source?
    private var html: Source?

    /// Characters of a preview.
    static let characters = 256

    /// Takes a leaf if it is the first of its kind and has a text.
    mutating func consider(_ part: BodyPart) {
        guard part.type == "text", !part.body.isEmpty, part.disposition?.type != "attachment" else { return }
        switch part.subtype {
        case "plain" where plain == nil:
            plain = Source(body: part.body, encoding: part.transferEncoding, charset: part.charset)
        case "html" where html == nil:
            html = Source(body: part.body, encoding: part.transferEncoding, charset: part.charset)
        default: break
        }
    }

    /// The preview from the message's octets.
    func text(in octets: OctetView, limits: FormatLimits) -> String {
        if let plain {
            let text = collapsed(plain, octets, limit: 4096)
            if !text.isEmpty { return text }
        }
        guard let html else { return "" }
        let source = decoded(html, octets, limit: limits.previewOctets)
        var stripper = TagStripper()
        return Self.collapse(stripper.strip(source, upTo: 4 * Self.characters))
    }

    private func collapsed(_ source: Source, _ octets: OctetView, limit: Int) -> String {
        let isIdentity = source.encoding == "7bit" || source.encoding == "8bit"
        if isIdentity, source.charset == "us-ascii" || source.charset == "utf-8" {
            let end = min(source.body.upperBound, source.body.lowerBound + limit)
            return Self.collapse(octets[source.body.lowerBound..<end])
        }
        return Self.collapse(decoded(source, octets, limit: limit))
    }

    private func decoded(_ source: Source, _ octets: OctetView, limit: Int) -> Octets {
        let end = min(source.body.upperBound, source.body.lowerBound + limit)
        let raw = octets.copy(source.body.lowerBound, end)
        let text = TransferDecoder.decode(raw[...], encoding: source.encoding)
        guard source.charset != "utf-8", source.charset != "us-ascii" else { return text }
        return Charset.decode(text, charset: source.charset).map { Octets(text: $0) } ?? text
    }

    /// UTF-8 with runs of blanks and controls as one blank, cut at 256 characters.
    private static func collapse(_ octets: some Collection<UInt8>) -> String {
        var result: Octets = []
        result.reserveCapacity(characters + 16)
        var count = 0
        var blank = false
        var afterC2 = false
        for octet in octets {
            if octet <= 0x20 || octet == 0x7F {
                blank = true
                continue
            }
            // U+0080 to U+009F are C2 80 to C2 9F, U+00A0 a blank one: hold C2 back until its second octet is seen.
            if afterC2 {
                afterC2 = false
                if (0x80...0xA0).contains(octet) {
                    blank = true
                    continue
                }
                guard append(0xC2, isStart: true) else { break }
            }
            if octet == 0xC2 {
                afterC2 = true
                continue
            }
            guard append(octet, isStart: octet & 0xC0 != 0x80) else { break }
        }
        func append(_ octet: UInt8, isStart: Bool) -> Bool {
            // What follows something that was left out begins anew, so that the octets around it never make a character.
            if isStart || blank {
                guard count < characters else { return false }
                if blank, !result.isEmpty {
                    result.append(.space)
                    count += 1
                    guard count < characters else {
                        result.removeLast()
                        return false
                    }
                }
                count += 1
                blank = false
            }
            result.append(octet)
            return true
        }
        let text = String(decoding: result, as: UTF8.self)
        // Octets that are not UTF-8 become a character each, uncounted so far.
        guard result.count > characters, text.unicodeScalars.count > characters else { return text }
        return String(text.unicodeScalars.prefix(characters))
    }
}
