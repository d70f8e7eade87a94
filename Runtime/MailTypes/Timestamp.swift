/// A moment: milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
public struct Timestamp: Hashable, Sendable, Comparable, Codable {
    /// Milliseconds since 1970.
    public let milliseconds: Int64

    /// The moment that many milliseconds after 1970.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// The moment that many seconds after 1970.
    public init(seconds: Int64) { milliseconds = seconds * 1000 }

    /// Whole seconds since 1970, rounded down.
    public var seconds: Int64 { (milliseconds - (milliseconds % 1000 + 1000) % 1000) / 1000 }

    public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    public static func + (left: Self, right: Duration) -> Self {
        let (seconds, attoseconds) = right.components
        return Timestamp(milliseconds: left.milliseconds + seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }

    public static func - (left: Self, right: Self) -> Duration { .milliseconds(left.milliseconds - right.milliseconds) }

    public init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}

/// A moment as a calendar shows it in UTC.
public struct CivilTime: Hashable, Sendable {
    public var year: Int
    /// 1 to 12.
    public var month: Int
    /// 1 to 31.
    public var day: Int
    public var hour: Int
    public var minute: Int
    public var second: Int
    /// 0 is Sunday.
    public var weekday: Int

    static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}

extension Timestamp {
    /// The calendar's view of this moment, in UTC.
    public var civil: CivilTime {
        let seconds = self.seconds
        let day = (seconds - ((seconds % 86400) + 86400) % 86400) / 86400
        let rest = Int(seconds - day * 86400)
        // Howard Hinnant's days-to-civil: eras of 400 years that start on 1 March.
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
        return CivilTime(
            year: Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0), month: month,
            day: Int(dayOfYear - (153 * monthFromMarch + 2) / 5) + 1, hour: rest / 3600, minute: rest % 3600 / 60,
            second: rest % 60, weekday: Int(((day + 4) % 7 + 7) % 7))
    }

    /// The moment a calendar in UTC shows so. Fields out of range carry over.
    public init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        let shiftedYear = Int64(month <= 2 ? year - 1 : year)
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        self.init(seconds: days * 86400 + Int64(hour * 3600 + minute * 60 + second))
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    /// `Fri, 20 Nov 2026 17:36:18 +0000` (RFC 5322 §3.3).
    public var rfc5322: String {
        let t = civil
        return "\(CivilTime.weekdays[t.weekday]), \(t.day) \(CivilTime.months[t.month - 1]) \(t.year) "
            + "\(Self.two(t.hour)):\(Self.two(t.minute)):\(Self.two(t.second)) +0000"
    }

    /// `Fri, 20 Nov 2026 17:36:18 GMT` (RFC 9110 §5.6.7).
    public var httpDate: String {
        let t = civil
        // Octets, not texts put together: every answer of the HTTP endpoint has one.
        var text: Octets = []
        text.reserveCapacity(32)
        text += CivilTime.weekdays[t.weekday].utf8
        text += ", ".utf8
        text.append(twoDigits: t.day)
        text.append(.space)
        text += CivilTime.months[t.month - 1].utf8
        text.append(.space)
        text += String(t.year).utf8
        for (part, mark) in [(t.hour, UInt8.space), (t.minute, 0x3A), (t.second, 0x3A)] {
            text.append(mark)
            text.append(twoDigits: part)
        }
        text += " GMT".utf8
        return text.text
    }

    /// `20-Nov-2026 17:36:18 +0000`, the day padded with a blank (RFC 9051 date-time).
    public var imapInternalDate: String {
        let t = civil
        return "\(t.day < 10 ? " " : "")\(t.day)-\(CivilTime.months[t.month - 1])-\(t.year) "
            + "\(Self.two(t.hour)):\(Self.two(t.minute)):\(Self.two(t.second)) +0000"
    }

    /// `20/Nov/2026:17:36:18 +0000`, as web servers' logs have it (Common Log Format).
    public var commonLogDate: String {
        let t = civil
        return "\(Self.two(t.day))/\(CivilTime.months[t.month - 1])/\(t.year):"
            + "\(Self.two(t.hour)):\(Self.two(t.minute)):\(Self.two(t.second)) +0000"
    }

    /// `2026-11-20T17:36:18.123Z` (RFC 3339).
    public var rfc3339: String {
        let t = civil
        let fraction = Int((milliseconds % 1000 + 1000) % 1000)
        let padded = fraction < 10 ? "00\(fraction)" : fraction < 100 ? "0\(fraction)" : "\(fraction)"
        return "\(t.year)-\(Self.two(t.month))-\(Self.two(t.day))T\(Self.two(t.hour)):\(Self.two(t.minute)):"
            + "\(Self.two(t.second)).\(padded)Z"
    }
}

extension Octets {
    /// Adds a number from 0 to 99.
    fileprivate mutating func append(twoDigits value: Int) {
        append(0x30 + UInt8(value / 10))
        append(0x30 + UInt8(value % 10))
    }
}
