import MailTypes

/// One record. Names are lower-case and have no closing dot; the root is the empty name.
public enum DNSRecord: Sendable, Hashable {
    /// An IPv4 address in dotted form.
    case a(String)
    /// An IPv6 address in the form of RFC 5952.
    case aaaa(String)
    /// Preference, lower first, and exchange; an empty exchange is a null MX (RFC 7505).
    case mx(UInt16, String)
    /// The record's strings, joined.
    case txt(Octets)
    /// Usage, selector, matching type, association data (RFC 6698 §2.1).
    case tlsa(UInt8, UInt8, UInt8, Octets)
    case ptr(String)
    case cname(String)

    /// The type it answers.
    public var type: DNSRecordType {
        switch self {
        case .a: .a
        case .aaaa: .aaaa
        case .mx: .mx
        case .txt: .txt
        case .tlsa: .tlsa
        case .ptr: .ptr
        case .cname: .cname
        }
    }
}

extension DNSRecord {
    /// Reads a record's data as it stands uncompressed in a message (RFC 1035 §3.3). Nil when it is malformed.
    public init?(_ type: DNSRecordType, data: UnsafeRawBufferPointer) {
        switch type {
        case .a:
            guard data.count == 4 else { return nil }
            self = .a(data.map(String.init).joined(separator: "."))
        case .aaaa:
            guard data.count == 16 else { return nil }
            self = .aaaa(Self.ipv6(data))
        case .mx:
            guard data.count >= 3, let name = Self.name(data, from: 2) else { return nil }
            self = .mx(UInt16(data[0]) << 8 | UInt16(data[1]), name)
        case .txt:
            var text: Octets = []
            var index = 0
            while index < data.count {
                let end = index + 1 + Int(data[index])
                guard end <= data.count else { return nil }
                text += data[(index + 1)..<end]
                index = end
            }
            self = .txt(text)
        case .tlsa:
            guard data.count >= 4 else { return nil }
            self = .tlsa(data[0], data[1], data[2], Octets(data[3...]))
        case .ptr, .cname:
            guard let name = Self.name(data, from: 0) else { return nil }
            self = type == .ptr ? .ptr(name) : .cname(name)
        }
    }

    /// A name in labels, ending where the data ends. A dot or another odd octet inside a label is refused: the text form
    /// could be mistaken for another name.
    private static func name(_ data: UnsafeRawBufferPointer, from start: Int) -> String? {
        var text: Octets = []
        var index = start
        while index < data.count {
            let length = Int(data[index])
            guard length < 64, index + 1 + length <= data.count else { return nil }
            if length == 0 { return index + 1 == data.count && text.count <= 253 ? text.text : nil }
            if !text.isEmpty { text.append(0x2E) }
            for octet in data[(index + 1)..<(index + 1 + length)] {
                guard octet.isASCIILetter || octet.isASCIIDigit || octet == 0x2D || octet == 0x5F || octet == 0x2F
                else {
                    return nil
                }
                text.append(octet.asciiLowercased)
            }
            index += 1 + length
        }
        return nil
    }

    /// RFC 5952: lower-case, no leading zeros, the first longest run of two or more zero groups shortened.
    private static func ipv6(_ data: UnsafeRawBufferPointer) -> String {
        let groups = (0..<8).map { UInt16(data[$0 * 2]) << 8 | UInt16(data[$0 * 2 + 1]) }
        var best = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > Swift.max(1, best.count) { best = start..<end }
            start = Swift.max(end, start + 1)
        }
        func text(_ part: Range<Int>) -> String {
            groups[part].map { String($0, radix: 16) }.joined(separator: ":")
        }
        return best.isEmpty ? text(0..<8) : "\(text(0..<best.lowerBound))::\(text(best.upperBound..<8))"
    }
}
