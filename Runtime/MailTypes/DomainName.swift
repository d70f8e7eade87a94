import CIDN2

/// A domain in the one spelling that domains are compared in: ASCII lower case, labels beyond ASCII as A-labels
/// (RFC 5890 §2.3.2.1; reference/faults.md F15).
public enum DomainName {
    /// The domain for comparing. `Bücher.example`, `bücher.example` and `xn--bcher-kva.example` become the same, however
    /// their letters are composed. What is no domain name becomes its lower case, which is nobody's domain.
    ///
    /// - Source: RFC 5891 §5 with the mapping of UTS #46, nontransitional.
    public static func canonical(_ domain: String) -> String {
        if domain.utf8.allSatisfy({ $0 < 0x80 }) { return domain.asciiLowercased }
        // Longer ones break a limit of RFC 1035 anyway, and mapping takes time.
        guard domain.utf8.count <= Address.domainOctets, !domain.utf8.contains(0) else { return domain.lowercased() }
        var spelling: UnsafeMutablePointer<UInt8>?
        let flags = Int32(IDN2_NFC_INPUT.rawValue | IDN2_NONTRANSITIONAL.rawValue | IDN2_USE_STD3_ASCII_RULES.rawValue)
        let code = domain.withCString { text in
            text.withMemoryRebound(to: UInt8.self, capacity: domain.utf8.count + 1) {
                idn2_lookup_u8($0, &spelling, flags)
            }
        }
        guard code == IDN2_OK.rawValue, let spelling else { return domain.lowercased() }
        defer { idn2_free(spelling) }
        let canonical = String(cString: spelling).asciiLowercased
        // Signs that look like `@` or `/` are mapped to those, and signs nobody sees to nothing.
        return isHostName("a." + canonical) ? canonical : domain.lowercased()
    }

    /// True for dot-separated labels of letters, digits and inner hyphens, at least two, each 1 to 63 octets, all
    /// together at most 253 (RFC 1035 §2.3.1, §2.3.4).
    public static func isHostName(_ domain: some StringProtocol) -> Bool {
        guard domain.utf8.count <= 253 else { return false }
        let labels = domain.split(separator: ".", omittingEmptySubsequences: false)
        return labels.count >= 2
            && labels.allSatisfy { label in
                !label.isEmpty && label.utf8.count <= 63 && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D }
            }
    }
}
