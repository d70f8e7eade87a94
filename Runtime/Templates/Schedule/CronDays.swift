import MailTypes

/// The days of a month that a cron expression names by day of month or by day of week.
enum CronDays: Sendable, Hashable {
    case everyDay
    case daysOfMonth(CronField)
    /// `L`, or `L-3` for three days before the last.
    case lastDay(minus: Int)
    /// `LW`: the last day from Monday to Friday.
    case lastWeekday
    /// `15W`: the day from Monday to Friday that is nearest to the 15th, within the month.
    case nearestWeekday(Int)
    /// Bit 1 is Sunday.
    case daysOfWeek(CronField)
    /// `6L`: the month's last Friday; 1 is Sunday.
    case lastDayOfWeek(Int)
    /// `6#3`: the month's third Friday.
    case nthDayOfWeek(Int, Int)

    static let dayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

    /// Reads the two fields, of which one is `?`.
    init(dayOfMonth: Substring, dayOfWeek: Substring) throws(ScheduleExpression.Problem) {
        switch (dayOfMonth, dayOfWeek) {
        case ("?", "?"): throw .init(message: "day of month and day of week are both ?; one of them says when")
        case (_, "?"): self = try Self.month(dayOfMonth)
        case ("?", _): self = try Self.week(dayOfWeek)
        default: throw .init(message: "one of day of month and day of week has to be ?")
        }
    }

    private static func month(_ text: Substring) throws(ScheduleExpression.Problem) -> CronDays {
        if text == "*" { return .everyDay }
        if text == "L" { return .lastDay(minus: 0) }
        if text == "LW" { return .lastWeekday }
        if text.hasPrefix("L-") {
            return .lastDay(minus: try CronField.number(text.dropFirst(2), 1...30, [], "day of month L-"))
        }
        if text.hasSuffix("W") {
            return .nearestWeekday(try CronField.number(text.dropLast(), 1...31, [], "day of month"))
        }
        return .daysOfMonth(try CronField(text, 1...31, called: "day of month"))
    }

    private static func week(_ text: Substring) throws(ScheduleExpression.Problem) -> CronDays {
        if text == "*" { return .everyDay }
        if text == "L" { return .daysOfWeek(try CronField("7", 1...7, called: "day of week")) }
        if text.hasSuffix("L") {
            return .lastDayOfWeek(try CronField.number(text.dropLast(), 1...7, dayNames, "day of week"))
        }
        let parts = text.split(separator: "#", omittingEmptySubsequences: false)
        if parts.count == 2 {
            return .nthDayOfWeek(
                try CronField.number(parts[0], 1...7, dayNames, "day of week"),
                try CronField.number(parts[1], 1...5, [], "week of the month after #"))
        }
        return .daysOfWeek(try CronField(text, 1...7, names: dayNames, called: "day of week"))
    }

    /// The first such day of this month that is this one or later.
    func next(from day: Int, year: Int, month: Int) -> Int? {
        let last = Self.days(of: month, in: year)
        func weekday(_ day: Int) -> Int { Timestamp(year: year, month: month, day: day).civil.weekday + 1 }
        func workday(near day: Int) -> Int {
            switch weekday(day) {
            case 7: day > 1 ? day - 1 : day + 2
            case 1: day < last ? day + 1 : day - 2
            default: day
            }
        }
        func onOrAfter(_ found: Int) -> Int? { (day...last).contains(found) ? found : nil }
        guard day <= last else { return nil }
        switch self {
        case .everyDay: return day
        case .daysOfMonth(let field): return field.next(from: day).flatMap { $0 <= last ? $0 : nil }
        case .lastDay(let minus): return last - minus >= 1 ? onOrAfter(last - minus) : nil
        case .lastWeekday: return onOrAfter(workday(near: last))
        case .nearestWeekday(let wanted): return wanted <= last ? onOrAfter(workday(near: wanted)) : nil
        case .daysOfWeek(let field): return (day...last).prefix(7).first { field.contains(weekday($0)) }
        case .lastDayOfWeek(let wanted): return onOrAfter(last - (weekday(last) - wanted + 7) % 7)
        case .nthDayOfWeek(let wanted, let n):
            let first = 1 + (wanted - weekday(1) + 7) % 7
            return onOrAfter(first + (n - 1) * 7)
        }
    }

    static func days(of month: Int, in year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
