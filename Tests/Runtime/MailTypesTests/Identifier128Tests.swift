import MailTypes
import Testing

@Suite struct Identifier128Tests {
    private let sample = Identifier128(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)

    @Test func `an identifier is written as a UUID and read back`() {
        #expect(sample.description == "01234567-89ab-cdef-fedc-ba9876543210")
        #expect(sample.hex == "0123456789abcdeffedcba9876543210")
        #expect(Identifier128("01234567-89ab-cdef-fedc-ba9876543210") == sample)
        #expect(Identifier128("0123456789ABCDEFfedcba9876543210") == sample)
        #expect(Identifier128(octets: sample.octets) == sample)
        #expect(sample.octets.first == 0x01)
        #expect(sample.octets.last == 0x10)
    }

    @Test func `digits made eight at a time are those made one by one`() {
        func digits(_ bits: UInt32) -> String {
            withUnsafeBytes(of: HexadecimalDigits.of(bits).littleEndian) { String(decoding: $0, as: UTF8.self) }
        }
        func padded(_ bits: UInt32) -> String {
            let text = String(bits, radix: 16)
            return String(repeating: "0", count: 8 - text.utf8.count) + text
        }
        // Each value of each octet beside others, and whatever else.
        for octet in UInt32(0)...255 {
            for shift in [0, 8, 16, 24] as [UInt32] {
                for rest in [0, 0xFFFF_FFFF, 0x9A9A_9A9A] as [UInt32] {
                    let bits = rest & ~(0xFF << shift) | octet << shift
                    #expect(digits(bits) == padded(bits))
                }
            }
        }
        for _ in 0..<10_000 {
            let bits = UInt32.random(in: 0 ... .max)
            #expect(digits(bits) == padded(bits))
        }
    }

    @Test func `small numbers keep their zeros`() {
        let one = Identifier128(high: 0, low: 1)
        #expect(one.hex == String(repeating: "0", count: 31) + "1")
        #expect(Identifier128(one.description) == one)
    }

    @Test(arguments: [
        "", "0123456789abcdeffedcba987654321", "0123456789abcdeffedcba98765432100",
        "01234567-89ab-cdef-fedc-ba987654321g",
        "0123-456789abcdeffedcba9876543210", "01234567--9ab-cdef-fedc-ba9876543210",
        " 01234567-89ab-cdef-fedc-ba9876543210",
        "{01234567-89ab-cdef-fedc-ba9876543210}",
    ])
    func `what is no UUID is refused`(_ text: String) { #expect(Identifier128(text) == nil) }

    @Test func `only 16 octets make one`() {
        #expect(Identifier128(octets: Octets(repeating: 0, count: 15)) == nil)
        #expect(Identifier128(octets: Octets(repeating: 0, count: 17)) == nil)
    }

    @Test func `those made later come later, and carry version 7`() {
        let early = Identifier128(at: Timestamp(milliseconds: 1_000), random: (.max, .max))
        let late = Identifier128(at: Timestamp(milliseconds: 1_001), random: (0, 0))
        #expect(early < late)
        for id in [early, late] {
            #expect(id.high >> 12 & 0xF == 7)
            #expect(id.low >> 62 == 2)
        }
        #expect(early.high >> 16 == 1_000)
    }
}
