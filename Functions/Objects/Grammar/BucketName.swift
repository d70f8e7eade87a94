import MailTypes

/// Which names buckets may have: 3 to 63 of a-z, 0-9, dots and hyphens, beginning and ending with a letter or digit, no
/// two dots together, no IPv4 address.
enum BucketName {
    static func isValid(_ name: String) -> Bool {
        let octets = Octets(name.utf8)
        guard (3...63).contains(octets.count), let first = octets.first, let last = octets.last,
            isLetterOrDigit(first), isLetterOrDigit(last),
            octets.allSatisfy({ isLetterOrDigit($0) || $0 == 0x2D || $0 == 0x2E })
        else { return false }
        let labels = octets.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard !labels.contains(where: \.isEmpty) else { return false }
        return !(labels.count == 4 && labels.allSatisfy { $0.count <= 3 && $0.allSatisfy(\.isASCIIDigit) })
    }

    private static func isLetterOrDigit(_ octet: UInt8) -> Bool { 0x61...0x7A ~= octet || octet.isASCIIDigit }
}
