import FunctionRuntime
import MailTypes
import Testing

struct JSONSyntaxTests {
    @Test(
        arguments: [
            "{}", " [ ] ", "null", "\"a\\u00e9\\n\"", "-0.5e+10", "[[],{},[1,2,{\"a\":[true,false,null]}]]",
            "{\"a\" : 1 , \"b\" : { \"c\" : [ ] } }", "123456789012345678901234567890", "\"ü\"",
            "\"\\ud800\"", String(repeating: "[", count: 1000) + String(repeating: "]", count: 1000),
        ])
    func `JSON is taken`(_ text: String) { #expect(JSONSyntax.problem(in: Octets(text: text)) == nil) }

    @Test(
        arguments: [
            "", " ", "{", "}", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "[1 2]", "01", "1.", "1e", "-", "nul", "'a'",
            "\"a",
            "\"\\x\"", "\"\\u12g4\"", "{}{}", "[}", "{]", "NaN", "\"a\nb\"", "{\"a\":1,}", "[1],",
            String(repeating: "[", count: 1001) + String(repeating: "]", count: 1001),
            String(repeating: "[", count: 1_000_000),
        ])
    func `what is no JSON is not`(_ text: String) { #expect(JSONSyntax.problem(in: Octets(text: text)) != nil) }

    @Test func `octets that are no UTF-8 are no JSON`() {
        #expect(JSONSyntax.problem(in: [0x22, 0xFF, 0x22]) != nil)
    }

    @Test func `cut texts are refused, and whatever the reader takes is taken`() {
        let text = Octets(text: "{\"a\":[1,-2.5e3,true,null,\"x\\\"\\u00e9\"],\"b\":{\"c\":{}}}")
        let random = SeededRandom(11)
        for cut in 0..<text.count {
            var part = Octets(text[..<cut])
            #expect(JSONSyntax.problem(in: part) != nil)
            for _ in 0..<20 where !part.isEmpty {
                part[Int(random.next() % UInt64(part.count))] = UInt8(truncatingIfNeeded: random.next() & 0x7F)
                if (try? JSONValue(parsing: part)) != nil {
                    #expect(JSONSyntax.problem(in: part) == nil, "\(part.text)")
                }
            }
        }
    }
}
