import FunctionRuntime
import MailTypes
import Testing

@testable import Mailbox

@Suite struct SearchVerdictTests {
    private let item = Item(
        id: ItemID(Identifier128(high: 1, low: 1)), uid: UID(7), modSeq: ModSeq(5),
        flags: Flags(.seen, keywords: ["$Work"]),
        internalDate: Timestamp(year: 2026, month: 11, day: 20, hour: 23, minute: 59),
        saveDate: Timestamp(year: 2026, month: 11, day: 21), size: 100, summary: [])

    @Test func `what a row says is decided without opening anything`() {
        let day = Int(Timestamp(year: 2026, month: 11, day: 20).seconds / 86400)
        let cases: [(SearchCriterion, Bool?)] = [
            (.all, true), (.none, false), (.flag(.seen), true), (.flag(.deleted), false), (.keyword("$work"), true),
            (.larger(100), false), (.larger(99), true), (.smaller(100), false), (.smaller(101), true),
            (.uids([1...6, 8...9]), false), (.uids([1...6, 7...9]), true), (.modSeq(atLeast: ModSeq(5)), true),
            (.modSeq(atLeast: ModSeq(6)), false), (.day(.received, day..<(day + 1)), true),
            (.day(.saved, day..<(day + 1)), false),
            (.body("x"), nil), (.not(.body("x")), nil), (.and([.body("x"), .flag(.deleted)]), false),
            (.and([.body("x"), .flag(.seen)]), nil), (.or([.body("x"), .flag(.seen)]), true),
            (.or([.body("x"), .none]), nil),
            (.and([]), true), (.or([]), false),
        ]
        for (criterion, expected) in cases { #expect(criterion.verdict(onFactsOf: item) == expected, "\(criterion)") }
    }

    @Test func `days before 1970 are days too`() {
        #expect(SearchCriterion.day(of: Timestamp(milliseconds: -1)) == -1)
        #expect(SearchCriterion.day(of: Timestamp(seconds: -86400)) == -1)
        #expect(SearchCriterion.day(of: Timestamp(seconds: 0)) == 0)
    }

    @Test func `what is cheap is asked first`() {
        let criterion = SearchCriterion.and([.body("x"), .header("subject", "y"), .flag(.seen), .header("x-none", "z")])
        #expect(
            criterion.cheapestFirst
                == .and([.flag(.seen), .header("subject", "y"), .header("x-none", "z"), .body("x")]))
    }
}
