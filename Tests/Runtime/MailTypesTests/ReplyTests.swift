import MailTypes
import Testing

@Suite struct ReplyTests {
    @Test func `a reply of several lines repeats its codes`() {
        #expect(Reply(250, "2.0.0", "ok").wire.text == "250 2.0.0 ok\r\n")
        #expect(Reply(250, nil, lines: ["mx", "SIZE 1", "HELP"]).wire.text == "250-mx\r\n250-SIZE 1\r\n250 HELP\r\n")
        #expect(Reply(550, "5.1.1", lines: ["a", "b"]).wire.text == "550-5.1.1 a\r\n550 5.1.1 b\r\n")
    }

    @Test func `no text can end the line early`() {
        #expect(Reply(250, nil, "a\r\n250 b\0\u{7F}é").wire.text == "250 a??250 b??é\r\n")
    }

    @Test(arguments: DeliveryFailure.Code.allCases)
    func `each failure has a reply of its class and advice`(_ code: DeliveryFailure.Code) {
        let failure = DeliveryFailure(code)
        #expect((400...599).contains(failure.reply.code))
        #expect(failure.reply.enhanced?.first == (failure.isTransient ? "4" : "5") || code == .expired)
        #expect(!failure.onCall.isEmpty)
    }
}
