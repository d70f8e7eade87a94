import MailTypes
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        (Int64(0), "Thu, 1 Jan 1970 00:00:00 +0000"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 +0000"),
        (1_795_196_178, "Fri, 20 Nov 2026 17:36:18 +0000"), (-1, "Wed, 31 Dec 1969 23:59:59 +0000"),
        (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 +0000"), (4_107_542_400, "Mon, 1 Mar 2100 00:00:00 +0000"),
        (-2_208_988_800, "Mon, 1 Jan 1900 00:00:00 +0000"), (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 +0000"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 +0000"),
    ])
    func `known moments have their known names`(_ seconds: Int64, _ text: String) {
        #expect(Timestamp(seconds: seconds).rfc5322 == text)
    }

    @Test func `each format is written as its standard says`() {
        let moment = Timestamp(
            milliseconds: Timestamp(year: 2026, month: 3, day: 5, hour: 7, minute: 8, second: 9).milliseconds + 45)
        #expect(moment.rfc5322 == "Thu, 5 Mar 2026 07:08:09 +0000")
        #expect(moment.httpDate == "Thu, 05 Mar 2026 07:08:09 GMT")
        #expect(moment.imapInternalDate == " 5-Mar-2026 07:08:09 +0000")
        #expect(moment.rfc3339 == "2026-03-05T07:08:09.045Z")
    }

    @Test func `calendar and moment are the inverse of each other on every day of 800 years`() {
        var weekday = Timestamp(year: 1600, month: 1, day: 1).civil.weekday
        #expect(weekday == 6)
        var previous = Timestamp(year: 1599, month: 12, day: 31)
        for day in 0..<292_194 {
            let moment = Timestamp(
                seconds: Timestamp(year: 1600, month: 1, day: 1).seconds + Int64(day) * 86_400 + 86_399)
            let t = moment.civil
            let again = Timestamp(
                year: t.year, month: t.month, day: t.day, hour: t.hour, minute: t.minute, second: t.second)
            guard again == moment, t.weekday == weekday, previous < moment, (1...12).contains(t.month),
                (1...31).contains(t.day)
            else {
                Issue.record("day \(day) became \(t)")
                return
            }
            previous = moment
            weekday = (weekday + 1) % 7
        }
    }

    @Test func `fields out of range carry over`() {
        #expect(Timestamp(year: 2026, month: 2, day: 29) == Timestamp(year: 2026, month: 3, day: 1))
        #expect(Timestamp(year: 2026, month: 1, day: 1, hour: 25) == Timestamp(year: 2026, month: 1, day: 2, hour: 1))
        #expect(
            Timestamp(year: 2026, month: 1, day: 1, second: -1)
                == Timestamp(year: 2025, month: 12, day: 31, hour: 23, minute: 59, second: 59))
    }

    @Test func `moments are compared, moved and subtracted to the millisecond`() {
        let start = Timestamp(milliseconds: 1_500)
        #expect(start + .milliseconds(501) == Timestamp(milliseconds: 2_001))
        #expect(start + .seconds(-2) == Timestamp(milliseconds: -500))
        #expect(Timestamp(milliseconds: 2_001) - start == .milliseconds(501))
        #expect(Timestamp(milliseconds: -500).seconds == -1)
        #expect(Timestamp(milliseconds: 999).seconds == 0)
        #expect(Timestamp(milliseconds: -1_000).seconds == -1)
    }

    @Test func `RFC 3339 is read with fraction and offset, nonsense is not`() {
        let moment = Timestamp(year: 2026, month: 5, day: 4, hour: 10)
        #expect(Timestamp(rfc3339: "2026-05-04T10:00:00Z") == moment)
        #expect(
            Timestamp(rfc3339: "2026-05-04T12:00:00.25+02:00") == Timestamp(milliseconds: moment.milliseconds + 250))
        #expect(Timestamp(rfc3339: "2026-05-04 07:30:00-02:30") == moment)
        #expect(Timestamp(rfc3339: moment.rfc3339) == moment)
        for text in [
            "", "2026", "2026-13-04T10:00:00Z", "2026-05-04T10:00:00", "2026-05-04T10:00:00.Z",
            "2026-05-04T10:00:00+0200", "2026-05-04T10:00:00Zx", "2026-05-04T24:00:00Z", "x026-05-04T10:00:00Z",
        ] { #expect(Timestamp(rfc3339: text) == nil, "\(text)") }
    }
}
