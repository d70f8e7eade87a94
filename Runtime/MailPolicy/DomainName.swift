import MailTypes

/// A domain in the one spelling that rules compare: ASCII lower case, labels beyond ASCII as A-labels (RFC 5890 §2.3.2.1).
public enum DomainName {
    /// The domain for comparing. `Bücher.example` and `xn--bcher-kva.example` become the same.
    public static func canonical(_ domain: String) -> String {
        if domain.utf8.allSatisfy({ $0 < 0x80 }) { return domain.asciiLowercased }
        return domain.split(separator: ".", omittingEmptySubsequences: false).map { label in
            if label.utf8.allSatisfy({ $0 < 0x80 }) { return String(label).asciiLowercased }
            // Case is folded before encoding, as IDNA's mapping does (RFC 5895 §2).
            return Punycode.encode(label.lowercased()).map { "xn--" + $0 } ?? label.lowercased()
        }.joined(separator: ".")
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

/// Punycode, the ASCII spelling of a label (RFC 3492).
enum Punycode {
    /// The label's encoding without `xn--`; nil when a number in it would overflow.
    static func encode(_ label: String) -> String? {
        let scalars = label.unicodeScalars.map(\.value)
        // A label of more scalars cannot fit 63 octets, and the encoding takes quadratic time.
        guard scalars.count <= 63 else { return nil }
        var result = scalars.filter { $0 < 0x80 }.map { UInt8($0) }
        let basic = result.count
        if basic > 0 { result.append(0x2D) }
        var (next, delta, bias, handled): (UInt32, UInt32, UInt32, Int) = (0x80, 0, 72, basic)
        while handled < scalars.count {
            guard let lowest = scalars.filter({ $0 >= next }).min() else { return nil }
            let (step, overflow) = (lowest - next).multipliedReportingOverflow(by: UInt32(handled + 1))
            let (sum, overflowToo) = delta.addingReportingOverflow(step)
            guard !overflow, !overflowToo else { return nil }
            (delta, next) = (sum, lowest)
            for scalar in scalars {
                if scalar < next { delta += 1 }
                guard scalar == next else { continue }
                append(delta, bias: bias, to: &result)
                bias = adapted(delta, count: UInt32(handled + 1), isFirst: handled == basic)
                delta = 0
                handled += 1
            }
            delta += 1
            next += 1
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// A number in digits of growing weight (RFC 3492 §3.3).
    private static func append(_ number: UInt32, bias: UInt32, to result: inout [UInt8]) {
        var rest = number
        var weight: UInt32 = 36
        while true {
            let threshold = weight <= bias ? 1 : weight >= bias + 26 ? 26 : weight - bias
            if rest < threshold { break }
            result.append(digit(threshold + (rest - threshold) % (36 - threshold)))
            rest = (rest - threshold) / (36 - threshold)
            weight += 36
        }
        result.append(digit(rest))
    }

    private static func digit(_ value: UInt32) -> UInt8 { value < 26 ? UInt8(value) + 0x61 : UInt8(value) - 26 + 0x30 }

    /// The bias for the next number (RFC 3492 §3.4).
    private static func adapted(_ number: UInt32, count: UInt32, isFirst: Bool) -> UInt32 {
        var delta = isFirst ? number / 700 : number / 2
        delta += delta / count
        var bias: UInt32 = 0
        while delta > 455 {
            delta /= 35
            bias += 36
        }
        return bias + 36 * delta / (delta + 38)
    }
}
