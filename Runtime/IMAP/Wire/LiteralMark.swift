import MailTypes

/// The announcement of a literal at the end of a line (RFC 9051 §4.3, RFC 7888): `{310}`, `{310+}`, `~{310}`.
struct LiteralMark: Equatable {
    /// Octets announced; `Int.max` for numbers that no memory holds.
    let octets: Int
    /// False for `{n+}`, which the client sends without our go-ahead.
    let isSynchronizing: Bool
    /// True for `~{n}` (RFC 3516).
    let isBinary: Bool
    /// Where the mark starts in the line.
    let start: Int

    /// Reads the mark that ends these octets; nil when they end otherwise. `{-1}` and `{}` are no marks.
    init?(endOf line: Octets) {
        var index = line.count - 1
        guard index >= 2, line[index] == 0x7D else { return nil }
        index -= 1
        let plus = line[index] == 0x2B
        if plus { index -= 1 }
        let lastDigit = index
        while index >= 0, line[index].isASCIIDigit { index -= 1 }
        guard index >= 0, index < lastDigit, line[index] == 0x7B else { return nil }
        var value = 0
        for digit in line[(index + 1)...lastDigit] {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(digit - 0x30))
            if overflow || carry {
                value = .max
                break
            }
            value = sum
        }
        octets = value
        isSynchronizing = !plus
        isBinary = index > 0 && line[index - 1] == 0x7E
        start = isBinary ? index - 1 : index
    }
}
