import MailTypes

/// Whether an alarm rings, and since when. A pure value of the alarm, its metric and the time: nothing of it is stored.
struct AlarmState: Sendable, Hashable {
    enum Value: String, Sendable {
        case ok = "OK"
        case alarm = "ALARM"
        case insufficient = "INSUFFICIENT_DATA"
    }

    /// Periods looked at beyond those that count: when some of these have no values, older ones stand in for them, as
    /// CloudWatch's "evaluation range" has it.
    static let lookBack = 2

    private(set) var value = Value.insufficient
    private(set) var since: Timestamp
    private(set) var reason = "Unchecked: Initial alarm creation"

    /// The state now.
    ///
    /// An alarm is looked at when a minute is over, by periods that are over. All looks since it was made are gone through
    /// again, as far back as metrics are kept, since one look may leave the state as it was.
    /// - Parameter values: the statistic of each period that has values, by the period's start in seconds since 1970.
    init(of alarm: MetricAlarm, _ values: [Int64: Double], now: Timestamp) {
        since = alarm.configuredAt
        let kept = now.seconds - MetricStore.minutesMax * 60
        var minute = (max(alarm.configuredAt.seconds, kept) / 60 + 1) * 60
        while minute <= now.seconds {
            look(at: minute, alarm, values)
            minute += 60
        }
    }

    private mutating func look(at minute: Int64, _ alarm: MetricAlarm, _ values: [Int64: Double]) {
        let end = minute - minute % alarm.periodSeconds
        let range = (1...alarm.evaluationPeriods + Self.lookBack).map { end - Int64($0) * alarm.periodSeconds }
        // Newest first, each with its age in periods.
        let found = range.enumerated().compactMap { index, start in values[start].map { (age: index + 1, value: $0) } }
        let counted = found.prefix(alarm.evaluationPeriods)
        let breaching = counted.filter { alarm.isBreached(by: $0.value) }
        guard let next = Self.judge(alarm, counted.count, breaching.count, oldest: counted.last?.age ?? 0) else {
            return
        }
        let shown = counted.map { "\($0.value)" }.joined(separator: ", ")
        reason =
            next == .insufficient
            ? "Insufficient Data: no datapoints were received for the last \(alarm.evaluationPeriods) periods"
            : "\(breaching.count) out of the last \(alarm.evaluationPeriods) datapoints [\(shown)] were "
                + "\(alarm.comparison.words) the threshold (\(alarm.threshold)); \(alarm.datapointsToAlarm) make an alarm"
        if next != value { (value, since) = (next, Timestamp(seconds: minute)) }
    }

    /// What so many datapoints, of which so many breach, amount to; nil leaves the state as it was.
    private static func judge(_ alarm: MetricAlarm, _ count: Int, _ breaching: Int, oldest: Int) -> Value? {
        let absent = alarm.evaluationPeriods - count
        if breaching >= alarm.datapointsToAlarm { return .alarm }
        if absent == 0 || alarm.missing == .notBreaching { return .ok }
        switch alarm.missing {
        case .notBreaching: return .ok
        case .breaching: return breaching + absent >= alarm.datapointsToAlarm ? .alarm : .ok
        case .ignore: return breaching < count ? .ok : nil
        case .missing:
            if count == 0 { return .insufficient }
            if breaching < count { return .ok }
            // All there is breaches: enough, once it has been so for as long as it takes.
            return oldest >= alarm.datapointsToAlarm ? .alarm : nil
        }
    }
}
