import MailTypes

/// Encoded-words: text beyond ASCII in header fields (RFC 2047).
public enum EncodedWord {
    /// The text of a header value: encoded-words decoded, everything else read as UTF-8. Words whose set or encoding is
    /// unknown stay as they are. Control characters become blanks, so decoded text has no CR, LF or NUL and cannot
    /// start a new line anywhere (reference/faults.md F30).
    public static func decode(_ octets: Octets) -> String {
        guard octets.contains(0x3D) else { return clean(String(decoding: octets, as: UTF8.self)) }
        var text = ""
        var plainStart = 0
        var index = 0
        /// Octets of adjacent words of one set: characters are cut across words by careless senders.
        var pending: (charset: String, octets: Octets)?
        /// Sets met so far and whether they are known: asking the C library for unknown ones again and again is slow.
        var charsets: [String: Bool] = [:]
        func flush() {
            guard let held = pending else { return }
            text += Charset.decode(held.octets, charset: held.charset) ?? ""
            pending = nil
        }
        while index < octets.count {
            guard octets[index] == 0x3D, let word = word(in: octets, at: index, &charsets) else {
                index += 1
                continue
            }
            let between = octets[plainStart..<index]
            if pending == nil || !between.allSatisfy({ $0.isBlank || $0 == .cr || $0 == .lf }) {
                flush()
                text += String(decoding: between, as: UTF8.self)
            }
            if let held = pending, held.charset == word.charset {
                pending?.octets += word.octets
            } else {
                flush()
                pending = (word.charset, word.octets)
            }
            index = word.end
            plainStart = index
        }
        flush()
        text += String(decoding: octets[plainStart...], as: UTF8.self)
        return clean(text)
    }

    /// A text as a header value may hold it: itself when it is plain ASCII, else encoded-words in UTF-8 separated by
    /// blanks, each at most 60 octets long. The caller folds at the blanks.
    public static func encode(_ text: String) -> Octets { encode(text, always: false) }

    static func encode(_ text: String, always: Bool) -> Octets {
        let looksEncoded = text.contains("=?")
        if !always, !looksEncoded, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return Octets(text: text) }
        // A word of 36 octets is 60 long: with most field names before it a line stays below 76 (RFC 2047 §2).
        var result: Octets = []
        var chunk: Octets = []
        func flush() {
            guard !chunk.isEmpty else { return }
            if !result.isEmpty { result.append(.space) }
            result += Octets(text: "=?utf-8?B?") + Base64.encode(chunk) + Octets(text: "?=")
            chunk = []
        }
        for scalar in text.unicodeScalars {
            let octets = Octets(String(scalar).utf8)
            if chunk.count + octets.count > 36 { flush() }
            chunk += octets
        }
        flush()
        return result
    }

    private struct Word {
        let charset: String
        let octets: Octets
        let end: Int
    }

    /// `=?charset*language?encoding?text?=` at a place, nil when there is none that can be decoded.
    private static func word(in octets: Octets, at start: Int, _ charsets: inout [String: Bool]) -> Word? {
        guard start + 1 < octets.count, octets[start + 1] == 0x3F else { return nil }
        // A charset name is short: looking for its end stays cheap however often `=?` occurs.
        var index = start + 2
        let nameEnd = min(octets.count, index + 60)
        while index < nameEnd, octets[index] != 0x3F, octets[index] > 0x20 { index += 1 }
        guard index < nameEnd, octets[index] == 0x3F, index > start + 2, index + 2 < octets.count,
            octets[index + 2] == 0x3F
        else { return nil }
        var charset = octets[(start + 2)..<index]
        if let star = charset.firstIndex(of: 0x2A) { charset = charset[..<star] }
        let encoding = octets[index + 1].asciiLowercased
        let textStart = index + 3
        index = textStart
        // Longer words than RFC 2047 allows are common; no blank ends one in B, and Q forgives blanks.
        while index + 1 < octets.count, !(octets[index] == 0x3F && octets[index + 1] == 0x3D) {
            if octets[index] == 0x3F || octets[index] == .lf || octets[index] == .cr { return nil }
            if octets[index].isBlank, encoding == 0x62 { return nil }
            // `=?` inside starts another word: this one is not one. Keeps nested openings linear. `=?=` is padding and end.
            if octets[index] == 0x3D, octets[index + 1] == 0x3F, index + 2 < octets.count, octets[index + 2] != 0x3D {
                return nil
            }
            index += 1
        }
        guard index + 1 < octets.count else { return nil }
        let name = String(decoding: charset, as: UTF8.self).asciiLowercased
        guard isKnown(name, &charsets) else { return nil }
        let text = octets[textStart..<index]
        let decoded: Octets
        switch encoding {
        case 0x62: decoded = TransferDecoder.decode(text, encoding: "base64")
        case 0x71: decoded = decodeQ(text)
        default: return nil
        }
        return Word(charset: name, octets: decoded, end: index + 2)
    }

    private static func isKnown(_ charset: String, _ charsets: inout [String: Bool]) -> Bool {
        if let known = charsets[charset] { return known }
        guard charsets.count < 16 else { return false }
        let known = Charset.decode([], charset: charset) != nil
        charsets[charset] = known
        return known
    }

    private static func decodeQ(_ text: ArraySlice<UInt8>) -> Octets {
        TransferDecoder.decodeHexEscapes(text) { $0 == 0x5F ? .space : $0 }
    }

    /// No control characters, C1 ones and the line separators of Unicode included.
    private static func clean(_ text: String) -> String {
        let isClean = text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        if isClean { return text }
        var result = ""
        result.unicodeScalars.append(
            contentsOf: text.unicodeScalars.lazy.map { scalar in
                switch scalar.value {
                case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: " "
                default: scalar
                }
            })
        return result
    }
}
