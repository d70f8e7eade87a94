import Glibc

/// The shape of everything that crosses a wire or rests in a store: octets, not text.
public typealias Octets = [UInt8]

extension Octets {
    /// The UTF-8 octets of a text.
    @inlinable public init(text: String) { self = Array(text.utf8) }

    /// The octets read as UTF-8, repaired where they are not.
    @inlinable public var text: String { String(decoding: self, as: UTF8.self) }
}

extension UInt8 {
    /// Carriage return.
    public static let cr: UInt8 = 0x0D
    /// Line feed.
    public static let lf: UInt8 = 0x0A
    /// Space.
    public static let space: UInt8 = 0x20
    /// Horizontal tab.
    public static let tab: UInt8 = 0x09

    /// The octet with `A-Z` made `a-z` and everything else kept (RFC 5321 §2.4 compares keywords this way).
    @inlinable public var asciiLowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    /// True for `0-9`.
    @inlinable public var isASCIIDigit: Bool { self &- 0x30 < 10 }

    /// True for `A-Z` and `a-z`.
    @inlinable public var isASCIILetter: Bool { (self | 0x20) &- 0x61 < 26 }

    /// Space or horizontal tab.
    @inlinable public var isBlank: Bool { self == .space || self == .tab }
}

extension Sequence<UInt8> {
    /// Compares octets with `A-Z` and `a-z` taken as equal.
    @inlinable public func equalsIgnoringASCIICase(_ other: some Sequence<UInt8>) -> Bool {
        elementsEqual(other) { $0.asciiLowercased == $1.asciiLowercased }
    }
}

extension String.UTF8View {
    /// The same for two texts, lengths first: most names of fields differ there.
    @inlinable public func equalsIgnoringASCIICase(_ other: String.UTF8View) -> Bool {
        count == other.count && equalsOfOneLength(other)
    }

    @usableFromInline func equalsOfOneLength(_ other: String.UTF8View) -> Bool {
        let equal = withContiguousStorageIfAvailable { left in
            other.withContiguousStorageIfAvailable { right in
                for index in left.indices where left[index].asciiLowercased != right[index].asciiLowercased {
                    return false
                }
                return true
            }
        }
        return (equal ?? nil) ?? elementsEqual(other) { $0.asciiLowercased == $1.asciiLowercased }
    }
}

extension String {
    /// True when the text's UTF-8 begins with the prefix's: in octets, as protocols compare, not in characters.
    public func hasOctetPrefix(_ prefix: String) -> Bool {
        var (text, prefix) = (self, prefix)
        return text.withUTF8 { text in
            prefix.withUTF8 { prefix in
                guard text.count >= prefix.count, let start = prefix.baseAddress, let place = text.baseAddress else {
                    return prefix.isEmpty
                }
                return memcmp(place, start, prefix.count) == 0
            }
        }
    }

    /// The text with `A-Z` made `a-z` and every other character kept.
    public var asciiLowercased: String {
        var text = self
        // Most names are in lower case already, and stay the same text.
        let isLower = text.withUTF8 { octets in
            for octet in octets where octet != octet.asciiLowercased { return false }
            return true
        }
        return isLower ? text : String(decoding: utf8.map(\.asciiLowercased), as: UTF8.self)
    }
}
