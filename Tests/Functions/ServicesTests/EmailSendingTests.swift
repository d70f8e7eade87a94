import EmailSending
import FunctionRuntime
import MailTypes
import MemoryStores
import MessageFormat
import Testing

@Suite struct EmailSendingTests {
    private let desk = ServiceDesk()

    /// The service, with one organization that has `demo.mailroom.test`.
    private func service() async throws -> EmailSending {
        try await desk.stores.addOrganization()
        return EmailSending(
            spool: desk.stores, content: desk.stores, directory: desk.stores, keys: desk.keys,
            permissions: desk.permissions, place: desk.place, hostname: "mx.mailroom.test")
    }

    private let mail: [String: String] = [
        "Action": "SendEmail", "Source": "\"Shop, Inc\" <shop@demo.mailroom.test>",
        "Destination.ToAddresses.member.1": "Ann <ann@demo.mailroom.test>",
        "Destination.BccAddresses.member.1": "far@outside.example", "Message.Subject.Data": "Grüße",
        "Message.Body.Text.Data": "text", "Message.Body.Html.Data": "<p>html</p>",
    ]

    private func spooled(_ queue: QueueName) async throws -> [SpooledMessage] {
        try await desk.stores.waiting(in: queue, limit: 9)
    }

    @Test func `own recipients go inbound, others outbound, and nobody reads Bcc`() async throws {
        let service = try await service()
        let answer = try await desk.form(service, mail)
        #expect(answer.status == 200, "\(answer.xml)")
        let inbound = try #require(try await spooled("inbound").first)
        let outbound = try #require(try await spooled("outbound").first)
        #expect(answer.xml.contains("<MessageId>\(inbound.id)</MessageId>"))
        #expect(inbound.envelope.recipients.map(\.forwardPath.address.description) == ["ann@demo.mailroom.test"])
        #expect(outbound.envelope.recipients.map(\.forwardPath.address.description) == ["far@outside.example"])
        #expect(outbound.envelope.reversePath.description == "<shop@demo.mailroom.test>")
        #expect(outbound.direction == .outbound && inbound.direction == .inbound)
        let content = try await desk.stores.content(of: inbound.id, range: nil)
        let header = HeaderSection(content)
        #expect(header.text("Subject") == "Grüße" && header.count("Bcc") == 0)
        #expect(header.text("From") == "\"Shop, Inc\" <shop@demo.mailroom.test>")
        #expect(content.text.contains("multipart/alternative") && !content.text.contains("far@outside"))
    }

    @Test func `a sender of no domain here is refused, and so is one that the role may not be`() async throws {
        let service = try await service()
        let stranger = try await desk.form(service, mail.merging(["Source": "a@outside.example"]) { $1 })
        #expect(stranger.status == 400 && stranger.xml.contains("<Code>MessageRejected</Code>"))
        #expect(stranger.xml.contains("Email address is not verified."))
        let bounces = try await desk.form(service, mail.merging(["ReturnPath": "a@outside.example"]) { $1 })
        #expect(bounces.xml.contains("<Code>MessageRejected</Code>"))
        let identity = "arn:aws:ses:us-east-1:123456789012:identity/"
        let allowed = try await desk.session(["ses:SendEmail"], on: identity + "demo.mailroom.test")
        #expect(try await desk.form(service, mail, as: allowed).status == 200)
        let other = try await desk.session(["ses:SendEmail"], on: identity + "else.example", role: "other")
        #expect(try await desk.form(service, mail, as: other).status == 403)
        #expect(try await spooled("inbound").count == 1)
    }

    @Test(arguments: [
        ["Message.Subject.Data": "x\r\nBcc: victim@outside.example"], ["Source": "a\r\nX: y <shop@demo.mailroom.test>"],
        ["Destination.ToAddresses.member.1": "ann@demo.mailroom.test\r\nX: y"],
        ["ReplyToAddresses.member.1": "a@demo.mailroom.test\nX: y"],
    ])
    func `a line end in a field's value refuses the call`(_ change: [String: String]) async throws {
        let answer = try await desk.form(try await service(), mail.merging(change) { $1 })
        #expect(answer.status == 400 && answer.xml.contains("control character"), "\(answer.xml)")
        #expect(try await spooled("inbound").isEmpty)
    }

    private func sendRaw(_ text: String, _ more: [String: String] = [:], as caller: Caller = ServiceDesk.owner)
        async throws -> (status: Int, xml: String)
    {
        let service = EmailSending(
            spool: desk.stores, content: desk.stores, directory: desk.stores, keys: desk.keys,
            permissions: desk.permissions, place: desk.place, hostname: "mx.mailroom.test")
        let data = Base64.encode(Octets(text: text)).text
        return try await desk.form(
            service, ["Action": "SendRawEmail", "RawMessage.Data": data].merging(more) { $1 }, as: caller)
    }

    @Test func `a raw message keeps its octets, loses Bcc and gets what it lacks`() async throws {
        try await desk.stores.addOrganization()
        let answer = try await sendRaw(
            "From: shop@demo.mailroom.test\nTo: ann@demo.mailroom.test\nBcc: bob@demo.mailroom.test\nX-Own:  a  b\n\nbody\n"
        )
        #expect(answer.status == 200, "\(answer.xml)")
        let message = try #require(try await spooled("inbound").first)
        #expect(message.envelope.recipients.count == 2)
        let content = try await desk.stores.content(of: message.id, range: nil)
        let header = HeaderSection(content)
        #expect(header.count("Bcc") == 0 && header.count("Date") == 1 && header.count("Message-ID") == 1)
        #expect(content.text.contains("\r\nX-Own:  a  b\r\n\r\nbody\r\n"))
        #expect(try await sendRaw("To: ann@demo.mailroom.test\n\nbody\n").status == 400)
        #expect(try await sendRaw("From: shop@demo.mailroom.test\n\nnobody\n").status == 400)
        #expect(
            try await sendRaw(
                "From: shop@demo.mailroom.test\r\n\r\na\rb", ["Destinations.member.1": "ann@demo.mailroom.test"]
            ).status == 400)
        let many = Dictionary(
            uniqueKeysWithValues: (1...500).map { ("Destinations.member.\($0)", "a\($0)@demo.mailroom.test") })
        #expect(try await sendRaw("From: shop@demo.mailroom.test\n\nx\n", many).status == 200)
        #expect(
            try await sendRaw(
                "From: shop@demo.mailroom.test\n\nx\n",
                many.merging(["Destinations.member.501": "b@demo.mailroom.test"]) { $1 }
            ).status == 400)
    }

    @Test func `a function that answers its own mail is stopped`() async throws {
        try await desk.stores.addOrganization()
        let caller = try await desk.session(["ses:*"])
        guard case .key(let id, _, _, _) = caller else { return }
        let mail = "From: shop@demo.mailroom.test\nTo: ann@demo.mailroom.test\nX-Mailroom-Function-Hops: 0\n\nx\n"
        for hop in 1...EmailSending.hopsMax {
            let answer = try await sendRaw(mail, as: caller)
            #expect(answer.status == 200, "\(answer.xml)")
            let sent = try #require(
                try await desk.stores.recent(limit: 99).first { answer.xml.contains("<MessageId>\($0.id)<") })
            let header = HeaderSection(try await desk.stores.content(of: sent.id, range: nil))
            #expect(header.all("X-Mailroom-Function-Hops").map { header.unfoldedValue(of: $0).text } == ["\(hop)"])
            desk.keys.setMessage(LambdaMessage(id: sent.id), of: id)
        }
        let answer = try await sendRaw(mail, as: caller)
        #expect(answer.xml.contains("<Code>MessageRejected</Code>") && answer.xml.contains("loop"))
    }

    @Test func `version 2 sends simple and raw, and refuses templates`() async throws {
        let service = try await service()
        func send(_ content: JSONValue) async throws -> (Int, String) {
            let body: JSONValue = [
                "FromEmailAddress": "shop@demo.mailroom.test",
                "Destination": ["ToAddresses": ["ann@demo.mailroom.test"]], "Content": content,
            ]
            let response = try await service.handle(
                HTTPRequest(
                    method: "POST", path: "/v2/email/outbound-emails", body: .octets(body.octets),
                    caller: ServiceDesk.owner, peer: NetworkAddress(host: "127.0.0.1", port: 1)),
                in: .test(time: desk.time, random: desk.random))
            return (response.status, try await response.body.collect(upTo: 9999).text)
        }
        let simple: JSONValue = [
            "Simple": [
                "Subject": ["Data": "s"], "Body": ["Text": ["Data": "t"]],
                "Headers": [["Name": "X-Campaign", "Value": "one"]],
            ]
        ]
        #expect(try await send(simple).0 == 200)
        let raw = Base64.encode(Octets(text: "From: shop@demo.mailroom.test\r\nSubject: r\r\n\r\nx\r\n")).text
        #expect(try await send(["Raw": ["Data": .string(raw)]]).0 == 200)
        #expect(try await spooled("inbound").count == 2)
        let template = try await send(["Template": ["TemplateName": "t"]])
        #expect(template.0 == 400 && template.1.contains("templates"))
        let forged: JSONValue = [
            "Simple": [
                "Subject": ["Data": "s"], "Body": ["Text": ["Data": "t"]],
                "Headers": [["Name": "From", "Value": "x@outside.example"]],
            ]
        ]
        #expect(try await send(forged).0 == 400)
    }
}
