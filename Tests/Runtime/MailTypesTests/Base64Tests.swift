import MailTypes
import Testing

@Suite struct Base64Tests {
    /// The vectors of RFC 4648 §10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `the standard's own vectors hold both ways`(_ plain: String, _ encoded: String) {
        #expect(Base64.encode(Octets(text: plain)).text == encoded)
        #expect(Base64.decode(Octets(text: encoded)) == Octets(text: plain))
    }

    @Test func `every octet and every length comes back`() {
        for count in 0..<300 {
            let octets = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ count) }
            #expect(Base64.decode(Base64.encode(octets)) == octets)
        }
    }

    @Test func `lines have the length asked for and end in CRLF`() {
        let text = Base64.encode(Octets(repeating: 0, count: 100), lineLength: 76).text
        #expect(text == String(repeating: "A", count: 76) + "\r\n" + String(repeating: "A", count: 58) + "==")
        #expect(
            Base64.encode(Octets(repeating: 0, count: 57), lineLength: 76).text == String(repeating: "A", count: 76)
                + "\r\n")
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "=Zg=", "Z=g=", "Zm9v=", "Zg==Zg==", "Zm8=Zm8=", "Zm 9v", "Zm9\n", "Zm9-", "Zm9_",
        "====",
        "Zh==", "Zm9=", "Zm9v\r\n", "Zmé=",
    ])
    func `what is not base64 is refused`(_ text: String) { #expect(Base64.decode(Octets(text: text)) == nil) }
}
