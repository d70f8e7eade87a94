import MailTypes
import MessageFormat
import Testing

@Suite struct AddressListTests {
    /// Addresses as `name|mailbox|host`, nil written `-`.
    private func parse(_ text: String) -> [String] {
        AddressList.parse(Octets(text: text)).map { address in
            [address.name, address.mailbox, address.host].map { $0?.text ?? "-" }.joined(separator: "|")
        }
    }

    @Test func `an obsolete route is kept apart from the address it leads to`() {
        let addresses = AddressList.parse(Octets(text: "N <@r1 , @r2:u@d>, <@r3:u@d>, <u@d>"))
        #expect(addresses.map { $0.route?.text } == ["@r1,@r2", "@r3", nil])
        #expect(addresses.allSatisfy { $0.mailbox?.text == "u" && $0.host?.text == "d" })
    }

    @Test(arguments: [
        ("a@b", ["-|a|b"]),
        ("<a@b>", ["-|a|b"]),
        ("Ann <a@b>", ["Ann|a|b"]),
        ("Ann  B.  C <a@b>", ["Ann B. C|a|b"]),
        ("\"Doe, John\" <a@b>", ["Doe, John|a|b"]),
        ("\"a \\\"q\\\" \\\\\" <a@b>", ["a \"q\" \\|a|b"]),
        ("a@b (Real Name)", ["Real Name|a|b"]),
        ("(c) Ann (d (e)) <a@b> (f)", ["Ann|a|b"]),
        ("(only) <a@b>", ["only|a|b"]),
        ("=?utf-8?Q?J=C3=B6rg?= <a@b>", ["=?utf-8?Q?J=C3=B6rg?=|a|b"]),
        ("a@b, c@d,, e@f", ["-|a|b", "-|c|d", "-|e|f"]),
        ("a@b; c@d", ["-|a|b", "-|c|d"]),
        ("\"quoted local\"@b", ["-|quoted local|b"]),
        ("<\"q l\"@b>", ["-|q l|b"]),
        ("x@[192.0.2.1]", ["-|x|[192.0.2.1]"]),
        ("<x@[IPv6:2001:db8::1]>", ["-|x|[IPv6:2001:db8::1]"]),
        ("<@r1,@r2:u@d>", ["-|u|d"]),
        ("N <@r1:u@d>, x@y", ["N|u|d", "-|x|y"]),
        ("a @ b", ["-|a|b"]),
        ("a@x <b@y>", ["a@x|b|y"]),
        ("a@b@c", ["-|a@b|c"]),
        ("root", ["-|root|"]),
        ("<root>", ["-|root|"]),
        ("undisclosed-recipients:;", ["-|undisclosed-recipients|-", "-|-|-"]),
        ("g: a@b, N <c@d>;, e@f", ["-|g|-", "-|a|b", "N|c|d", "-|-|-", "-|e|f"]),
        ("g: a@b", ["-|g|-", "-|a|b", "-|-|-"]),
        ("g1: a@b; g2: c@d;", ["-|g1|-", "-|a|b", "-|-|-", "-|g2|-", "-|c|d", "-|-|-"]),
        ("\"g, h\": a@b;", ["-|g, h|-", "-|a|b", "-|-|-"]),
        ("Ann\r\n <a@b>", ["Ann|a|b"]),
        ("jörg@müller.example", ["-|jörg|müller.example"]),
        ("<>", []),
        ("", []),
        (" \t\r\n ", []),
        (",,;;", []),
        ("N <>", ["N||"]),
        ("\"unclosed <a@b>", ["-|unclosed <a@b>|"]),
        ("(unclosed <a@b>", []),
        ("a@b (comment ending in \\", ["comment ending in \\|a|b"]),
        ("N <a@b, c@d", ["N|a|b", "-|c|d"]),
        ("a@", ["-|a|"]),
        ("@b", ["-||b"]),
    ])
    func `lists are read as mail writes them`(text: String, expected: [String]) {
        #expect(parse(text) == expected)
    }

    @Test func `CR, LF and NUL never come out`() {
        #expect(parse("\"a\r\nb\u{0}c\" <d\u{0}@e>") == ["ab c|d|e"])
    }

    @Test func `a very long list of addresses, groups, quotes and comments are one pass with a limit`() {
        for text in ["a@b,", "g:;", "g:a@b;", "\"", "(", "<", "(\\", "@", "[", ":", "<@", "a@[", " ", "\\\""] {
            let octets = Octets(text: String(repeating: text, count: 200_000))
            #expect(AddressList.parse(octets).count <= FormatLimits.standard.addressesPerField + 1)
        }
    }

    @Test func `an address of the list is one only if the grammar agrees`() {
        let list = AddressList.parse(Octets(text: "Ann <a@b.example>, root, g:;, x y@b.example, a@b..example, a@-b"))
        #expect(list.compactMap(\.address) == [Address("a@b.example"), Address("\"x y\"@b.example")])
    }
}
