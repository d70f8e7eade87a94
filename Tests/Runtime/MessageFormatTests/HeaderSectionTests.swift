import MailTypes
import MessageFormat
import Testing

@Suite struct HeaderSectionTests {
    private func names(_ header: HeaderSection) -> [String] { header.fields.map { header.name(of: $0).text } }

    @Test func `fields keep their octets and their order`() throws {
        let content = message("A: 1", "B:2", " folded", "\tagain", "a: 3", "", "C: body")
        let header = HeaderSection(content)
        #expect(names(header) == ["A", "B", "a"])
        #expect(header.unfoldedValue("b") == Octets(text: "2 folded\tagain"))
        #expect(header.all("A").map { header.unfoldedValue(of: $0).text } == ["1", "3"])
        #expect(header.count("a") == 2 && header.count("C") == 0)
        let second = try #require(header.first("B"))
        #expect(content[second.whole].elementsEqual("B:2\r\n folded\r\n\tagain\r\n".utf8))
        #expect(content[second.value].elementsEqual("2\r\n folded\r\n\tagain".utf8))
        #expect(content[header.bodyStart...].elementsEqual("C: body\r\n".utf8))
    }

    @Test func `LF alone ends lines too, and endings may be mixed`() {
        let header = HeaderSection(Octets(text: "A: 1\nB: 2\r\n  x\nC: 3\n\nbody"))
        #expect(names(header) == ["A", "B", "C"])
        #expect(header.unfoldedValue("B") == Octets(text: "2  x"))
        #expect(Octets(header.content[header.bodyStart...]).text == "body")
    }

    @Test func `a bare CR ends nothing`() {
        let header = HeaderSection(Octets(text: "A: 1\rB: 2\r\n\r\nbody"))
        #expect(names(header) == ["A"])
        #expect(header.unfoldedValue("A") == Octets(text: "1 B: 2"))
    }

    @Test(arguments: [
        "", "\r\n", "\n", "\r", "A", "A:", "A:\r\n", ":", ": x", " ", " \r\n", "A: 1", "A: 1\r\n", "A: 1\r\n ",
        "A: 1\r\n \r\n",
        "\u{0}", "A: 1\r\n\r",
    ])
    func `any start of a message is read to its end`(text: String) {
        let content = Octets(text: text)
        let header = HeaderSection(content)
        #expect(header.bodyStart <= content.count)
        #expect(header.fields.last?.whole.upperBound ?? 0 <= header.bodyStart)
    }

    @Test func `lines that are no fields stand between fields without a name`() {
        let header = HeaderSection(
            message("From ann Fri Nov 20 17:36:18 2026", "no colon", "A b: x", "\u{1}: x", "Subject : y", ""))
        #expect(names(header) == ["", "", "", "", "Subject"])
        #expect(header.text("Subject") == "y")
    }

    @Test func `a line of blanks folds, it does not end the section`() {
        let header = HeaderSection(message("A: 1", " \t", "B: 2", "", "x"))
        #expect(names(header) == ["A", "B"])
        #expect(header.unfoldedValue("A") == Octets(text: "1"))
    }

    @Test func `NUL in a value becomes a blank, in a name it makes no field`() {
        let header = HeaderSection(Octets(text: "A: x\u{0}y\r\nB\u{0}: z\r\n\r\n"))
        #expect(header.unfoldedValue("A") == Octets(text: "x y"))
        #expect(names(header) == ["A", ""])
    }

    @Test func `fields beyond the limit are skipped, the body is still found`() {
        var limits = FormatLimits()
        limits.headerFields = 3
        let header = HeaderSection(message("A: 1", "B: 2", "C: 3", "D: 4", "E: 5", "", "body"), in: nil, limits: limits)
        #expect(names(header) == ["A", "B", "C"])
        #expect(Octets(header.content[header.bodyStart...]).text == "body\r\n")
    }

    @Test func `a million fields, a field of 10 MB and a folded one of 10 MB are one pass`() {
        let many = Octets(text: String(repeating: "A: b\r\n", count: 1_000_000) + "\r\nx")
        #expect(HeaderSection(many).fields.count == FormatLimits.standard.headerFields)
        #expect(HeaderSection(many).bodyStart == many.count - 1)
        let long = Octets(text: "Subject: " + String(repeating: "x", count: 10_000_000) + "\r\n\r\n")
        #expect(HeaderSection(long).fields.count == 1)
        let folded = Octets(text: "To: a@b" + String(repeating: ",\r\n a@b", count: 1_000_000) + "\r\n\r\n")
        let summary = MessageSummary(content: folded)
        #expect(summary.envelope.to.count == FormatLimits.standard.addressesPerField)
        #expect(summary.encoded().count < FormatLimits.standard.summaryOctets)
    }

    @Test func `a part of the content has a header section of its own`() {
        let content = message("A: 1", "", "B: 2", "", "x")
        let header = HeaderSection(content, in: 8..<content.count)
        #expect(names(header) == ["B"])
        #expect(header.start == 8 && Octets(content[header.bodyStart...]).text == "x\r\n")
    }

    @Test func `received fields are counted, ids are found without brackets`() {
        let header = HeaderSection(
            message("Received: a", "received: b", "X-Received: c", "Message-ID:  <a.b@c> (x)", ""))
        #expect(ReceivedHeaders.count(in: header) == 2)
        #expect(header.messageID == "a.b@c")
        for (value, id) in [
            ("", nil), ("<>", nil), ("<a b@c>", nil), ("<a@b", nil), ("a@b", "a@b"), ("<a@b><c@d>", "a@b"),
        ] {
            #expect(HeaderSection(message("Message-ID: \(value)", "")).messageID == id)
        }
    }

    @Test func `the addresses for rules are Sender and the first From`() {
        let header = HeaderSection(
            message(
                "From: \"Doe, J\" <j@x.example>, group: a@y.example;, broken", "From: second@x.example",
                "Sender: Sec <s@z.example>", ""))
        let (sender, from) = senderAddresses(of: header)
        #expect(sender == Address("s@z.example"))
        #expect(from == [Address("j@x.example"), Address("a@y.example")])
        #expect(senderAddresses(of: HeaderSection(message("From: a@x <b@y>", ""))).from == [Address("b@y")])
        #expect(senderAddresses(of: HeaderSection(message("From: <>", ""))).from == [])
        #expect(senderAddresses(of: HeaderSection(message("From: a\u{0}b@c.example", ""))).from == [])
    }
}
