import Archives
import MailTypes
import Testing

@Suite struct GzipTests {
    /// `hello` as Python's gzip.compress(b"hello", mtime=0) writes it.
    private static let hello = Octets([
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x86,
        0xA6,
        0x10, 0x36, 0x05, 0x00, 0x00, 0x00,
    ])

    @Test func `what was compressed comes back, up to a limit`() {
        #expect(Gzip.unpack(Self.hello, limitOctets: 5) == Octets(text: "hello"))
        #expect(Gzip.unpack(Self.hello, limitOctets: 4) == nil)
    }

    @Test func `other octets are not taken for content, and a torn end is no end`() {
        #expect(Gzip.unpack(Octets(text: "{}"), limitOctets: 99) == nil)
        #expect(Gzip.unpack([], limitOctets: 99) == nil)
        for count in 0..<(Self.hello.count - 8) {
            #expect(Gzip.unpack(Octets(Self.hello.prefix(count)), limitOctets: 99) == nil, "\(count) octets")
        }
    }

    @Test func `random octets are refused or harmless`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            var octets = Self.hello
            for _ in 0..<3 { octets[Int.random(in: 3..<octets.count, using: &random)] = UInt8.random(in: 0...255) }
            #expect((Gzip.unpack(octets, limitOctets: 1 << 16) ?? []).count <= 1 << 16)
        }
    }
}
