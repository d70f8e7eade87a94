import MailTypes

/// How often functions have sent a message on: each mail that a function sends carries the count of the message at hand
/// and one more, so that mail in circles comes to an end (reference/faults.md F117).
public enum FunctionHops {
    /// The header field that carries the count.
    public static let fieldName = "X-Mailroom-Function-Hops"
    /// With so many, rules call no function any more.
    public static let most = 5

    /// The count of a message; 0 when no function has sent it. Of several fields the highest counts, and one that is no
    /// number counts as the most.
    public static func count(in header: HeaderSection) -> Int {
        header.all(fieldName).map { field in
            let digits = header.unfoldedValue(of: field).filter { $0 != 0x20 && $0 != 0x09 }
            guard (1...3).contains(digits.count), digits.allSatisfy(\.isASCIIDigit) else { return most }
            return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }.max() ?? 0
    }

    /// The field, with its line end, for mail that a function sends while this message is at hand; nil: none is.
    public static func field(after header: HeaderSection?) -> Octets {
        Octets(text: "\(fieldName): \(min(999, (header.map { count(in: $0) } ?? 0) + 1))\r\n")
    }
}
