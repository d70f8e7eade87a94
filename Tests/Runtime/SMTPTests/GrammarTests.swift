import MailTypes
import Testing

@testable import SMTP

@Suite struct GrammarTests {
    private func path(_ text: String) -> SMTPPath? {
        var reader = AddressReader(Octets(text: text))
        guard let path = reader.readPath(), reader.atEnd else { return nil }
        return path
    }

    @Test(arguments: [
        ("<>", SMTPPath.null), ("<postmaster>", .postmaster), ("<POSTMASTER>", .postmaster),
        ("<ann@example.org>", .mailbox(Address(localPart: "ann", domain: "example.org"))),
        ("<@a.example:ann@example.org>", .mailbox(Address(localPart: "ann", domain: "example.org"))),
        ("<@a.example,@b.example:ann@example.org>", .mailbox(Address(localPart: "ann", domain: "example.org"))),
        ("<postmaster@example.org>", .mailbox(Address(localPart: "postmaster", domain: "example.org"))),
        ("<\"a b\"@example.org>", .mailbox(Address(localPart: "a b", domain: "example.org"))),
        ("<\"a>b\"@example.org>", .mailbox(Address(localPart: "a>b", domain: "example.org"))),
    ])
    func `paths are read`(_ text: String, _ expected: SMTPPath) { #expect(path(text) == expected) }

    @Test(arguments: [
        "", "<", ">", "<<>>", "< >", "<ann>", "<ann@example.org", "ann@example.org>", "<ann@example.org>>",
        "<@a.example>",
        "<@a.example,ann@example.org>", "<@a.example,:ann@example.org>", "<@:ann@example.org>", "<postmaster2>",
        "<postmaste>",
        "<ann@[]>", "<ann@[1.2.3]>", "<ann@[1.2.3.256]>", "<ann@[:x]>", "<ann@[tag:]>", "<\"ann@example.org>",
        "<ann @example.org>",
    ])
    func `what is not a path is not read as one`(_ text: String) { #expect(path(text) == nil) }

    @Test(arguments: [
        "[1.2.3.4]", "[0.0.0.0]", "[255.255.255.255]", "[IPv6:::]", "[IPv6:::1]", "[ipv6:1::]",
        "[IPv6:1:2:3:4:5:6:7:8]",
        "[IPv6:1::8]", "[IPv6:::ffff:1.2.3.4]", "[IPv6:1:2:3:4:5:6:1.2.3.4]", "[IPv6:1:2:3:4:5:6:7::]",
        "[x-tag:any!thing]",
    ])
    func `address literals are known`(_ text: String) { #expect(AddressReader.isAddressLiteral(text)) }

    @Test(arguments: [
        "[]", "[1.2.3.4", "[1.2.3.4.5]", "[1.2.3]", "[01234.1.1.1]", "[1..2.3]", "[IPv6:]", "[IPv6:1]",
        "[IPv6:1:2:3:4:5:6:7]",
        "[IPv6:1:2:3:4:5:6:7:8:9]", "[IPv6:1::2::3]", "[IPv6::1]", "[IPv6:1:]", "[IPv6:12345::]", "[IPv6:g::]",
        "[IPv6:::1.2.3]",
        "[IPv6:1:2:3:4:5:6:7:1.2.3.4]", "[tag-:x]", "[IPv6:1:2:3:4:5:6:7:8::]",
    ])
    func `what is not an address literal is not taken for one`(_ text: String) {
        #expect(!AddressReader.isAddressLiteral(text))
    }

    @Test(arguments: [("abc", "abc"), ("a+2Bb", "a+b"), ("a+3Db", "a=b"), ("+20", " "), ("a+41", "aA")])
    func `xtext is decoded`(_ text: String, _ expected: String) {
        #expect(XText.decode(Octets(text: text)[...]) == expected)
    }

    @Test(arguments: ["+", "+4", "+4g", "+2b", "a=b", "a b", "+0D", "+0A", "+00", "+7F", "+80", "é", "a+"])
    func `xtext that is malformed or unsafe is refused`(_ text: String) {
        #expect(XText.decode(Octets(text: text)[...]) == nil)
    }

    @Test func `xtext holds UTF-8 only where it is asked for and valid`() {
        #expect(XText.decode(Octets(text: "é")[...], allowingUTF8: true) == "é")
        #expect(XText.decode(Octets(text: "+C3+A9")[...], allowingUTF8: true) == "é")
        #expect(XText.decode(Octets(text: "+C3")[...], allowingUTF8: true) == nil)
    }

    @Test func `every octet in every place of a command gets a reply`() {
        let line = Octets(text: "MAIL FROM:<a@b.example> SIZE=1 BODY=7BIT ENVID=x")
        var dialogue = Dialogue(settings: SMTPSettings(hostname: "mx.example.org", offersStartTLS: false))
        _ = dialogue.receive(Octets(text: "EHLO c"))
        for place in line.indices {
            for octet in UInt8.min...UInt8.max {
                var changed = line
                changed[place] = octet
                var session = dialogue
                switch session.receive(changed) {
                case .reply(let reply):
                    #expect((session.transaction != nil) == reply.isPositive, "\(octet) at \(place)")
                case .close, .askRecipient, .readContent, .readChunk, .skipChunk, .startTLS, .challenge, .logIn:
                    Issue.record("\(octet) at \(place) is no reply")
                }
            }
        }
    }
}
