import MailTypes
import MessageFormat
import Testing

@Suite struct StructureTests {
    /// A structure as `mixed(plain alternative(plain html))`, with the octets of each leaf when asked.
    private func shape(_ content: Octets) -> String { shape(MessageSummary(content: content).structure) }

    private func shape(_ part: BodyPart) -> String {
        part.parts.isEmpty ? part.subtype : part.subtype + "(" + part.parts.map(shape).joined(separator: " ") + ")"
    }

    private func leaves(_ content: Octets) -> [String] {
        var texts: [String] = []
        MessageSummary(content: content).structure.forEach { part in
            if part.parts.isEmpty { texts.append(Octets(content[part.body]).text) }
        }
        return texts
    }

    private func multipart(_ lines: String..., type: String = "mixed", boundary: String = "b", end: String = "\r\n")
        -> Octets
    {
        Octets(
            text: "Content-Type: multipart/\(type); boundary=\"\(boundary)\"\r\n\r\n" + lines.joined(separator: "\r\n")
                + end)
    }

    @Test func `an unended multipart ends with the content`() {
        #expect(leaves(multipart("--b", "", "x", "--b", "", "y", end: "")) == ["x", "y"])
        #expect(leaves(multipart("--b", "", "x", "--b", end: "")) == ["x", ""])
    }

    @Test func `a part without blank line has a header section only`() {
        let content = multipart("--b", "Content-Type: text/html", "--b", "", "--b--")
        #expect(shape(content) == "mixed(html plain)")
        #expect(leaves(content) == ["", ""])
    }

    @Test func `a multipart without boundary is text, one without parts shows one`() {
        #expect(shape(message("Content-Type: multipart/mixed", "", "--b", "", "x")) == "plain")
        #expect(shape(multipart("--b", boundary: "")) == "plain")
        #expect(shape(multipart("--b", boundary: String(repeating: "b", count: 251))) == "plain")
        let content = multipart("nothing here")
        #expect(shape(content) == "mixed(plain)")
        #expect(leaves(content) == ["nothing here\r\n"])
    }

    @Test func `a boundary that starts another is not taken for it`() {
        let content = multipart(
            "--b", "Content-Type: multipart/alternative; boundary=bb", "", "--bb", "", "one", "--bbb", "still",
            "--bb--", "--b-", "--b",
            "", "two", "--b--")
        #expect(shape(content) == "mixed(alternative(plain) plain)")
        #expect(leaves(content) == ["one\r\n--bbb\r\nstill", "two"])
    }

    @Test func `an outer boundary ends the inner multipart`() {
        let content = multipart(
            "--b", "Content-Type: multipart/alternative; boundary=i", "", "--i", "", "one", "--b", "", "two", "--i",
            "not a part", "--b--")
        #expect(shape(content) == "mixed(alternative(plain) plain)")
        #expect(leaves(content) == ["one", "two\r\n--i\r\nnot a part"])
    }

    @Test func `blanks after a boundary are forgiven, dashes and text are not`() {
        #expect(
            leaves(multipart("--b \t", "", "x", "--bx", "--b- -", "-- b", " --b", "--b-- ")) == [
                "x\r\n--bx\r\n--b- -\r\n-- b\r\n --b"
            ])
    }

    @Test func `boundaries with blanks, quotes and folding are read`() {
        let content = Octets(
            text:
                "Content-Type: multipart/mixed; boundary=\"f\\oo\r\n bar\"\r\n\r\n--foo bar\r\n\r\nhello\r\n\r\n--foo bar--\r\n"
        )
        #expect(leaves(content) == ["hello\r\n"])
        #expect(MessageSummary(content: content).structure.parts.first?.lines == 1)
    }

    @Test func `LF content has the same structure, its octets kept`() {
        let content = Octets(text: "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n\n--b--\n")
        #expect(leaves(content) == ["one", "two\n"])
    }

    @Test func `the parts of a digest are messages`() throws {
        let content = multipart(
            "--b", "", "Subject: one", "", "x", "--b", "Content-Type: text/plain", "", "y", "--b--", type: "digest")
        #expect(shape(content) == "digest(rfc822(plain) plain)")
        #expect(MessageSummary(content: content).structure.parts[0].envelope?.subject?.text == "one")
    }

    @Test func `a message inside a message inside keeps places, lines and envelopes`() throws {
        let innermost = "Subject: three\r\n\r\nthree\r\nlines\r\nhere"
        let middle = "Subject: two\r\nContent-Type: message/rfc822\r\n\r\n" + innermost
        let content = multipart("--b", "Content-Type: message/rfc822", "", middle, "--b--")
        let root = MessageSummary(content: content).structure
        let two = try #require(root.part(at: [1]))
        #expect(two.envelope?.subject?.text == "two" && Octets(content[two.body]).text == middle)
        #expect(two.lines == 7)
        let three = try #require(root.part(at: [1, 1]))
        #expect(three.isMessage && three.envelope?.subject?.text == "three")
        #expect(Octets(content[three.body]).text == innermost)
        let text = try #require(root.part(at: [1, 1, 1]))
        #expect(Octets(content[text.body]).text == "three\r\nlines\r\nhere" && text.lines == 2)
        #expect(root.part(at: [1, 1, 1, 1])?.type == "text" || root.part(at: [1, 1, 1, 1]) == nil)
    }

    @Test func `a message inside may be empty, or only fields, or only a blank line`() throws {
        for inner in ["", "Subject: x", "Subject: x\r\n", "Subject: x\r\n\r\n", "\r\n", "\r\n\r\n", "no field"] {
            let content = multipart("--b", "Content-Type: message/rfc822", "", inner, "--b--")
            let part = try #require(MessageSummary(content: content).structure.parts.first)
            #expect(Octets(content[part.body]).text == inner)
            #expect(part.parts.count == 1 && part.envelope != nil)
        }
    }

    @Test func `what cannot be looked into is an opaque part`() {
        #expect(
            shape(message("Content-Type: message/rfc822", "Content-Transfer-Encoding: base64", "", "U3Vi"))
                == "octet-stream")
        #expect(shape(message("Content-Type: message/global", "", "Subject: ü", "", "x")) == "global(plain)")
        #expect(shape(message("Content-Type: message/delivery-status", "", "Action: failed")) == "delivery-status")
    }

    @Test func `of many parts the last one takes the rest`() throws {
        let content = multipart(String(repeating: "--b\r\n\r\nx\r\n", count: 5000) + "--b--")
        let root = MessageSummary(content: content).structure
        #expect(root.parts.count == FormatLimits.standard.parts - 1)
        #expect(try #require(root.parts.last).body.upperBound == content.count)
    }

    @Test func `a million boundaries with a hundred open is bounded work`() {
        var content: Octets = []
        for level in 0..<100 {
            content += message(
                "Content-Type: multipart/mixed; boundary=b\(level % 10)\(level)", "", "--b\(level % 10)\(level)")
        }
        content += Octets(text: String(repeating: "--b999\r\n", count: 1_000_000))
        #expect(MessageSummary(content: content).structure.body.upperBound == content.count)
    }

    @Test func `one message joins its conversation`() {
        func key(_ lines: String...) -> UInt64 {
            MessageSummary(content: Octets(text: lines.map { $0 + "\r\n" }.joined())).threadKey
        }
        let start = key("Message-ID: <1@x>", "Subject: Offer", "")
        #expect(key("Message-ID: <2@x>", "In-Reply-To: <1@x>", "Subject: Re: Offer", "") == start)
        #expect(key("Message-ID: <3@x>", "References: <1@x> <2@x>", "In-Reply-To: <2@x>", "") == start)
        #expect(key("Message-ID: <3@x>", "References:", " <1@x>", " <2@x>", "") == start)
        #expect(key("Message-ID: <4@x>", "Subject: Offer", "") != start)
        #expect(key("Subject: Re: [list] AW: Offer", "") == key("Subject: offer", ""))
        #expect(key("Subject: Offer", "") != key("Subject: Other", ""))
    }

    @Test func `a preview is the first words, whatever carries them`() {
        func preview(_ lines: String...) -> String {
            MessageSummary(content: Octets(text: lines.joined(separator: "\r\n"))).preview
        }
        #expect(preview("", "  a\tb", "", "c  ") == "a b c")
        #expect(preview("Content-Transfer-Encoding: base64", "", "R3LDvMOf", "ZQ==") == "Grüße")
        #expect(
            preview(
                "Content-Type: text/plain; charset=iso-8859-1", "Content-Transfer-Encoding: quoted-printable", "",
                "=E4=\r\nb") == "äb")
        #expect(
            preview("Content-Type: text/html", "", "<style>p{}</style><p>a<br>b &amp; c<!-- x --></p><script>y")
                == "a b & c")
        #expect(preview("Content-Type: text/html", "", "1 < 2 &bogus; &#65;&#x42;&#0;&#x110000;") == "1 < 2 &bogus; AB")
        #expect(preview("Content-Type: text/plain", "Content-Disposition: attachment", "", "x") == "")
        #expect(preview("Content-Type: image/png", "", "x") == "")
        #expect(preview("", String(repeating: "ä", count: 300)) == String(repeating: "ä", count: 256))
        #expect(preview("", "a\u{0}b\u{1B}c\u{85}d\u{A0}e") == "a b c d e")
        // Octets around a control that is left out do not make another one.
        let torn = MessageSummary(content: Octets(text: "\r\na") + [0xC2, 0xC2, 0x85, 0x85, 0x62])
        #expect(torn.preview == "a\u{FFFD} \u{FFFD}b")
        let empty = preview(
            "Content-Type: multipart/alternative; boundary=b", "", "--b", "", " ", "--b", "Content-Type: text/html", "",
            "<b>x</b>", "--b--")
        #expect(empty == "x")
    }

    @Test func `markup without end and without sense is one pass`() {
        for text in ["<", "<a", "<!--", "<style>", "&", "&#", "<a \"", "</"] {
            let content = Octets(text: "Content-Type: text/html\r\n\r\n" + String(repeating: text, count: 200_000))
            #expect(MessageSummary(content: content).preview.unicodeScalars.count <= 256)
        }
    }

    @Test func `values of one summary are bounded`() {
        var content: Octets = []
        for index in 0..<2000 {
            content += Octets(text: "To: \(String(repeating: "x", count: 2000)) <a\(index)@b>\r\n")
        }
        content += message("Subject: late", "", "x")
        let summary = MessageSummary(content: content)
        #expect(summary.encoded().count < FormatLimits.standard.summaryOctets + 65536)
        #expect(MessageSummary(encoded: summary.encoded()) == summary)
    }

    @Test func `an encoded summary is refused when anything is missing or follows`() {
        let encoded = MessageSummary(content: multipart("--b", "", "x", "--b--")).encoded()
        for count in 0..<encoded.count { #expect(MessageSummary(encoded: Octets(encoded.prefix(count))) == nil) }
        #expect(MessageSummary(encoded: encoded + [0]) == nil)
        #expect(MessageSummary(encoded: [3] + encoded.dropFirst()) == nil)
        #expect(MessageSummary(encoded: [2] + Octets(repeating: 0xFF, count: 100)) == nil)
    }

    @Test func `a summary of the first layout, without routes, is still read`() {
        let now = MessageSummary(content: message("Subject: s", "", "x"))
        #expect(MessageSummary(encoded: [1] + now.encoded().dropFirst()) == now)
        // thread key, preview, no date, no subject, one From of name, mailbox and host, the rest empty, text/plain
        var first: Octets = [1] + Octets(repeating: 0, count: 8) + [0, 0, 0]
        first += [1, 2, 0x4E, 2, 0x75, 2, 0x64]
        first += [0, 0, 0, 0, 0, 0, 0]
        first += [4] + Octets(text: "text") + [5] + Octets(text: "plain") + [0, 4] + Octets(text: "7bit")
        first += [0, 0, 0, 0, 0, 0, 0]
        let read = MessageSummary(encoded: first)
        #expect(read?.envelope.from == [EnvelopeAddress(name: [0x4E], mailbox: [0x75], host: [0x64])])
        #expect(read?.structure.type == "text")
    }
}
