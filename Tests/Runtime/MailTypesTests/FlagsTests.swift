import MailTypes
import Testing

@Suite struct FlagsTests {
    @Test func `keywords are one whatever their case, sorted, and kept as first written`() {
        var flags = Flags([.seen], keywords: ["$Work", "$forwarded", "$WORK"])
        #expect(flags.keywords == ["$forwarded", "$Work"])
        #expect(flags.contains(keyword: "$work"))
        flags.insert(keyword: "$Forwarded")
        #expect(flags.keywords == ["$forwarded", "$Work"])
        flags.remove(keyword: "$FORWARDED")
        #expect(flags.keywords == ["$Work"])
    }

    @Test func `flags are united and subtracted`() {
        var flags = Flags([.seen, .flagged], keywords: ["a"])
        flags.formUnion(Flags([.draft], keywords: ["B", "A"]))
        #expect(flags == Flags([.seen, .flagged, .draft], keywords: ["a", "B"]))
        flags.subtract(Flags([.seen], keywords: ["b"]))
        #expect(flags == Flags([.flagged, .draft], keywords: ["a"]))
    }

    @Test func `flags are the same in whatever order they were set`() {
        let words = ["x", "b", "$Junk", "a", "$NotJunk"]
        let one = Flags(keywords: words)
        let other = Flags(keywords: words.reversed())
        #expect(one == other)
        #expect(one.keywords == other.keywords)
    }

    @Test func `each system flag has one bit and one name`() {
        #expect(Set(Flags.System.named.map(\.0.rawValue)).count == 5)
        #expect(Flags.System.named.reduce(0) { $0 | $1.0.rawValue } == 31)
        #expect(Set(Flags.System.named.map(\.1)) == ["\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"])
    }
}
