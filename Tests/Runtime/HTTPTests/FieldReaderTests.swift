import MailTypes
import Testing

@testable import HTTP

@Suite struct FieldReaderTests {
    @Test func `a value is judged eight octets at a time as it is octet by octet`() {
        for length in 0...20 {
            for place in 0..<max(1, length) {
                for octet in UInt8.min...UInt8.max {
                    for rest in [UInt8.space, 0x7E, 0x09, 0x80, 0xFF] {
                        var octets = Octets(repeating: rest, count: length)
                        if length > 0 { octets[place] = octet }
                        let isValue = octets.withUnsafeBytes { FieldReader.isValue($0) }
                        #expect(isValue == (length == 0 || FieldReader.isValue(octet)))
                    }
                }
            }
        }
    }
}
