import Testing

@testable import XML

@Suite struct XMLReaderTests {
    private func failure(_ text: String, _ limits: XMLLimits = XMLLimits()) -> XMLFailure? {
        failure(Array(text.utf8), limits)
    }

    private func failure(_ octets: [UInt8], _ limits: XMLLimits = XMLLimits()) -> XMLFailure? {
        do {
            _ = try XMLElement(parsing: octets, limits: limits)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a document comes as names, attributes, text and children`() throws {
        let root = try XMLElement(
            parsing: Array(
                """
                \u{FEFF}<?xml version="1.0" encoding="UTF-8"?><!-- c --><?pi x?>
                <a xmlns="urn:a" xmlns:b="urn:b" b:k="1" k='2 &amp; &#x41;'> x &lt;<![CDATA[<&>]]><b:c/><c>é</c> y</a><!-- d -->
                """.utf8))
        #expect(root.name == XMLName("a", in: "urn:a"))
        #expect(root.attributes == [XMLAttribute(XMLName("k", in: "urn:b"), "1"), XMLAttribute(XMLName("k"), "2 & A")])
        #expect(root.text == " x <<&> y")
        #expect(root.trimmedText == "x <<&> y")
        #expect(root.children.map(\.name) == [XMLName("c", in: "urn:b"), XMLName("c", in: "urn:a")])
        #expect(root.child("c", in: "urn:a")?.text == "é")
        #expect(root.attribute("k") == "2 & A")
    }

    @Test(arguments: [
        "<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
        "<?xml version='1.0'?><!-- --><!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<!DOCTYPE l [<!ENTITY a 'lol'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]><l>&b;</l>", "<!doctype a><a/>",
        "<a><!ENTITY b 'c'></a>", "<![CDATA[x]]><a/>",
    ])
    func `a document type is refused before anything of it is read`(_ text: String) {
        #expect(failure(text) == .documentType)
    }

    @Test func `other encodings are refused, declared or not`() {
        for name in ["UTF-16", "utf-7", "UTF-16LE", "ISO-8859-1", "cp037", "ucs-4"] {
            #expect(failure("<?xml version='1.0' encoding='\(name)'?><a/>") == .encoding, "\(name)")
        }
        #expect(failure("<?xml version=\"1.0\" encoding = \"utf-8\"?><a/>") == nil)
        let utf16: [UInt8] = [0xFF, 0xFE] + "<a/>".utf8.flatMap { [$0, 0] }
        #expect(failure(utf16) == .encoding)
        #expect(failure("<a/>".utf8.flatMap { [0, $0] }) == .encoding)
        #expect(failure(Array("<a>".utf8) + [0xFF] + Array("</a>".utf8)) == .malformed(line: 1))
    }

    @Test func `limits hold for octets, depth, elements and attributes`() {
        func nested(_ depth: Int) -> String {
            String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        #expect(failure(nested(64)) == nil)
        #expect(failure(nested(65)) == .tooDeep)
        #expect(failure(String(repeating: "<a>", count: 100_000)) == .tooDeep)
        #expect(failure("<a>" + String(repeating: "<b/>", count: 100_000) + "</a>") == .tooManyElements)
        func attributes(_ count: Int) -> String {
            "<a " + (0..<count).map { "a\($0)='='" }.joined(separator: " ") + "/>"
        }
        #expect(failure(attributes(64)) == nil)
        #expect(failure(attributes(65)) == .tooManyAttributes)
        #expect(failure(attributes(80_000)) == .tooManyAttributes)
        #expect(failure("<a>\(String(repeating: "x", count: 1 << 20))</a>") == .tooLarge)
        #expect(failure("<a b='>' c=\"'/>\"><d/></a>", XMLLimits(depth: 2)) == nil)
    }

    @Test(arguments: [
        "", " ", "x", "<a>", "<a></b>", "<a/><b/>", "<a b='1' b='2'/>", "<a>&e;</a>", "<a>&#0;</a>", "<a>\u{1}</a>",
        "<a",
        "<a b='", "<!--", "<a><![CDATA[", "<?", "</a>", "<a b=1/>", "<a>&#xFFFFFFFFF;</a>", "<x:a/>x",
    ])
    func `what is not well-formed fails, and again when asked again`(_ text: String) throws {
        guard case .malformed? = failure(text) else {
            Issue.record("\(text) was read")
            return
        }
        guard let reader = try? XMLReader(Array(text.utf8)) else { return }
        var first: XMLFailure?
        do { while try reader.next() != nil {} } catch { first = error }
        var second: XMLFailure?
        do { while try reader.next() != nil {} } catch { second = error }
        #expect(first != nil && first == second)
    }

    @Test func `escaped text is read back without what XML cannot hold`() throws {
        let text = "<script>alert(\"1\" & '2')</script>\u{0}\u{1}\u{8}\u{FFFE}\u{1F600}\t\n\r."
        let escaped = XMLText.escape(text)
        let read = try XMLElement(parsing: Array("<a b=\"\(escaped)\">\(escaped)</a>".utf8))
        #expect(read.text == "<script>alert(\"1\" & '2')</script>\u{1F600}\t\n\r.")
        #expect(read.attribute("b") == "<script>alert(\"1\" & '2')</script>\u{1F600}  \r.")
    }

    @Test func `octets at random are read or refused, never more`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var state = seed
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        let alphabet = [
            "<", ">", "/", "a", "=", "'", "\"", " ", "&", ";", "!", "-", "[", "]", "?", "\u{0}", "é", "xmlns:b",
        ]
        for round in 0..<3000 {
            let text =
                "<a>" + (0..<Int(next() % 40)).map { _ in alphabet[Int(next() % UInt64(alphabet.count))] }.joined()
            let limits = XMLLimits(octets: 400, depth: 4, elements: 8, attributes: 4)
            if failure(text, limits) == nil {
                #expect(text.utf8.count <= 400, "seed \(seed), round \(round)")
            }
        }
    }
}
