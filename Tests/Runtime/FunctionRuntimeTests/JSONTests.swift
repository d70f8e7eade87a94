import FunctionRuntime
import MailTypes
import Testing

@Suite struct JSONTests {
    private func parse(_ text: String) throws(JSONProblem) -> JSONValue { try JSONValue(parsing: Octets(text: text)) }

    @Test func `values are read as they are written`() throws {
        let value = try parse(#" {"a" : [1, -2.5e2, true, false, null, "x\"\\\/\b\f\n\r\té😀"], "b": {}} "#)
        #expect(
            value == ["a": [1, -250.0, true, false, nil, "x\"\\/\u{8}\u{c}\n\r\té😀"], "b": [:]])
        #expect(try JSONValue(parsing: value.octets) == value)
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "{\"a\":1,}", "{a:1}", "[1 2]", "01", "1.", ".5", "1e", "+1", "-", "tru", "nul",
        "\"a", "\"\u{1}\"", #""\x""#, #""\u12""#, #""\ud800""#, #""\ud800A""#, #""\udc00""#, "1 1", "[1]]",
        "1e400", "NaN", "'a'", "\u{FEFF}1",
    ])
    func `what is outside the grammar is refused`(_ text: String) {
        #expect(throws: JSONProblem.self) { try parse(text) }
    }

    @Test func `octets that are not UTF-8 are refused`() {
        #expect(throws: JSONProblem.self) { try JSONValue(parsing: [0x22, 0xC3, 0x28, 0x22]) }
        #expect(throws: JSONProblem.self) { try JSONValue(parsing: [0x22, 0xED, 0xA0, 0x80, 0x22]) }
    }

    @Test func `depth and size are bounded`() throws {
        let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(try parse(deep).array?.count == 1)
        #expect(throws: JSONProblem.self) { try parse("[" + deep + "]") }
        #expect(throws: JSONProblem.self) { try parse(String(repeating: "{\"a\":", count: 100_000)) }
        #expect(throws: JSONProblem.self) { try JSONValue(parsing: Octets(text: "[1,2,3]"), limitOctets: 6) }
    }

    @Test func `of a name given twice the last value counts, in small objects and in large ones`() throws {
        for count in [0, 11, 12, 5000] {
            let members = (0..<count).map { "\"k\($0)\":\($0)" } + ["\"x\":1", "\"x\":2"]
            let value = try parse("{" + members.joined(separator: ",") + "}")
            #expect(value["x"] == 2)
            #expect(value.object?.count == count + 1)
            if count > 0 { #expect(value["k\(count - 1)"]?.integer == Int64(count - 1)) }
        }
    }

    @Test func `members can be removed and keep their order`() {
        var object = JSONObject()
        for number in 0..<20 { object["k\(number)"] = .integer(Int64(number)) }
        object["k3"] = nil
        object["k3"] = nil
        #expect(object.count == 19)
        #expect(object["k19"] == 19 && object["k3"] == nil)
        #expect(object.members.first?.name == "k0" && object.members.last?.name == "k19")
    }

    @Test func `whole numbers stay exact and moments have their fraction`() throws {
        #expect(try parse("9223372036854775807") == .integer(.max))
        #expect(try parse("9223372036854775808").number == 9_223_372_036_854_775_808.0)
        #expect(try parse("2.0").integer == 2)
        #expect(try parse("2.5").integer == nil)
        #expect(JSONValue.timestamp(Timestamp(milliseconds: 1_522_693_605_468)).octets.text == "1522693605.468")
        #expect(JSONValue.number(.nan).octets.text == "null")
    }

    @Test(arguments: [3, 99] as [UInt64])
    func `random octets never trap`(_ seed: UInt64) {
        let random = SeededRandom(seed)
        let alphabet = Octets(text: "{}[]\",:\\u0aeE+-.1 tfn\n")
        for _ in 0..<3000 {
            let octets = random.octets(Int(random.next() % 40)).map {
                $0 < 240 ? alphabet[Int($0) % alphabet.count] : $0
            }
            guard let value = try? JSONValue(parsing: octets) else { continue }
            #expect((try? JSONValue(parsing: value.octets)) == value, "seed \(seed): \(octets)")
        }
    }
}
