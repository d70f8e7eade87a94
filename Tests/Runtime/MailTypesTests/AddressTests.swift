import MailTypes
import Testing

@Suite struct AddressTests {
    @Test(arguments: [
        ("ann@example.org", "ann", "example.org"), ("a@b", "a", "b"), ("a.b.c@example.org", "a.b.c", "example.org"),
        ("!#$%&'*+-/=?^_`{|}~@example.org", "!#$%&'*+-/=?^_`{|}~", "example.org"),
        ("\"ann lee\"@example.org", "ann lee", "example.org"), ("\"a\\\"b\"@example.org", "a\"b", "example.org"),
        ("\"a\\\\b\"@example.org", "a\\b", "example.org"), ("\"a@b\"@example.org", "a@b", "example.org"),
        ("\"..\"@example.org", "..", "example.org"), ("\"plain\"@example.org", "plain", "example.org"),
        ("ann@[192.0.2.1]", "ann", "[192.0.2.1]"), ("ann@[IPv6:2001:db8::1]", "ann", "[IPv6:2001:db8::1]"),
        ("ann@xn--exmple-cua.org", "ann", "xn--exmple-cua.org"), ("änn@exämple.org", "änn", "exämple.org"),
        ("ann@1.example", "ann", "1.example"), ("ann@a-b.example", "ann", "a-b.example"),
    ])
    func `an address has a local part and a domain`(_ text: String, _ local: String, _ domain: String) throws {
        let address = try #require(Address(text))
        #expect(address.localPart == local)
        #expect(address.domain == domain)
        #expect(Address(address.description) == address)
    }

    @Test(arguments: [
        "", "@", "ann", "ann@", "@example.org", "ann@@example.org", "a b@example.org", ".ann@example.org",
        "ann.@example.org",
        "a..b@example.org", "ann@.example.org", "ann@example.org.", "ann@exa..mple.org", "ann@-a.org", "ann@a-.org",
        "ann@a-.b.org", "ann@exa_mple.org", "ann@exa mple.org", "\"ann@example.org", "\"a\nb\"@example.org",
        "\"a\"b@example.org",
        "a\"b\"@example.org", "\"\"@example.org", "\"a\\\u{1}\"@example.org", "ann@[]", "ann@[192.0.2.1", "ann@[a b]",
        "ann@[a[b]",
        "ann@example.org ", " ann@example.org", "ann@example.org>", "<ann@example.org>", "ann\0@example.org",
        "ann@exam\0ple.org",
        "ann(comment)@example.org", "ann,bob@example.org",
    ])
    func `what breaks the grammar is no address`(_ text: String) { #expect(Address(text) == nil) }

    @Test func `a local part has at most 64 octets, a domain 255, a label 63`() {
        let label = String(repeating: "b", count: 63)
        #expect(Address(String(repeating: "a", count: 64) + "@example.org") != nil)
        #expect(Address(String(repeating: "a", count: 65) + "@example.org") == nil)
        #expect(Address("\"" + String(repeating: " ", count: 64) + "\"@example.org") != nil)
        #expect(Address("\"" + String(repeating: " ", count: 65) + "\"@example.org") == nil)
        #expect(Address("a@\(label).\(label).\(label).\(label)") != nil)
        #expect(Address("a@\(label).\(label).\(label).\(label).c") == nil)
        #expect(Address("a@b\(label)") == nil)
    }

    @Test func `every octet is judged in every place`() {
        let atoms = Set(
            Octets(text: "!#$%&'*+-/=?^_`{|}~abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))
        let domainOctets = Set(Octets(text: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-."))
        for octet in UInt8.min...0x7F {
            let character = String(decoding: [octet], as: UTF8.self)
            #expect(
                (Address("a\(character)b@example.org") != nil) == (atoms.contains(octet) || octet == 0x2E), "\(octet)")
            #expect((Address("a@b\(character)c") != nil) == domainOctets.contains(octet), "\(octet)")
            let isQuotable = (0x20...0x7E).contains(octet) && octet != 0x22 && octet != 0x5C
            #expect((Address("\"\(character)\"@example.org") != nil) == isQuotable, "\(octet)")
            #expect((Address("\"\\\(character)\"@example.org") != nil) == (0x20...0x7E).contains(octet), "\(octet)")
        }
    }

    @Test func `invalid UTF-8 is no address`() {
        for octets: Octets in [[0xFF], [0xC0, 0xAF], [0xC3], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]] {
            var local = AddressReader(Octets(text: "a") + octets + Octets(text: "@example.org"))
            #expect(local.readMailbox() == nil)
            var domain = AddressReader(Octets(text: "a@b") + octets + Octets(text: "c"))
            #expect(domain.readMailbox() == nil)
            var quoted = AddressReader(Octets(text: "\"a") + octets + Octets(text: "\"@example.org"))
            #expect(quoted.readMailbox() == nil)
        }
    }

    @Test func `addresses compare without ASCII case`() throws {
        let ann = try #require(Address("Ann@Example.ORG"))
        let same = try #require(Address("ANN@example.org"))
        #expect(ann == same)
        #expect(ann.hashValue == same.hashValue)
        #expect(ann.canonical == "ann@example.org")
        #expect(ann != Address("ann@example.com"))
        #expect(Address("Änn@example.org") != Address("änn@example.org"))
    }

    @Test func `a tag can be taken off, but not the name before it`() throws {
        #expect(Address("ann+shop@example.org")?.withoutTag == Address("ann@example.org"))
        #expect(Address("ann+a+b@example.org")?.withoutTag == Address("ann@example.org"))
        #expect(Address("ann+@example.org")?.withoutTag == Address("ann@example.org"))
        #expect(Address("ann@example.org")?.withoutTag == nil)
        #expect(Address("+shop@example.org")?.withoutTag == nil)
    }

    @Test func `addresses beyond ASCII say so`() {
        #expect(Address("änn@example.org")?.needsSMTPUTF8 == true)
        #expect(Address("ann@exämple.org")?.needsSMTPUTF8 == true)
        #expect(Address("ann@example.org")?.needsSMTPUTF8 == false)
    }

    @Test func `random octets never crash the reader, and what it takes it can write`() {
        var state: UInt64 = 99
        let alphabet = Octets(text: "ab.@\"\\[]<>:,+-_ é\0\r\n")
        for run in 0..<20_000 {
            var octets: Octets = []
            for _ in 0..<Int(state % 20) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                octets.append(alphabet[Int((state >> 33) % UInt64(alphabet.count))])
            }
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            var reader = AddressReader(octets)
            if let address = reader.readMailbox(), reader.atEnd {
                #expect(Address(address.description) == address, "seed 99 run \(run): \(octets.text)")
            }
        }
    }

    @Test(arguments: [
        "ann@bücher.example", "ann@BÜCHER.example", "ann@bu\u{308}cher.example", "ann@XN--bcher-kva.Example",
        "ann@bücher。example",
    ])
    func `F15: a domain is the same in U-labels and A-labels, however it is composed`(_ text: String) throws {
        let address = try #require(Address(text))
        let known = try #require(Address("ann@xn--bcher-kva.example"))
        #expect(address == known && known == address)
        #expect(address.hashValue == known.hashValue)
        #expect(address.canonical == "ann@xn--bcher-kva.example")
        #expect(address != Address("ann@bucher.example"))
    }

    @Test(arguments: [
        "ann@\u{2488}x.example", "ann@a\u{202E}b.example", "ann@\u{AD}.example",
        "ann@" + String(repeating: "ü", count: 60) + ".example",
    ])
    func `F15: what is no name in any spelling stays itself`(_ text: String) {
        guard let address = Address(text) else { return }
        #expect(address == address)
        #expect(!address.canonicalDomain.utf8.allSatisfy { $0 < 0x80 }, "\(address.canonicalDomain)")
    }
}
