import MailTypes
import MessageFormat
import Testing

private let original = message(
    "From: =?utf-8?Q?J=C3=B6rg?= <joerg@sender.example>", "To: ann@demo.mailroom.test",
    "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=",
    "Message-ID: <original-1@sender.example>", "Date: Fri, 20 Nov 2026 17:36:18 +0000", "", "Hello Ann,", "nothing new."
)

private func report(_ change: (inout DeliveryStatusNotification) -> Void = { _ in }) throws -> Octets {
    let ann = EnvelopeRecipient(
        ForwardPath(try #require(Address("ann@demo.mailroom.test"))), originalRecipient: "rfc822;ann@old.example")
    var report = DeliveryStatusNotification(
        reportingMTA: "mx.demo.mailroom.test", to: try #require(Address("joerg@sender.example")),
        messageID: "dsn-1@mx.demo.mailroom.test", date: Timestamp(year: 2026, month: 11, day: 20, hour: 18),
        arrivedAt: Timestamp(year: 2026, month: 11, day: 20, hour: 17), envelopeID: "QQ314159",
        recipients: [.init(ann, reply: DeliveryFailure(.mailboxFull).reply)], original: original)
    change(&report)
    return report.build()
}

@Suite struct DeliveryStatusNotificationTests {
    @Test func `a failure report is as recorded`() throws {
        GoldenFile("dsn-failure.eml").expect(try report())
    }

    @Test func `a function's bounce message stands in the human part, beyond ASCII and over lines`() throws {
        let content = try report { $0.recipients[0].text = "Nicht zugestellt: Größe\nRückfragen an den Empfang" }
        GoldenFile("dsn-bounce-message.eml").expect(content)
        let summary = MessageSummary(content: content)
        #expect(summary.preview.contains("Nicht zugestellt: Größe Rückfragen"))
    }

    @Test func `its parts are those of RFC 3464, in their order`() throws {
        let content = try report()
        let root = MessageSummary(content: content).structure
        #expect(root.subtype == "report")
        #expect(root.parameter("report-type") == Octets(text: "delivery-status"))
        #expect(
            root.parts.map { "\($0.type)/\($0.subtype)" } == [
                "text/plain", "message/delivery-status", "message/rfc822",
            ])
        #expect(content[root.parts[2].body].elementsEqual(original))
        let status = HeaderSection(content, in: root.parts[1].body)
        #expect(status.unfoldedValue("Reporting-MTA") == Octets(text: "dns; mx.demo.mailroom.test"))
        let recipient = HeaderSection(content, in: status.bodyStart..<root.parts[1].body.upperBound)
        #expect(recipient.unfoldedValue("Status") == Octets(text: "5.2.2"))
        #expect(recipient.unfoldedValue("Action") == Octets(text: "failed"))
        #expect(recipient.unfoldedValue("Diagnostic-Code") == Octets(text: "smtp; 552 5.2.2 mailbox full"))
        #expect(recipient.unfoldedValue("Original-Recipient") == Octets(text: "rfc822;ann@old.example"))
        #expect(recipient.unfoldedValue("Final-Recipient") == Octets(text: "rfc822; ann@demo.mailroom.test"))
    }

    @Test func `RET HDRS and large originals return the header section only`() throws {
        let large = original + Octets(repeating: 0x61, count: DeliveryStatusNotification.originalOctets)
        for content in [
            try report { $0.returnHeadersOnly = true },
            try report {
                $0.original = large; $0.originalSize = large.count
            },
        ] {
            let root = MessageSummary(content: content).structure
            #expect(root.parts.last?.subtype == "rfc822-headers")
            let header = HeaderSection(content, in: try #require(root.parts.last).body)
            #expect(header.messageID == "original-1@sender.example")
            #expect(!content.text.contains("nothing new"))
        }
    }

    @Test func `an address beyond ASCII makes it a global report`() throws {
        let content = try report {
            $0.recipients[0].recipient.forwardPath = ForwardPath(Address(localPart: "jörg", domain: "müller.example"))
        }
        let root = MessageSummary(content: content).structure
        #expect(root.parameter("report-type") == Octets(text: "global-delivery-status"))
        #expect(root.parts[1].subtype == "global-delivery-status" && root.parts[1].transferEncoding == "8bit")
        #expect(root.parts[2].subtype == "global")
        #expect(content.text.contains("Final-Recipient: utf-8; jörg@müller.example\r\n"))
    }

    @Test func `what peers wrote cannot add a field`() throws {
        let content = try report {
            $0.envelopeID = "x\r\nAction: delivered"
            $0.recipients[0].recipient.originalRecipient = "rfc822;a\r\nStatus: 2.0.0\r\n\r\n"
            $0.recipients[0].text = "one\r\u{0}\r\ntwo"
        }
        let root = MessageSummary(content: content).structure
        let status = HeaderSection(content, in: root.parts[1].body)
        #expect(status.fields.count == 3)
        let recipient = HeaderSection(content, in: status.bodyStart..<root.parts[1].body.upperBound)
        #expect(recipient.count("Status") == 1 && recipient.count("Action") == 1)
        #expect(!content.contains(0))
    }

    @Test func `a delay is told as one`() throws {
        let content = try report {
            $0.recipients[0].action = .delayed
            $0.recipients[0].willRetryUntil = Timestamp(year: 2026, month: 11, day: 25)
        }
        #expect(HeaderSection(content).text("Subject") == "Delivery Status Notification (Delay)")
        #expect(content.text.contains("Will-Retry-Until: Wed, 25 Nov 2026 00:00:00 +0000\r\n"))
    }
}

@Suite struct JournalRecordTests {
    private func record(_ original: Octets, sender: String? = "joerg@sender.example") throws -> JournalRecord {
        let list = try #require(Address("all@demo.mailroom.test"))
        return JournalRecord(
            from: try #require(Address("amazonjournaling@demo.awsapps.com")),
            to: try #require(Address("journal@archive.example")),
            messageID: "journal-1@mx.demo.mailroom.test", date: Timestamp(year: 2026, month: 11, day: 20, hour: 18),
            sender: ReversePath(sender.flatMap { Address($0) }),
            recipients: [
                .init(try #require(Address("ann@demo.mailroom.test"))),
                .init(try #require(Address("bob@demo.mailroom.test")), expandedFrom: list),
            ], original: original)
    }

    @Test func `a record is as recorded`() throws {
        GoldenFile("journal-record.eml").expect(try record(original).build())
    }

    @Test func `the original is attached octet for octet, whatever it holds`() throws {
        let contents: [Octets] = [
            original, [], [0], Octets(0...255), Octets(text: "no header\nbare\rends"),
            original + Octets(text: "--=_\r\n--"),
        ]
        for content in contents {
            let built = try record(content).build()
            let root = MessageSummary(content: built).structure
            try #require(root.parts.count == 2)
            #expect(Octets(built[root.parts[1].body]) == content)
        }
    }

    @Test func `an original that holds the boundary gets another one`() throws {
        let first = try record(original).build()
        let boundary = try #require(MessageSummary(content: first).structure.parameter("boundary"))
        let hostile = original + Octets(text: "--") + boundary + Octets(text: "--\r\nafter\r\n")
        let built = try record(hostile).build()
        let root = MessageSummary(content: built).structure
        #expect(root.parameter("boundary") != boundary)
        #expect(root.parts.count == 2)
        #expect(try Octets(built[#require(root.parts.last).body]) == hostile)
    }

    @Test func `a subject cannot add a line to the report`() throws {
        let content = message("Subject: =?utf-8?Q?a=0D=0ARecipient:_evil@x?=", "From: <a@b>", "", "x")
        let built = try record(content, sender: nil).build()
        let root = MessageSummary(content: built).structure
        let report = Octets(built[root.parts[0].body]).text
        #expect(report.split(separator: "\r\n").filter { $0.hasPrefix("Recipient:") }.count == 2)
        #expect(report.hasPrefix("Sender: a@b\r\n"))
    }
}
