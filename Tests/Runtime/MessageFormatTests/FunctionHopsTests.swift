import MailTypes
import MessageFormat
import Testing

@Suite struct FunctionHopsTests {
    private func count(_ head: String) -> Int { FunctionHops.count(in: HeaderSection(Octets(text: head + "\r\n\r\n"))) }

    @Test func `the highest count holds, and nonsense counts as the most`() {
        #expect(count("Subject: x") == 0)
        #expect(count("x-mailroom-function-hops: 2\r\nX-Mailroom-Function-Hops:  4 ") == 4)
        #expect(count("X-Mailroom-Function-Hops: 999") == 999)
        for nonsense in ["", "-1", "1000", "two", "1 2 3 4"] {
            #expect(count("X-Mailroom-Function-Hops: \(nonsense)") == FunctionHops.most, "\(nonsense)")
        }
    }

    @Test func `mail that a function sends carries one more than the message at hand`() {
        #expect(FunctionHops.field(after: nil).text == "X-Mailroom-Function-Hops: 1\r\n")
        let header = HeaderSection(Octets(text: "X-Mailroom-Function-Hops: 3\r\n\r\n"))
        #expect(FunctionHops.field(after: header).text == "X-Mailroom-Function-Hops: 4\r\n")
    }
}
