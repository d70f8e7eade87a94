import MailTypes
import MessageFormat
import Testing

@Suite struct ParameterTests {
    /// The root's Content-Type of a message with this value, as `type/subtype; name=value; …`, pieces joined.
    private func read(_ value: String) -> String {
        let part = MessageSummary(content: Octets(text: "Content-Type: \(value)\r\n\r\nx")).structure
        var names: [String] = []
        for parameter in part.parameters {
            let name = String(parameter.name.prefix { $0 != "*" })
            if !names.contains(name) { names.append(name) }
        }
        return "\(part.type)/\(part.subtype)"
            + names.compactMap { name in part.parameter(name).map { "; \(name)=\($0.text)" } }.joined()
    }

    @Test(arguments: [
        ("text/plain", "text/plain"),
        ("TEXT/HTML; Charset=UTF-8", "text/html; charset=UTF-8"),
        ("text/plain; charset=\"us-ascii\"", "text/plain; charset=us-ascii"),
        ("text/plain; charset=us-ascii (Plain text)", "text/plain; charset=us-ascii"),
        ("text / plain ; a = b", "text/plain; a=b"),
        ("(c) text(d)/(e)plain(f);(g)a(h)=(i)b", "text/plain; a=b"),
        ("application/pdf; name=My File.pdf; x=y", "application/pdf; name=My File.pdf; x=y"),
        ("application/pdf; name=\"a;b\\\"c\"", "application/pdf; name=a;b\"c"),
        ("a/b; x=1; x=2", "a/b; x=1"),
        ("a/b;;; x=1;", "a/b; x=1"),
        ("a/b x=1", "a/b"),
        ("a/b; x", "a/b"),
        ("a/b; x=", "a/b; x="),
        ("a/b; x=\"unclosed", "a/b; x=unclosed"),
        ("text", "text/plain"),
        ("", "text/plain"),
        ("/", "text/plain"),
        ("video", "application/octet-stream"),
        ("image/", "application/octet-stream"),
        ("a/b;\r\n x=1;\r\n\ty=\"2\r\n 3\"", "a/b; x=1; y=2 3"),
        // RFC 2231
        ("a/b; t*=utf-8'de'%C3%A4%20b", "a/b; t=ä b"),
        ("a/b; t*=iso-8859-1''%E4", "a/b; t=ä"),
        ("a/b; t*=iso-8859-15''%A4", "a/b; t=€"),
        ("a/b; t*0=a; t*1=b", "a/b; t=ab"),
        ("a/b; t*1=b; t*0=a", "a/b; t=ab"),
        ("a/b; t*0*=utf-8''%C3; t*1*=%A4; t*2=\"%41\"", "a/b; t=ä%41"),
        ("a/b; t*0=a; t*2=c", "a/b; t=a"),
        ("a/b; t*1=b", "a/b"),
        ("a/b; t*0=a; t*0=z; t*1=b", "a/b; t=ab"),
        ("a/b; t=plain; t*=utf-8''better", "a/b; t=better"),
        ("a/b; t*1=lost; t=plain", "a/b; t=plain"),
        ("a/b; x=1; t*0=a; y=2; t*1=b", "a/b; x=1; t=ab; y=2"),
        ("a/b; t*=no-quotes%41", "a/b; t=no-quotesA"),
        ("a/b; t*=bogus''%41", "a/b; t=A"),
        ("a/b; t*=utf-8''%0D%0A%00x", "a/b; t=   x"),
        ("a/b; t*=utf-8''%4; u*=utf-8''%", "a/b; t=%4; u=%"),
        ("a/b; t*x=1; t**=2; t*0**=3; *=4", "a/b"),
    ])
    func `Content-Type is read as mail writes it`(value: String, expected: String) {
        #expect(read(value) == expected)
    }

    @Test func `a hundred thousand pieces are bounded and one pass`() {
        var value = "a/b"
        for index in 0..<100_000 { value += "; t*\(index)=x" }
        let part = MessageSummary(content: Octets(text: "Content-Type: \(value)\r\n\r\n")).structure
        #expect(part.parameters.count == FormatLimits.standard.parameterPieces)
        #expect(part.parameter("t")?.count == FormatLimits.standard.parameterPieces)
        let names = "a/b" + (0..<100_000).map { "; n\($0)=x; m\($0)*=y" }.joined()
        let other = MessageSummary(content: Octets(text: "Content-Type: \(names)\r\n\r\n")).structure
        #expect(other.parameters.count <= FormatLimits.standard.parameterPieces)
        #expect(other.parameters.count { !$0.name.contains("*") } == FormatLimits.standard.parametersPerField)
    }

    @Test func `pieces stay as they stand, and are joined for who asks by name`() {
        let part = MessageSummary(
            content: Octets(text: "Content-Type: a/b; NAME*0*=utf-8''%C3; name*1*=%A4; Name=x\r\n\r\n")
        ).structure
        #expect(
            part.parameters.map { "\($0.name)=\($0.value.text)" } == ["name*0*=utf-8''%C3", "name*1*=%A4", "name=x"])
        #expect(part.parameter("name")?.text == "ä" && part.fileName?.text == "ä")
    }

    @Test func `disposition, encoding, language and the rest are read`() throws {
        let part = MessageSummary(
            content: message(
                "Content-Disposition: ATTACHMENT; FileName=\"a b.txt\"; size=3",
                "Content-Transfer-Encoding: BASE64 (x)",
                "Content-Language: de, en-GB", "Content-Location: http://x/", "Content-MD5: abc==", "Content-ID: <i@d>",
                "Content-Description: d", "Content-Type: image/png; name=other.png", "", "YQ==")
        ).structure
        let disposition = try #require(part.disposition)
        #expect(disposition.type == "attachment")
        #expect(disposition.parameters.map { "\($0.name)=\($0.value.text)" } == ["filename=a b.txt", "size=3"])
        #expect(part.transferEncoding == "base64" && part.languages == ["de", "en-GB"])
        #expect(part.location?.text == "http://x/" && part.md5?.text == "abc==" && part.contentID?.text == "<i@d>")
        #expect(part.contentDescription?.text == "d" && part.fileName?.text == "a b.txt")
    }
}
