import FunctionRuntime
import MailTypes
import Testing

@testable import IMAP

@Suite struct NamesTests {
    @Test(arguments: [
        ("INBOX", "INBOX"), ("Entwürfe", "Entw&APw-rfe"), ("A&B", "A&-B"), ("台北", "&U,BTFw-"),
        ("日本語/x", "&ZeVnLIqe-/x"),
        ("😀", "&2D3eAA-"), ("~peter/mail/台北", "~peter/mail/&U,BTFw-"),
    ])
    func `a name goes to mUTF-7 and back`(name: String, wire: String) {
        #expect(ModifiedUTF7.encode(name).text == wire)
        #expect(ModifiedUTF7.decode(Octets(text: wire)) == name)
    }

    @Test(arguments: [
        "&", "a&b", "&AGE-", "&APw", "&2D0-", "&U,BTFw-&ZeVnLIqe-", "ü", "&AP-", "a\u{7F}b", "&====-", "\u{0}",
    ])
    func `what is not the one form of a name is no name`(wire: String) {
        #expect(ModifiedUTF7.decode(Octets(text: wire)) == nil)
    }

    @Test func `every name comes back as it was`() {
        let random = SeededRandom(11)
        for _ in 0..<500 {
            var name = ""
            for _ in 0..<(random.next() % 12) {
                guard let scalar = Unicode.Scalar(UInt32(random.next() % 0x11000)), scalar.value >= 0x20 else {
                    continue
                }
                name.unicodeScalars.append(scalar)
            }
            #expect(ModifiedUTF7.decode(ModifiedUTF7.encode(name)) == name)
        }
    }

    @Test func `paths are parts without empty ones, and INBOX in whatever case`() {
        let names = FolderName()
        #expect(names.path(Octets(text: "inbox/Sub/")) == ["INBOX", "Sub"])
        #expect(names.path(Octets(text: "a/inbox")) == ["a", "inbox"])
        #expect(names.path(Octets(text: "a//b")) == nil)
        #expect(names.path(Octets(text: "/")) == nil)
        #expect(names.path([]) == nil)
        #expect(names.path(Octets(repeating: 0x61, count: 1001)) == nil)
        #expect(FolderName(isUTF8: true).path([0xFF]) == nil)
        #expect(FolderName(isUTF8: true).path(Octets(text: "a\u{85}b")) == nil)
    }

    @Test func `a delimiter within a name of another door is shown as its look-alike`() {
        let names = FolderName(isUTF8: true)
        let wire = names.wire(["a/b", "c"])
        #expect(wire.text == "a\u{2215}b/c")
        #expect(names.path(wire) == ["a/b", "c"])
    }

    @Test(arguments: [
        ("*", "a/b", true), ("%", "a/b", false), ("%", "ab", true), ("%/%", "a/b", true), ("a*", "a", true),
        ("*b", "a/b", true),
        ("%b", "a/b", false), ("inbox", "INBOX", true), ("in%/x", "INBOX/x", true), ("INBOX/X", "INBOX/x", false),
        ("inboxes", "INBOXes", false), ("**%%*", "anything/at/all", true), ("", "a", false), ("a%c*e", "abc/d/e", true),
        ("a*b*c", "a/c/b/x", false), ("%%", "a/b", false),
    ])
    func `patterns match as RFC 9051 says`(pattern: String, name: String, matches: Bool) {
        #expect(ListPattern(Octets(text: pattern)).matches(Octets(text: name)) == matches)
    }

    @Test func `a pattern made to backtrack is no work`() {
        let pattern = ListPattern(Octets(text: String(repeating: "%*a", count: 300)))
        #expect(!pattern.matches(Octets(repeating: 0x61, count: 250) + Octets(text: "b")))
        #expect(pattern.matches(Octets(repeating: 0x61, count: 300)))
    }
}
