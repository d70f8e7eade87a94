import MailTypes
import MessageFormat
import Testing

@Suite struct HeaderBuilderTests {
    @Test func `text is folded at 78 octets and reads back as it was`() throws {
        let text = String(repeating: "word and ", count: 30) + "end"
        var builder = HeaderBuilder()
        try builder.add("Subject", text: text)
        #expect(builder.octets.split(separator: .lf).allSatisfy { $0.count <= 79 })
        #expect(HeaderSection(builder.octets).unfoldedValue("Subject") == Octets(text: text))
    }

    @Test(arguments: [
        "Grüße aus Köln und eine lange Zeile, die mehr als einmal gefaltet werden muss, damit sie passt",
        "=?utf-8?Q?x?=",
        String(repeating: "x", count: 5000), String(repeating: "ü", count: 2000), "", "a  b   c", "tab\there",
    ])
    func `any text without controls comes back`(text: String) throws {
        var builder = HeaderBuilder()
        try builder.add("Subject", text: text)
        #expect(builder.octets.allSatisfy { $0 < 0x80 })
        #expect(builder.octets.split(separator: .lf).allSatisfy { $0.count <= 999 })
        let section = HeaderSection(builder.octets)
        #expect(section.fields.count == 1)
        #expect(section.text("Subject") == text.replacing("\t", with: " "))
    }

    @Test(arguments: ["a\r\nBcc: x@y", "a\nb", "a\rb", "a\u{0}b", "a\u{7F}", "a\u{1B}[0m", "a\u{85}b", "a\u{2028}b"])
    func `controls in a value are refused everywhere`(value: String) throws {
        var builder = HeaderBuilder()
        let expected = HeaderFailure(reason: .controlCharacter, field: "Subject")
        #expect(throws: expected) { try builder.add("Subject", text: value) }
        #expect(throws: expected) { try builder.add("Subject", value: value) }
        let mailbox = NamedAddress(Address(localPart: "a", domain: "b.example"), name: value)
        #expect(throws: expected) { try builder.add("Subject", addresses: [mailbox]) }
        let address = NamedAddress(Address(localPart: value, domain: "b.example"))
        #expect(throws: expected) { try builder.add("Subject", addresses: [address]) }
        #expect(builder.octets.isEmpty)
        builder.addCleaned("Subject", text: value)
        #expect(HeaderSection(builder.octets).fields.count == 1)
        #expect(builder.octets.filter { $0 < 0x20 } == [.cr, .lf])
    }

    @Test(arguments: ["", "A b", "A:", "Ä", "A\r\nB", String(repeating: "a", count: 77)])
    func `a name that is none is refused`(name: String) {
        var builder = HeaderBuilder()
        #expect(throws: HeaderFailure(reason: .name, field: name)) { try builder.add(name, text: "x") }
    }

    @Test func `a word that no line can hold is refused where it cannot be encoded`() {
        var builder = HeaderBuilder()
        #expect(throws: HeaderFailure(reason: .tooLong, field: "X")) {
            try builder.add("X", value: String(repeating: "x", count: 1000))
        }
        #expect(builder.octets.isEmpty)
    }

    @Test func `addresses are quoted and encoded as they need and read back`() throws {
        let mailboxes = [
            NamedAddress(try #require(Address("a@b.example"))),
            NamedAddress(try #require(Address("c@b.example")), name: "Plain Name"),
            NamedAddress(try #require(Address("d@b.example")), name: "Doe, \"J\" \\ <x>"),
            NamedAddress(try #require(Address("e@b.example")), name: "Jörg"),
            NamedAddress(try #require(Address("\"q l\"@b.example")), name: " padded "),
        ]
        var builder = HeaderBuilder()
        try builder.add("To", addresses: mailboxes)
        let header = HeaderSection(builder.octets)
        let list = AddressList.parse(try #require(header.unfoldedValue("To")))
        #expect(list.map(\.address) == mailboxes.map(\.address))
        #expect(list.map { $0.name.map { EncodedWord.decode($0) } } == mailboxes.map(\.name))
    }

    @Test func `an empty value has no trailing blank`() throws {
        var builder = HeaderBuilder()
        try builder.add("X-MS-Journal-Report", value: "")
        #expect(builder.octets == Octets(text: "X-MS-Journal-Report:\r\n"))
    }
}

@Suite struct MessageBuilderTests {
    private func build(_ part: OutgoingPart) -> (Octets, BodyPart) {
        let content = MessageBuilder.build(HeaderBuilder(), part)
        return (content, MessageSummary(content: content).structure)
    }

    @Test(arguments: [
        "plain\nlines\n", "ends without", "Grüße\nund mehr\n", String(repeating: "x", count: 3000) + "\n",
        "trailing blanks \t \nnext",
        "From here\n.\n..\n", "", "=3D literal =\n", "a\r\nb\rc\n",
    ])
    func `text arrives as it was, in lines that every carrier takes`(text: String) {
        let (content, part) = build(.text(text))
        #expect(content.allSatisfy { $0 < 0x80 })
        #expect(content.split(separator: .lf).allSatisfy { $0.count <= 999 })
        let decoded = TransferDecoder.decode(content[part.body], encoding: part.transferEncoding)
        let expected = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n").replacing("\n", with: "\r\n")
        #expect(decoded.text == expected)
    }

    @Test func `what octets demand is declared, on the whole and on the part`() throws {
        let eightBit = Octets(text: "ü\r\n")
        let binary = Octets(text: "a\nb\u{0}")
        for (octets, encoding) in [(Octets(text: "a\r\n"), "7bit"), (eightBit, "8bit"), (binary, "binary")] {
            let (content, root) = build(
                .multipart("mixed", seed: "s", [.text("x"), .unchanged(octets, type: "application/octet-stream")]))
            #expect(root.transferEncoding == encoding)
            let part = try #require(root.parts.last)
            #expect(part.transferEncoding == encoding && Octets(content[part.body]) == octets)
        }
    }

    @Test func `a boundary starts no line of any part`() throws {
        let (first, root) = build(.multipart("mixed", seed: "s", [.text("x")]))
        #expect(root.parts.count == 1)
        let boundary = try #require(root.parameter("boundary"))
        let inner = OutgoingPart.unchanged(Octets(text: "--") + boundary + Octets(text: "\r\n"), type: "text/x-raw")
        let (content, other) = build(.multipart("mixed", seed: "s", [inner]))
        #expect(other.parts.count == 1 && other.parameter("boundary") != boundary)
        #expect(content != first)
        // The same seed gives the same octets again.
        #expect(build(.multipart("mixed", seed: "s", [.text("x")])).0 == first)
    }
}
