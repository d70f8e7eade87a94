import MailTypes
import Testing

@testable import FunctionMetrics

@Suite struct AlarmStateTests {
    /// A minute's beginning.
    private static let start: Int64 = 1_780_000_020
    private static let configuredAt = Timestamp(seconds: start - 3600)

    private func alarm(_ missing: MetricAlarm.Missing, of periods: Int, needs: Int) -> MetricAlarm {
        MetricAlarm(
            name: "a", metric: MetricName(namespace: "n", name: "m"), statistic: "Sum", periodSeconds: 60,
            evaluationPeriods: periods, datapointsToAlarm: needs, threshold: 5, comparison: .greaterOrEqual,
            missing: missing, actionsEnabled: true, configuredAt: Self.configuredAt)
    }

    /// The state after five minutes, `X` breaching, `0` not, `-` without a value.
    private func state(_ minutes: String, _ alarm: MetricAlarm) -> AlarmState {
        var values: [Int64: Double] = [:]
        for (index, letter) in minutes.split(separator: " ").enumerated() where letter != "-" {
            values[Self.start + Int64(index) * 60] = letter == "X" ? 5 : 0
        }
        return AlarmState(of: alarm, values, now: Timestamp(seconds: Self.start + 5 * 60 + 30))
    }

    /// CloudWatch's own table of how missing data is treated, three of three and two of three.
    @Test(
        arguments: [
            ("0 - X - X", 3, ["OK", "OK", "OK", "OK"]), ("- - - - 0", 3, ["OK", "OK", "OK", "OK"]),
            ("0 X X - X", 3, ["ALARM", "ALARM", "ALARM", "ALARM"]),
            ("- - X - -", 3, ["ALARM", "INSUFFICIENT_DATA", "ALARM", "OK"]),
            ("0 - X - X", 2, ["ALARM", "ALARM", "ALARM", "ALARM"]),
            ("0 0 X 0 X", 2, ["ALARM", "ALARM", "ALARM", "ALARM"]), ("0 - X - -", 2, ["OK", "OK", "ALARM", "OK"]),
            ("- - - - 0", 2, ["OK", "OK", "ALARM", "OK"]),
            ("- - - X -", 2, ["ALARM", "INSUFFICIENT_DATA", "ALARM", "OK"]),
            ("- - - - -", 3, ["INSUFFICIENT_DATA", "INSUFFICIENT_DATA", "ALARM", "OK"]),
        ])
    func `missing minutes count as the alarm says`(minutes: String, needs: Int, wanted: [String]) {
        let found = [MetricAlarm.Missing.missing, .ignore, .breaching, .notBreaching].map {
            state(minutes, alarm($0, of: 3, needs: needs)).value.rawValue
        }
        #expect(found == wanted, "\(minutes)")
    }

    @Test func `a state that no look changes stays as it was`() {
        // Ten minutes that rang, then nothing for so long that nothing counts any more.
        var values: [Int64: Double] = [:]
        for minute in 0..<10 { values[Self.start + Int64(minute) * 60] = 9 }
        let now = Timestamp(seconds: Self.start + 60 * 60)
        #expect(AlarmState(of: alarm(.ignore, of: 3, needs: 3), values, now: now).value == .alarm)
        #expect(AlarmState(of: alarm(.missing, of: 3, needs: 3), values, now: now).value == .insufficient)
        let calm = AlarmState(of: alarm(.notBreaching, of: 3, needs: 3), values, now: now)
        #expect(calm.value == .ok && calm.since.seconds > Self.start + 10 * 60)
    }

    @Test func `an alarm that was just made, or just changed, has looked at nothing yet`() {
        var young = alarm(.breaching, of: 1, needs: 1)
        young.configuredAt = Timestamp(seconds: Self.start + 10)
        let early = AlarmState(of: young, [Self.start: 9], now: Timestamp(seconds: Self.start + 59))
        #expect(early.value == .insufficient && early.since == young.configuredAt)
        let late = AlarmState(of: young, [Self.start: 9], now: Timestamp(seconds: Self.start + 60))
        #expect(late.value == .alarm && late.reason.contains("[9.0]") && late.reason.contains("threshold (5.0)"))
    }

    @Test(arguments: [
        (MetricAlarm.Comparison.greater, 5.0, false), (.greater, 6, true), (.greaterOrEqual, 5, true),
        (.less, 5, false),
        (.less, 4, true), (.lessOrEqual, 5, true),
    ])
    func `each comparison has its edge`(comparison: MetricAlarm.Comparison, value: Double, breaches: Bool) {
        var alarm = alarm(.missing, of: 1, needs: 1)
        alarm.comparison = comparison
        #expect(alarm.isBreached(by: value) == breaches)
    }
}
