import MailTypes
import MessageFormat
import Testing

@Suite struct ContentCheckTests {
    private static let original = message(
        "Return-Path: <ann@sender.example>", "Received: from a by b; Fri, 20 Nov 2026 17:36:19 +0000",
        "X-SES-Spam-Verdict: PASS",
        "From: =?utf-8?q?J=C3=B6rg?= <ann@sender.example>", "To: bob@demo.mailroom.test", "Subject: Offer",
        "Date: Fri, 20 Nov 2026 17:36:18 +0000", "Message-ID: <1@sender.example>", "", "Hello")

    private func objection(_ content: Octets, limits: ContentCheck = ContentCheck()) -> String? {
        limits.objection(to: content, inPlaceOf: HeaderSection(Self.original))
    }

    private func changed(_ part: String, to other: String) -> Octets {
        Octets(text: Self.original.text.replacing(part, with: other))
    }

    /// The original with another body, which brings its own MIME fields.
    private func with(_ lines: String...) -> Octets {
        let header = Self.original.text.replacing("\r\n\r\nHello\r\n", with: "\r\n")
        return Octets(text: header + lines.joined(separator: "\r\n"))
    }

    @Test func `the same content, another subject, body, recipient or new field is fine`() {
        #expect(objection(Self.original) == nil)
        #expect(objection(changed("Offer", to: "[EXTERNAL] Offer")) == nil)
        #expect(objection(changed("Hello", to: "Bye")) == nil)
        #expect(objection(changed("bob@", to: "eve@")) == nil)
        #expect(objection(changed("Subject:", to: "X-New: 1\r\nSubject:")) == nil)
    }

    @Test func `fields that a library folds or encodes anew keep their value`() {
        #expect(objection(changed("from a by b; Fri", to: "from a\r\n by b;\r\n Fri")) == nil)
        #expect(objection(changed("=?utf-8?q?J=C3=B6rg?=", to: "=?utf-8?b?SsO2cmc=?=")) == nil)
    }

    @Test func `a message that Python's email library wrote anew is taken`() throws {
        // email.policy.SMTP folds long trace fields and turns long words of theirs into encoded-words.
        let original = try #require(GoldenFile("update-original.eml").read())
        let updated = try #require(GoldenFile("update-by-python.eml").read())
        #expect(updated != original)
        #expect(ContentCheck().objection(to: updated, inPlaceOf: HeaderSection(original)) == nil)
        let forged = Octets(text: updated.text.replacing("192.0.2.1", with: "192.0.2.2"))
        #expect(ContentCheck().objection(to: forged, inPlaceOf: HeaderSection(original)) != nil)
    }

    @Test(arguments: [
        ("<1@sender.example>", "<2@sender.example>", "Message-ID"), ("17:36:18", "17:36:17", "Date"),
        ("<ann@sender.example>\r\nTo", "<eve@sender.example>\r\nTo", "From"),
        ("To:", "Sender: x@y.example\r\nTo:", "Sender"),
        ("Return-Path: <ann@", "Return-Path: <eve@", "Return-Path"), ("from a by b", "from c by b", "Received"),
        ("Received:", "Received: from z by a; x\r\nReceived:", "Received"),
        ("Verdict: PASS", "Verdict: FAIL", "X-SES-Spam-Verdict"),
        ("X-SES-Spam-Verdict: PASS\r\n", "", "X-SES-Spam-Verdict"), ("To:", "X-SES-Other: 1\r\nTo:", "X-SES-Other"),
    ])
    func `immutable fields keep their value`(part: String, other: String, field: String) {
        #expect(objection(changed(part, to: other)) == "The header field \(field) must keep its value.")
    }

    @Test func `required fields are there and unique fields are there once`() {
        #expect(objection(changed("Date:", to: "X-Date:")) == "The header field Date is missing.")
        #expect(
            objection(changed("Subject:", to: "Subject: one\r\nsubject:"))
                == "The header field Subject occurs more than once.")
        let missing = message("From: a@b", "", "")
        #expect(
            ContentCheck().objection(to: missing, inPlaceOf: HeaderSection(missing))
                == "The header field Date is missing.")
    }

    @Test func `lines are at most 1000 octets with their CRLF`() {
        #expect(objection(changed("Hello", to: String(repeating: "a", count: 998))) == nil)
        #expect(
            objection(changed("Hello", to: String(repeating: "a", count: 999))) == "Line 10 is longer than 1000 octets."
        )
        #expect(objection(changed("Hello", to: "a\rb")) == "Line 10 holds a carriage return that does not end it.")
    }

    @Test func `every multipart is well-formed`() {
        let type = "Content-Type: multipart/mixed; boundary=b"
        #expect(objection(with(type, "", "--b", "", "x", "--b--", "")) == nil)
        #expect(objection(with(type, "", "--b", "", "x", "")) == "A multipart is not ended by its closing boundary.")
        #expect(objection(with(type, "", "nothing", "")) == "A multipart has no parts.")
        #expect(objection(with("Content-Type: multipart/mixed", "", "x")) == "A multipart has no usable boundary.")
        #expect(
            objection(with(type, "", "--b", "not a field", "", "x", "--b--", ""))
                == "A line of a header section is not a header field.")
    }

    @Test(arguments: ["setup.exe", "SETUP.EXE", "a.pdf.vbs", "x.js.", "x.js .", "=?utf-8?q?a=2Eexe?=", "x.e\u{202E}xe"])
    func `attachments of unsupported types are refused by their name`(name: String) throws {
        let content = with(
            "Content-Type: multipart/mixed; boundary=b", "", "--b", "Content-Type: application/octet-stream",
            "Content-Disposition: attachment; filename=\"\(name)\"", "", "x", "--b--", "")
        #expect(try #require(objection(content)).hasPrefix("Attachments of type ."))
    }

    @Test func `an unsupported type hides neither in RFC 2231 pieces nor in a message inside`() {
        let inner = [
            "Content-Type: message/rfc822", "", "Content-Type: application/x; name*0*=utf-8''a.e; name*1=xe", "", "x",
        ]
        let content = with(
            "Content-Type: multipart/mixed; boundary=b", "", "--b", inner.joined(separator: "\r\n"), "--b--", "")
        #expect(objection(content) == "Attachments of type .exe are not supported.")
    }

    @Test func `size, decoded size and attachments have limits`() {
        var check = ContentCheck()
        check.mimeOctets = Self.original.count
        #expect(objection(Self.original, limits: check) == nil)
        check.mimeOctets -= 1
        #expect(objection(Self.original, limits: check) != nil)
        let part = "--b\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\nYWJj\r\n"
        let content = with("Content-Type: multipart/mixed; boundary=b", "", part + part + "--b--", "")
        check = ContentCheck()
        check.decodedOctets = 6
        check.attachments = 2
        #expect(objection(content, limits: check) == nil)
        check.decodedOctets = 5
        #expect(objection(content, limits: check) == "The decoded parts have 6 octets; at most 5 are allowed.")
        check.attachments = 1
        #expect(objection(content, limits: check) == "There are 2 attachments; at most 1 are allowed.")
    }
}
