import FunctionRuntime
import MailTypes
import Testing

/// CBOR in and out: examples of RFC 8949 Appendix A, and what no reader may take.
struct CBORTests {
    private static func octets(_ hexadecimal: String) -> Octets {
        stride(from: 0, to: hexadecimal.count, by: 2).compactMap {
            UInt8(hexadecimal.dropFirst($0).prefix(2), radix: 16)
        }
    }

    @Test(arguments: [
        ("00", "0"), ("17", "23"), ("1818", "24"), ("1903e8", "1000"), ("1a000f4240", "1000000"),
        ("1b000000e8d4a51000", "1000000000000"), ("1bffffffffffffffff", "18446744073709552000"), ("20", "-1"),
        ("3903e7", "-1000"), ("3b7fffffffffffffff", "-9223372036854775808"), ("f90000", "0"), ("f93e00", "1.5"),
        ("f97bff", "65504"), ("f90001", "5.960464477539063e-08"), ("fa47c35000", "100000"),
        ("fb3ff199999999999a", "1.1"), ("f4", "false"), ("f5", "true"), ("f6", "null"), ("f7", "null"),
        ("c11a514b67b0", "1363896240"), ("c1fb41d452d9ec200000", "1363896240.5"), ("4401020304", #""AQIDBA==""#),
        ("60", #""""#), ("62c3bc", #""ü""#), ("80", "[]"), ("8301820203820405", "[1,[2,3],[4,5]]"), ("a0", "{}"),
        ("a26161016162820203", #"{"a":1,"b":[2,3]}"#), ("5f42010243030405ff", #""AQIDBAU=""#),
        ("7f657374726561646d696e67ff", #""streaming""#), ("9f018202039f0405ffff", "[1,[2,3],[4,5]]"),
        ("bf61610161629f0203ffff", #"{"a":1,"b":[2,3]}"#), ("826161bf61626163ff", #"["a",{"b":"c"}]"#),
    ])
    func `an item becomes the value that JSON has for it`(_ hexadecimal: String, _ json: String) throws {
        let value = try CBORReader.value(Self.octets(hexadecimal))
        if let number = Double(json) { #expect(value.number == number) } else { #expect(value.octets.text == json) }
    }

    @Test(arguments: [
        "", "18", "1903", "1c", "3c", "fc", "ff", "61", "62c3", "61ff", "81", "9f", "9f00", "a1", "a16161", "a10001",
        "bf6161ff",
        "5f00ff", "5f5f4101ffff", "7f4101ff", "0000", "f800", "f8ff", "1f", "df00", "9bffffffffffffffff00",
        "bbffffffffffffffff6161", "5bffffffffffffffff00", String(repeating: "81", count: 40) + "00",
        String(repeating: "c1", count: 40) + "00",
    ])
    func `what is malformed is refused with a reason`(_ hexadecimal: String) {
        #expect(throws: CBORProblem.self) { try CBORReader.value(Self.octets(hexadecimal)) }
    }

    @Test func `what was written is read as it was, and a moment carries its mark`() throws {
        let numbers: [JSONValue] = [
            0, 23, 24, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296, .integer(.max), -1, -24, -25, -256, -257,
            .integer(.min), 1.5, -0.25, .number(.infinity),
        ]
        let value: JSONValue = [
            "numbers": .array(numbers), "text": "ü€😀", "long": .string(String(repeating: "x", count: 70_000)),
            "nothing": .null, "truth": [true, false], "empty": [.object(JSONObject()), .array([])],
        ]
        #expect(try CBORReader.value(CBORWriter.octets(value)) == value)
        let moment = CBORWriter.octets(CBORWriter.moment(Timestamp(milliseconds: 1_363_896_240_500)))
        #expect(moment == Self.octets("c1fb41d452d9ec200000"))
    }

    @Test func `no octets stop the reader`() {
        let random = SeededRandom(20_261_128)
        for _ in 0..<20_000 {
            let octets = (0..<(random.next() % 40)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            guard let value = try? CBORReader.value(octets) else { continue }
            #expect((try? CBORReader.value(CBORWriter.octets(value))) != nil)
        }
    }
}
