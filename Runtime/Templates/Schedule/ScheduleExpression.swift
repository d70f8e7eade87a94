import MailTypes

/// When a schedule fires: `rate(5 minutes)` or `cron(0 12 * * ? *)`, as EventBridge writes them. Times are UTC, so
/// every day has 24 hours.
public struct ScheduleExpression: Sendable, Hashable, CustomStringConvertible {
    /// Why a text is no schedule, in one sentence.
    public struct Problem: Error, Sendable, Hashable {
        public let message: String
    }

    private enum Kind: Sendable, Hashable {
        case rate(Duration)
        case cron(minutes: CronField, hours: CronField, days: CronDays, months: CronField, years: CronField)
    }

    private let kind: Kind
    /// The expression as it was written.
    public let description: String

    private static let years = 1970...2199
    private static let monthNames = [
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ]

    /// Reads an expression.
    public init(_ text: String) throws(Problem) {
        guard text.utf8.count <= 256 else { throw Problem(message: "a schedule has at most 256 characters") }
        description = text
        if let inner = Self.inside("rate", text) {
            kind = .rate(try Self.rate(inner))
        } else if let inner = Self.inside("cron", text) {
            kind = try Self.cron(inner)
        } else {
            throw Problem(message: "a schedule is rate(5 minutes) or cron(0 12 * * ? *)")
        }
    }

    /// The first firing after this moment; nil when there is none any more.
    public func next(after moment: Timestamp) -> Timestamp? {
        switch kind {
        case .rate(let period): return moment + period
        case .cron(let minutes, let hours, let days, let months, let years):
            // Cron knows minutes: the first to look at is the one that follows.
            let start = Timestamp(seconds: moment.seconds - ((moment.seconds % 60) + 60) % 60 + 60).civil
            var year = start.year
            var month = start.month
            var day = start.day
            var (hour, minute) = (start.hour, start.minute)
            while let nextYear = years.next(from: year) {
                if nextYear > year { (month, day, hour, minute) = (1, 1, 0, 0) }
                year = nextYear
                while let nextMonth = months.next(from: month) {
                    if nextMonth > month { (day, hour, minute) = (1, 0, 0) }
                    month = nextMonth
                    while let nextDay = days.next(from: day, year: year, month: month) {
                        if nextDay > day { (hour, minute) = (0, 0) }
                        day = nextDay
                        while let nextHour = hours.next(from: hour) {
                            if nextHour > hour { minute = 0 }
                            hour = nextHour
                            if let found = minutes.next(from: minute) {
                                return Timestamp(year: year, month: month, day: day, hour: hour, minute: found)
                            }
                            (hour, minute) = (hour + 1, 0)
                        }
                        (day, hour, minute) = (day + 1, 0, 0)
                    }
                    (month, day, hour, minute) = (month + 1, 1, 0, 0)
                }
                (year, month, day, hour, minute) = (year + 1, 1, 1, 0, 0)
            }
            return nil
        }
    }

    private static func inside(_ name: String, _ text: String) -> Substring? {
        guard text.hasPrefix(name + "("), text.hasSuffix(")") else { return nil }
        return text.dropFirst(name.count + 1).dropLast()
    }

    private static func rate(_ text: Substring) throws(Problem) -> Duration {
        let parts = text.split(separator: " ")
        guard parts.count == 2, parts[0].utf8.allSatisfy(\.isASCIIDigit), let number = Int(parts[0]),
            (1...1_000_000).contains(number)
        else { throw Problem(message: "a rate is a number from 1 and a unit, as in rate(5 minutes)") }
        let seconds: Int
        switch parts[1] {
        case "minute", "minutes": seconds = 60
        case "hour", "hours": seconds = 3600
        case "day", "days": seconds = 86400
        default: throw Problem(message: "a rate counts minutes, hours or days, not \(parts[1])")
        }
        guard parts[1].hasSuffix("s") == (number != 1) else {
            throw Problem(
                message: number == 1
                    ? "one is written rate(1 \(parts[1].dropLast()))" : "write rate(\(number) \(parts[1])s)")
        }
        return .seconds(number * seconds)
    }

    private static func cron(_ text: Substring) throws(Problem) -> Kind {
        let fields = text.split(separator: " ")
        guard fields.count == 6 else {
            throw Problem(
                message: "cron has six fields (minutes hours day-of-month month day-of-week year), not \(fields.count)")
        }
        return .cron(
            minutes: try CronField(fields[0], 0...59, called: "minutes"),
            hours: try CronField(fields[1], 0...23, called: "hours"),
            days: try CronDays(dayOfMonth: fields[2], dayOfWeek: fields[4]),
            months: try CronField(fields[3], 1...12, names: monthNames, called: "month"),
            years: try CronField(fields[5], years, called: "year"))
    }
}
