import MailTypes
import Templates
import Testing

@Suite struct ScheduleTests {
    private func moments(_ text: String, after start: Timestamp, _ count: Int) throws -> [String] {
        let expression = try ScheduleExpression(text)
        var moment = start
        var found: [String] = []
        for _ in 0..<count {
            guard let next = expression.next(after: moment) else { break }
            #expect(next > moment)
            found.append(String(next.rfc3339.dropLast(8)))
            moment = next
        }
        return found
    }

    private static let start = Timestamp(year: 2026, month: 11, day: 20, hour: 9, minute: 30, second: 15)

    @Test func `a rate counts from the moment before`() throws {
        let start = Timestamp(milliseconds: Self.start.milliseconds + 123)
        #expect(try ScheduleExpression("rate(1 minute)").next(after: start) == start + .seconds(60))
        #expect(try ScheduleExpression("rate(5 minutes)").next(after: start) == start + .seconds(300))
        #expect(try ScheduleExpression("rate(1 hour)").next(after: start) == start + .seconds(3600))
        #expect(try ScheduleExpression("rate(7 days)").next(after: start) == start + .seconds(7 * 86400))
        #expect(try ScheduleExpression("rate(7 days)").description == "rate(7 days)")
    }

    @Test(arguments: [
        ("cron(* * * * ? *)", ["2026-11-20T09:31", "2026-11-20T09:32"]),
        ("cron(0 12 * * ? *)", ["2026-11-20T12:00", "2026-11-21T12:00"]),
        ("cron(15 9 * * ? *)", ["2026-11-21T09:15", "2026-11-22T09:15"]),
        ("cron(30 9 * * ? *)", ["2026-11-21T09:30", "2026-11-22T09:30"]),
        ("cron(31 9 * * ? *)", ["2026-11-20T09:31", "2026-11-21T09:31"]),
        ("cron(0/15 * * * ? *)", ["2026-11-20T09:45", "2026-11-20T10:00", "2026-11-20T10:15", "2026-11-20T10:30"]),
        (
            "cron(*/20 8-10 * * ? *)",
            ["2026-11-20T09:40", "2026-11-20T10:00", "2026-11-20T10:20", "2026-11-20T10:40", "2026-11-21T08:00"]
        ),
        ("cron(5,35 0/12 * * ? *)", ["2026-11-20T12:05", "2026-11-20T12:35", "2026-11-21T00:05"]),
        // 1 is Sunday; 20 November 2026 is a Friday.
        ("cron(0 10 ? * MON-FRI *)", ["2026-11-20T10:00", "2026-11-23T10:00", "2026-11-24T10:00"]),
        ("cron(0 10 ? * 2-6 *)", ["2026-11-20T10:00", "2026-11-23T10:00"]),
        ("cron(0 8 ? * 1 *)", ["2026-11-22T08:00", "2026-11-29T08:00"]),
        ("cron(0 8 ? * sun,WED *)", ["2026-11-22T08:00", "2026-11-25T08:00", "2026-11-29T08:00"]),
        ("cron(0 8 ? * L *)", ["2026-11-21T08:00", "2026-11-28T08:00"]),
        ("cron(0 0 1 * ? *)", ["2026-12-01T00:00", "2027-01-01T00:00"]),
        ("cron(0 0 31 * ? *)", ["2026-12-31T00:00", "2027-01-31T00:00", "2027-03-31T00:00"]),
        ("cron(0 0 L * ? *)", ["2026-11-30T00:00", "2026-12-31T00:00", "2027-01-31T00:00", "2027-02-28T00:00"]),
        ("cron(0 0 L-3 * ? *)", ["2026-11-27T00:00", "2026-12-28T00:00"]),
        // The last day of January 2027 is a Sunday, that of February too.
        ("cron(0 0 LW * ? *)", ["2026-11-30T00:00", "2026-12-31T00:00", "2027-01-29T00:00", "2027-02-26T00:00"]),
        // 15 November 2026 and 15 August 2026 lie on a weekend; 1 August 2026 is a Saturday and must not leave its month.
        ("cron(0 0 15W * ? *)", ["2026-12-15T00:00", "2027-01-15T00:00", "2027-02-15T00:00"]),
        ("cron(0 0 1W 5,8 ? 2027)", ["2027-05-03T00:00", "2027-08-02T00:00"]),
        ("cron(0 0 31W * ? 2027)", ["2027-01-29T00:00", "2027-03-31T00:00", "2027-05-31T00:00"]),
        ("cron(0 0 ? * 6#3 *)", ["2026-12-18T00:00", "2027-01-15T00:00"]),
        ("cron(0 0 ? * FRI#5 *)", ["2027-01-29T00:00", "2027-04-30T00:00"]),
        ("cron(0 0 ? * 6L *)", ["2026-11-27T00:00", "2026-12-25T00:00"]),
        ("cron(0 0 ? * MONL *)", ["2026-11-30T00:00", "2026-12-28T00:00"]),
        // Leap years: 2028 is one, 2100 is none.
        ("cron(0 0 29 2 ? *)", ["2028-02-29T00:00", "2032-02-29T00:00"]),
        ("cron(0 0 29 FEB ? 2096-2104)", ["2096-02-29T00:00", "2104-02-29T00:00"]),
        ("cron(0 0 1 JAN,jul ? *)", ["2027-01-01T00:00", "2027-07-01T00:00"]),
        ("cron(0 0 1 1/5 ? 2027)", ["2027-01-01T00:00", "2027-06-01T00:00", "2027-11-01T00:00"]),
        ("cron(59 23 31 12 ? 2030/10)", ["2030-12-31T23:59", "2040-12-31T23:59"]),
        ("cron(0 0 * * ? 2025)", []),
        ("cron(0 0 30 2 ? *)", []),
        ("cron(0 0 31 12 ? 2199)", ["2199-12-31T00:00"]),
    ])
    func `cron fires when it says`(_ text: String, _ expected: [String]) throws {
        #expect(try moments(text, after: Self.start, max(1, expected.count)) == expected)
    }

    @Test func `the first firing is strictly later, to the millisecond`() throws {
        let noon = Timestamp(year: 2026, month: 11, day: 20, hour: 12)
        let expression = try ScheduleExpression("cron(0 12 * * ? *)")
        #expect(expression.next(after: Timestamp(milliseconds: noon.milliseconds - 1)) == noon)
        #expect(expression.next(after: noon) == noon + .seconds(86400))
        #expect(
            expression.next(after: Timestamp(year: 1900, month: 1, day: 1))
                == Timestamp(year: 1970, month: 1, day: 1, hour: 12))
        #expect(expression.next(after: Timestamp(year: 2200, month: 1, day: 1)) == nil)
    }

    @Test(arguments: [
        "", "rate", "rate()", "rate(0 minutes)", "rate(5)", "rate(5 minute)", "rate(1 minutes)", "rate(-1 minutes)",
        "rate(5 seconds)", "rate(1.5 hours)", "rate(5 minutes", "every day", "cron()", "cron(* * * * *)",
        "cron(* * * * ? * *)", "cron(* * * * * *)", "cron(* * ? * ? *)", "cron(60 * * * ? *)", "cron(* 24 * * ? *)",
        "cron(* * 0 * ? *)", "cron(* * 32 * ? *)", "cron(* * * 13 ? *)", "cron(* * * 0 ? *)", "cron(* * ? * 0 *)",
        "cron(* * ? * 8 *)", "cron(* * * * ? 1969)", "cron(* * * * ? 2200)", "cron(5-1 * * * ? *)",
        "cron(1, * * * ? *)",
        "cron(a * * * ? *)", "cron(*/0 * * * ? *)", "cron(*/ * * * ? *)", "cron(1/2/3 * * * ? *)",
        "cron(1-2-3 * * * ? *)",
        "cron(* * ? * 6#6 *)", "cron(* * ? * 6#0 *)", "cron(* * ? * 6# *)", "cron(* * 0W * ? *)", "cron(* * 32W * ? *)",
        "cron(* * L-31 * ? *)", "cron(* * ? * 8L *)", "cron(L * * * ? *)", "cron(? * * * ? *)", "cron(+1 * * * ? *)",
    ])
    func `what is no schedule is refused in a sentence`(_ text: String) {
        #expect { try ScheduleExpression(text) } throws: {
            ($0 as? ScheduleExpression.Problem)?.message.isEmpty == false
        }
    }

    @Test func `cron finds the same moments as trying every minute`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let random = SeededSource(seed)
        for _ in 0..<60 {
            let minute = random.below(60)
            let hour = random.below(24)
            let days = [
                "\(1 + random.below(31)) * ?", "? * \(1 + random.below(7))", "L * ?",
                "? * \(1 + random.below(7))#\(1 + random.below(5))", "* \(1 + random.below(12)) ?",
            ]
            let text = "cron(\(minute) \(hour) \(days[random.below(days.count)]) *)"
            let expression = try ScheduleExpression(text)
            let start = Timestamp(year: 2020 + random.below(40), month: 1 + random.below(12), day: 1 + random.below(28))
            guard let next = expression.next(after: start) else {
                Issue.record("\(text) never fires, seed \(seed)")
                continue
            }
            // The same expression, asked a minute before, gives the same; and nothing lies between start and it.
            #expect(expression.next(after: next + .seconds(-1)) == next, "\(text) seed \(seed)")
            let fields = next.civil
            #expect(fields.minute == minute && fields.hour == hour && fields.second == 0, "\(text) seed \(seed)")
            var moment = start
            for _ in 0..<20 {
                moment = moment + .milliseconds(random.below(Int((next - start).components.seconds)) * 1000 / 20)
                guard moment < next else { break }
                #expect(expression.next(after: moment) == next, "\(text) seed \(seed)")
            }
        }
    }
}
