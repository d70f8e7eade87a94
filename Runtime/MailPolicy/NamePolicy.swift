import MailTypes

/// Which names things may have (reference/workmail-api.md §2). Forms follow the WorkMail model's patterns.
public enum NamePolicy {
    /// Names that belong to the system: whoever had one could write as it (reference/email-flow.md §8).
    private static let reserved: Set<String> = ["amazonjournaling", "mailer-daemon"]

    /// The sender of journal records, an address without a mailbox.
    public static let journalingLocalPart = "amazonjournaling"

    /// The domain every organization has from the start.
    public static func testDomain(ofAlias alias: String) -> String { "\(alias.asciiLowercased).awsapps.com" }

    /// True for a name, or the local part of an address, that nobody can be given.
    public static func isReserved(_ name: String) -> Bool {
        reserved.contains(String(name.prefix { $0 != "@" }).asciiLowercased)
    }

    /// `[\w\-.]+(@domain)?`, at most 64 characters.
    public static func isUserName(_ name: String) -> Bool { isAccountName(name, limit: 64) }

    /// The same form, at most 20 characters.
    public static func isResourceName(_ name: String) -> Bool { isAccountName(name, limit: 20) }

    /// 1 to 256 characters from U+0020 to U+00FF.
    public static func isGroupName(_ name: String) -> Bool {
        (1...256).contains(name.unicodeScalars.count)
            && name.unicodeScalars.allSatisfy { (0x20...0xFF).contains($0.value) && !(0x7F...0x9F).contains($0.value) }
    }

    /// 1 to 62 letters and digits in groups joined by single dashes; must not look like a directory id.
    public static func isOrganizationAlias(_ alias: String) -> Bool {
        guard (1...62).contains(alias.utf8.count), !alias.hasPrefix("d-") else { return false }
        return alias.split(separator: "-", omittingEmptySubsequences: false).allSatisfy { group in
            !group.isEmpty && group.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit }
        }
    }

    /// A host name of at least two labels in ASCII, 3 to 209 octets.
    public static func isMailDomain(_ domain: String) -> Bool {
        (3...209).contains(domain.utf8.count) && DomainName.isHostName(domain)
    }

    private static func isAccountName(_ name: String, limit: Int) -> Bool {
        guard (1...limit).contains(name.unicodeScalars.count) else { return false }
        let parts = name.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let isWord = { (octet: UInt8) in
            octet.isASCIILetter || octet.isASCIIDigit || octet == 0x5F || octet == 0x2D || octet == 0x2E
        }
        guard !parts[0].isEmpty, parts[0].utf8.allSatisfy(isWord) else { return false }
        return parts.count == 1 || DomainName.isHostName(parts[1])
    }
}
