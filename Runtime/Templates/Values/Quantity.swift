import MailTypes

/// Durations and sizes as people write them: a whole number and a unit.
public enum Quantity {
    /// Why a text is no quantity, in words that follow the text.
    public struct Problem: Error, Sendable, Hashable {
        public let message: String
    }

    /// The longest duration: about ten years. Far from where milliseconds overflow.
    public static let longest = Duration.seconds(3653 * 86400)

    private static let durationUnits: [(String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000),
    ]
    private static let sizeUnits: [(String, octets: Int)] = [
        ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("KB", 1_000),
        ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
    ]

    /// `500ms`, `30s`, `5m`, `4h`, `5d`, `2w`.
    public static func duration(_ text: String) throws(Problem) -> Duration {
        let (number, unit) = try parts(text, units: "ms, s, m, h, d or w, as in 30s")
        guard !unit.isEmpty else { throw Problem(message: "needs a unit: ms, s, m, h, d or w, as in \(number)s") }
        guard let (_, milliseconds) = durationUnits.first(where: { $0.0 == unit }) else {
            throw Problem(message: "has the unit \(unit); durations have ms, s, m, h, d or w")
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: milliseconds)
        guard !overflow, .milliseconds(product) <= longest else { throw Problem(message: "is longer than ten years") }
        return .milliseconds(product)
    }

    /// `1048576`, `512B`, `64KiB`, `40MiB`, `1GiB`, and `KB`, `MB`, `GB` for powers of ten.
    public static func octets(_ text: String) throws(Problem) -> Int {
        let (number, unit) = try parts(text, units: "B, KiB, MiB, GiB or TiB, as in 40MiB")
        guard let (_, octets) = sizeUnits.first(where: { $0.0 == (unit.isEmpty ? "B" : unit) }) else {
            throw Problem(message: "has the unit \(unit); sizes have B, KiB, MiB, GiB or TiB")
        }
        let (product, overflow) = Int(number).multipliedReportingOverflow(by: octets)
        guard !overflow, product <= 1 << 50 else { throw Problem(message: "is larger than 1024TiB") }
        return product
    }

    private static func parts(_ text: String, units: String) throws(Problem) -> (Int64, String) {
        let digits = text.utf8.prefix(while: \.isASCIIDigit)
        guard !digits.isEmpty else { throw Problem(message: "is not a whole number with a unit: \(units)") }
        guard digits.count <= 18, let number = Int64(String(decoding: digits, as: UTF8.self)) else {
            throw Problem(message: "is too large a number")
        }
        let unit = String(decoding: text.utf8.dropFirst(digits.count).drop { $0 == .space }, as: UTF8.self)
        return (number, unit)
    }
}
