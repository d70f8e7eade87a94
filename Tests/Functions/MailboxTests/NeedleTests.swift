import Testing

@testable import Mailbox

@Suite struct NeedleTests {
    @Test(arguments: [
        ("soup", "Tomato SOUP today", true), ("soup", "sou", false), ("", "", true), ("aab", "aaaab", true),
        ("ab", "aaaa", false), ("MENÜ", "das menü", true), ("two words", "two\r\n  words", true), ("é", "e", false),
    ])
    func `a text is found without regard to case and line breaks`(needle: String, text: String, isThere: Bool) {
        #expect(Needle(needle).isIn(text) == isThere)
    }

    @Test func `a needle made to break off late costs no more than one pass`() {
        let needle = Needle(String(repeating: "a", count: 20_000) + "b")
        #expect(!needle.isIn(String(repeating: "a", count: 200_000)))
        #expect(needle.isIn(String(repeating: "a", count: 200_000) + "b"))
    }
}
