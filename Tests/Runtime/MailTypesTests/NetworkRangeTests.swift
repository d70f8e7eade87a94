import MailTypes
import Testing

@Suite struct NetworkRangeTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.0.0.0/8", "::ffff:10.1.2.3", true),
        ("192.0.2.128/25", "192.0.2.127", false), ("192.0.2.128/25", "192.0.2.129", true),
        ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false), ("0.0.0.0/0", "203.0.113.9", true),
        ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "2001:db8::1", true), ("::/0", "192.0.2.1", true),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false), ("::1", "::1", true),
        ("::1", "0:0:0:0:0:0:0:1", true), ("fe80::/10", "fe80::1%eth0", true), ("::1", "/run/socket", false),
        ("10.0.0.0/8", "", false), ("10.0.0.0/8", "10.1.2", false),
    ])
    func `an address lies within or not`(_ range: String, _ host: String, _ lies: Bool) throws {
        #expect(try #require(NetworkRange(range)).contains(host) == lies)
    }

    @Test(arguments: [
        "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/8/8", "10.0.0.0/+8", "10.0.0.0/-1", "256.0.0.1",
        "1.2.3", "1.2.3.4.5", "+1.2.3.4", "2001:db8::1::", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::",
        "::/129", "fe80::1/10", "name.example", "::ffff:10.1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "١.2.3.4",
    ])
    func `anything else is no range`(_ text: String) {
        #expect(NetworkRange(text) == nil)
    }

    @Test func `lists have commas or blanks, and one bad range spoils them`() {
        #expect(NetworkRange.list("10.0.0.0/8, ::1")?.count == 2)
        #expect(NetworkRange.list("")?.isEmpty == true)
        #expect(NetworkRange.list("10.0.0.0/8, nonsense") == nil)
    }

    @Test func `random octets are no reason to stop`() {
        var state: UInt64 = 7
        for _ in 0..<20_000 {
            var text = ""
            for _ in 0..<(state % 30) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text.append(Array("0123456789abcdef:./%, ")[Int(state >> 33) % 22])
            }
            state = state &* 6_364_136_223_846_793_005 &+ 1
            _ = NetworkRange(text)?.contains(text)
        }
    }
}
