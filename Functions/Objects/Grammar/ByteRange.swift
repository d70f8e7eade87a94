import MailTypes

/// One range of a Range field (RFC 9110 §14.1.2): `bytes=0-99`, `bytes=100-`, `bytes=-100`.
enum ByteRange: Equatable {
    case from(Int, through: Int?)
    case last(Int)

    /// Reads a field; nil for anything else, several ranges too: such a field is passed over, as S3 does.
    init?(_ field: String) {
        let prefix = "bytes="
        guard field.utf8.count <= 64, field.asciiLowercased.hasPrefix(prefix) else { return nil }
        let range = Octets(field.utf8.dropFirst(prefix.utf8.count))
        guard let dash = range.firstIndex(of: 0x2D) else { return nil }
        let (first, last) = (range[..<dash], range[(dash + 1)...])
        switch (Self.number(first), Self.number(last)) {
        case (let first?, nil):
            guard last.isEmpty else { return nil }
            self = .from(first, through: nil)
        case (let first?, let last?):
            guard first <= last else { return nil }
            self = .from(first, through: last)
        case (nil, let last?):
            guard first.isEmpty else { return nil }
            self = .last(last)
        default: return nil
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.count <= 18, digits.allSatisfy(\.isASCIIDigit) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// The octets it means of so many; nil when there are none, which is 416.
    func range(of size: Int) -> Range<Int>? {
        switch self {
        case .from(let first, let last):
            guard first < size else { return nil }
            return first..<min(size, (last ?? size - 1) + 1)
        case .last(let count):
            guard count > 0, size > 0 else { return nil }
            return max(0, size - count)..<size
        }
    }
}
