/// An addr-spec: local part and domain (RFC 5321 §4.1.2, RFC 6531). The local part is kept unquoted; `description`
/// quotes it again where the grammar needs it.
///
/// The local part compares without ASCII case, as WorkMail's directory does; the domain as `DomainName` spells it, so that
/// U-labels and A-labels of the same domain are the same (reference/faults.md F15).
public struct Address: Sendable {
    /// Octets allowed in a local part (RFC 5321 §4.5.3.1.1).
    public static let localPartOctets = 64
    /// Octets allowed in a domain (RFC 5321 §4.5.3.1.2).
    public static let domainOctets = 255

    /// What stands before the `@`, without quotes or backslashes.
    public let localPart: String
    /// What stands after the `@`: a domain, or an address literal with its brackets.
    public let domain: String

    /// An address of parts that are known to be well-formed.
    public init(localPart: String, domain: String) { (self.localPart, self.domain) = (localPart, domain) }

    /// Reads `local@domain` or `"quoted local"@domain` or `local@[192.0.2.1]`; nil when the grammar or a length
    /// limit is broken. UTF-8 is taken as RFC 6531 allows; the caller checks that SMTPUTF8 was asked for.
    public init?(_ text: some StringProtocol) {
        var reader = AddressReader(Array(text.utf8))
        guard let address = reader.readMailbox(), reader.atEnd else { return nil }
        self = address
    }

    /// The domain as it is compared and looked up.
    public var canonicalDomain: String { DomainName.canonical(domain) }

    /// Local part in ASCII lower case and domain as it is compared, for looking up.
    public var canonical: String { "\(localPart.asciiLowercased)@\(canonicalDomain)" }

    /// True when either part holds octets beyond ASCII.
    public var needsSMTPUTF8: Bool { !localPart.utf8.allSatisfy { $0 < 0x80 } || !domain.utf8.allSatisfy { $0 < 0x80 } }

    /// The local part without `+tag`: `ann` of `ann+shop` (RFC 5233). Nil when there is no tag or nothing before it.
    public var withoutTag: Address? {
        guard let plus = localPart.firstIndex(of: "+"), plus != localPart.startIndex else { return nil }
        return Address(localPart: String(localPart[..<plus]), domain: domain)
    }
}

extension Address: Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        left.localPart.utf8.equalsIgnoringASCIICase(right.localPart.utf8)
            && (left.domain.utf8.equalsIgnoringASCIICase(right.domain.utf8)
                || (left.hasDomainBeyondASCII || right.hasDomainBeyondASCII)
                    && left.canonicalDomain.utf8.elementsEqual(right.canonicalDomain.utf8))
    }

    private var hasDomainBeyondASCII: Bool {
        let isASCII = domain.utf8.withContiguousStorageIfAvailable { octets in octets.reduce(0, |) < 0x80 }
        return !(isASCII ?? domain.utf8.allSatisfy { $0 < 0x80 })
    }

    public func hash(into hasher: inout Hasher) {
        Self.mix(localPart, into: &hasher)
        Self.mix(hasDomainBeyondASCII ? canonicalDomain : domain, into: &hasher)
    }

    /// Eight octets at a time: a hasher is slow with single ones, and addresses are looked up all day.
    private static func mix(_ text: String, into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { octets in
            for start in stride(from: 0, to: octets.count, by: 8) {
                var word: UInt64 = 0
                withUnsafeMutableBytes(of: &word) { $0.copyBytes(from: octets[start..<min(start + 8, octets.count)]) }
                hasher.combine(word.octetsLowercased)
            }
            hasher.combine(octets.count)
        }
    }
}

extension UInt64 {
    /// Its eight octets with `A-Z` made `a-z`.
    fileprivate var octetsLowercased: UInt64 {
        let each: UInt64 = 0x0101_0101_0101_0101
        let low = self & (0x7F * each)
        // The top bit of an octet tells of each whether it is from A on, and whether it is beyond Z.
        let (fromA, beyondZ) = (low &+ (0x80 - 0x41) * each, low &+ (0x80 - 0x5B) * each)
        let isUppercase = fromA & ~beyondZ & ~self & (0x80 * each)
        return self | isUppercase >> 2
    }
}

extension Address: CustomStringConvertible {
    /// The address as it goes on the wire, quoted where its local part is not a dot-string.
    public var description: String {
        if AddressReader.isDotString(localPart.utf8) { return "\(localPart)@\(domain)" }
        var quoted = "\""
        for character in localPart.unicodeScalars {
            if character == "\"" || character == "\\" { quoted.append("\\") }
            quoted.unicodeScalars.append(character)
        }
        return quoted + "\"@\(domain)"
    }
}

extension Address: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let address = Address(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "\(text) is not an address"))
        }
        self = address
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
