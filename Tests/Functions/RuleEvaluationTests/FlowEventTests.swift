import FunctionRuntime
import MailTypes
import Testing

@testable import RuleEvaluation

@Suite struct FlowEventTests {
    private func message(from sender: String?, recipients: Int = 1, direction: FlowDirection = .inbound)
        -> SpooledMessage
    {
        SpooledMessage(
            id: Identifier128(high: 0x0d7c_3a52_6d0e_7a1f, low: 0x9a55_2f6f_0c1e_9a10), queue: "inbound",
            organization: "m-1", direction: direction,
            envelope: Envelope(
                reversePath: ReversePath(sender.map { address($0) }),
                recipients: (0..<recipients).map { EnvelopeRecipient(ForwardPath(address("r\($0)@acme.test"))) }),
            messageID: nil, isNotice: false, acceptedAt: Timestamp(milliseconds: 0), peer: nil, size: 1,
            fates: Array(repeating: nil, count: recipients), stepsDone: [], attempts: 0, dueAt: nil, waitReason: nil,
            isDead: false)
    }

    private func event(
        _ head: String, from sender: String? = "env@outside.test", recipients: [String] = ["b@acme.test"],
        direction: FlowDirection = .inbound
    ) -> FlowEvent {
        FlowEvent(
            message(from: sender, direction: direction), head: Octets(text: head + "\r\n\r\n"),
            recipients: recipients.map { address($0) },
            invocationID: "9f2c4be1d07a35a8c6e1b0f4d2a3958716c0e5f4")
    }

    @Test func `the members stand in the order seen from the service`() {
        #expect(
            event("From: A <a@outside.test>\r\nSubject: Hi").octets.text
                == "{\"summaryVersion\":\"2019-07-28\",\"envelope\":{\"mailFrom\":{\"address\":\"a@outside.test\"},"
                + "\"recipients\":[{\"address\":\"b@acme.test\"}]},\"truncated\":false,\"sender\":null,\"subject\":\"Hi\","
                + "\"messageId\":\"0d7c3a52-6d0e-7a1f-9a55-2f6f0c1e9a10\","
                + "\"invocationId\":\"9f2c4be1d07a35a8c6e1b0f4d2a3958716c0e5f4\",\"flowDirection\":\"INBOUND\"}")
        #expect(event("From: a@outside.test", direction: .outbound).octets.text.contains("\"OUTBOUND\""))
    }

    @Test func `the owner is the sender, whoever sent it for them`() {
        let behalf = event("From: owner@acme.test\r\nSender: Help <helper@acme.test>")
        #expect((behalf.mailFrom, behalf.sender) == ("owner@acme.test", "helper@acme.test"))
        let sentAs = event("From: owner@acme.test\r\nSender: owner@acme.test")
        #expect((sentAs.mailFrom, sentAs.sender) == ("owner@acme.test", nil))
        let nobody = event("Subject: no author")
        #expect((nobody.mailFrom, nobody.sender) == ("env@outside.test", nil))
        let bounce = event("From: MAILER-DAEMON@outside.test", from: nil)
        #expect((bounce.mailFrom, bounce.sender) == ("", "nobody") || bounce.sender == nil)
        #expect(bounce.mailFrom.isEmpty)
    }

    @Test func `a subject is decoded and cut, empty when it is empty, null when there is none`() {
        #expect(event("From: a@x.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=").subject == "Grüße")
        #expect(event("From: a@x.test\r\nSubject: " + String(repeating: "s", count: 300)).subject?.count == 256)
        #expect(event("From: a@x.test\r\nSubject:").subject == "")
        #expect(event("From: a@x.test").subject == nil)
        #expect(event("From: a@x.test").octets.text.contains("\"subject\":null"))
    }

    @Test func `a long list of recipients is cut so that the event has 128 KiB at most`() throws {
        let few = event("From: a@x.test", recipients: (0..<500).map { "r\($0)@acme.test" })
        #expect(!few.octets.text.contains("\"truncated\":true"))
        let long = String(repeating: "l", count: 60)
        let domain = "\(long).\(long).\(long).test"
        let many = event("From: a@x.test", recipients: (0..<600).map { "\(long)\($0)@\(domain)" })
        #expect(many.octets.count <= FlowEvent.limitOctets)
        #expect(many.octets.count > FlowEvent.limitOctets - 300)
        let json = try JSONValue(parsing: many.octets)
        #expect(json["truncated"]?.bool == true)
        #expect((json["envelope"]?["recipients"]?.array?.count ?? 0) > 300)
    }
}
