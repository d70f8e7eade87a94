import MailTypes
import MessageFormat
import Testing

/// A message of these lines, CRLF-ended.
func message(_ lines: String...) -> Octets { Octets(text: lines.map { $0 + "\r\n" }.joined()) }

@Suite struct MessageSummaryTests {
    @Test func `a plain message has its envelope, one part and a preview`() throws {
        let content = message(
            "From: Ann <ann@example.org>", "To: bob@example.net, \"C. D\" <cd@example.net>", "Subject: Hello",
            " there", "Message-ID: <1@example.org>", "Date: Fri, 20 Nov 2026 17:36:18 +0000", "",
            "Some  words", "of text.")
        let summary = MessageSummary(content: content)
        #expect(summary.envelope.subject == Octets(text: "Hello there"))
        #expect(summary.envelope.from.first?.address == Address("ann@example.org"))
        #expect(summary.envelope.to.map { $0.name?.text } == [nil, "C. D"])
        #expect(summary.envelope.messageID == Octets(text: "<1@example.org>"))
        #expect(summary.structure.type == "text")
        #expect(summary.structure.lines == 2)
        #expect(content[summary.structure.body].elementsEqual("Some  words\r\nof text.\r\n".utf8))
        #expect(summary.preview == "Some words of text.")
        #expect(MessageSummary(encoded: summary.encoded()) == summary)
    }

    @Test func `a multipart's parts have their places`() throws {
        let content = message(
            "Content-Type: multipart/mixed; boundary=\"b 1\"", "", "preamble", "--b 1", "", "one", "--b 1 ",
            "Content-Type: text/html; charset=utf-8", "Content-Disposition: attachment; filename*0*=utf-8''%C3%A4;",
            " filename*1=.html", "Content-Transfer-Encoding: Base64", "", "aGk=", "", "--b 1--", "epilogue")
        let summary = MessageSummary(content: content)
        let root = summary.structure
        #expect(root.type == "multipart" && root.subtype == "mixed")
        try #require(root.parts.count == 2)
        #expect(content[root.parts[0].body].elementsEqual("one".utf8))
        #expect(content[root.parts[1].body].elementsEqual("aGk=\r\n".utf8))
        #expect(root.parts[1].lines == 1)
        #expect(root.parts[1].transferEncoding == "base64")
        #expect(root.parts[1].fileName == Octets(text: "ä.html"))
        #expect(root.body.upperBound == content.count)
        #expect(summary.preview == "one")
        #expect(MessageSummary(encoded: summary.encoded()) == summary)
    }

    @Test func `a message inside has its envelope and its numbers`() throws {
        let content = message(
            "Content-Type: multipart/mixed; boundary=o", "", "--o", "Content-Type: message/rfc822", "",
            "Subject: inner", "Content-Type: multipart/alternative; boundary=i", "", "--i", "", "plain", "--i",
            "Content-Type: text/html", "", "<p>html", "--i--", "--o--")
        let root = MessageSummary(content: content).structure
        let inner = try #require(root.part(at: [1]))
        #expect(inner.isMessage)
        #expect(inner.envelope?.subject == Octets(text: "inner"))
        #expect(inner.parts.count == 1)
        #expect(try content[#require(root.part(at: [1, 2])).body].elementsEqual("<p>html".utf8))
        #expect(root.part(at: [1, 3]) == nil)
        #expect(root.part(at: [2]) == nil)
        #expect(content[inner.body].starts(with: "Subject: inner".utf8))
    }

    @Test func `too deep a structure ends in an opaque part`() {
        var content: Octets = []
        for level in 0..<300 {
            content += message("Content-Type: multipart/mixed; boundary=b\(level)", "", "--b\(level)")
        }
        let summary = MessageSummary(content: content)
        var part = summary.structure
        var depth = 0
        while let next = part.parts.first { (part, depth) = (next, depth + 1) }
        #expect(depth == FormatLimits.standard.depth)
        #expect(part.type == "application" && part.subtype == "octet-stream")
        #expect(part.body.upperBound == content.count)
        #expect(MessageSummary(encoded: summary.encoded()) == summary)
    }
}
