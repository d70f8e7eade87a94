import FunctionRuntime
import Journaling
import MailTypes
import MemoryStores
import Testing

func address(_ text: String) -> Address {
    guard let address = Address(text) else { preconditionFailure("\(text) is no address") }
    return address
}

@Suite struct JournalingTests {
    private let stores = MemoryStores()
    private let organization: OrganizationID
    private let content = Octets(
        text: "From: a@x.example\r\nSubject: Lunch\r\nMessage-ID: <m1@x.example>\r\n\r\nAt noon?\r\n")
    private let seeds = SeededRandom(99)

    init() async throws {
        organization = try await stores.addOrganization()
    }

    private func turnOn(_ journal: String = "archive@vault.example") async throws {
        try await stores.setJournaling(
            JournalingSettings(journalAddress: address(journal), reportAddress: address("admin@demo.mailroom.test")),
            of: organization)
    }

    private func spool(to recipients: String..., from sender: String? = "sender@x.example") async throws
        -> SpooledMessage
    {
        try await stores.addSpooled(
            content, from: ReversePath(sender.map(address)), to: recipients.map(address), in: organization,
            messageID: "m1@x.example")
    }

    private func journal(_ message: SpooledMessage) async throws -> JournalOutcome {
        try await Journaling(
            directory: stores, spool: stores, rules: stores,
            settings: JournalingParameters(hostname: "mx.mailroom.test")
        ).handle(JournalRequest(message), in: .test("Journaling", random: seeds))
    }

    private func others(than message: SpooledMessage) async throws -> [SpooledMessage] {
        try await stores.recent(limit: 100).filter { $0.id != message.id }
    }

    @Test func `one record lists the recipients and attaches the original unchanged`() async throws {
        try await turnOn()
        let ann = try await stores.addUser(address("ann@demo.mailroom.test"))
        let bob = try await stores.addUser(address("bob@demo.mailroom.test"))
        _ = try await stores.addGroup(address("team@demo.mailroom.test"), members: [ann.id, bob.id])
        let message = try await spool(to: "carol@demo.mailroom.test", "team@demo.mailroom.test")
        guard case .recorded(let id) = try await journal(message) else {
            Issue.record("no record")
            return
        }
        let records = try await others(than: message)
        #expect(records.map(\.id) == [id])
        let record = try #require(records.first)
        #expect(record.queue == "outbound" && record.isNotice)
        #expect(record.envelope.recipients.map(\.forwardPath.address) == [address("archive@vault.example")])
        #expect(record.envelope.reversePath.address == address("admin@demo.mailroom.test"))
        let octets = try await stores.content(of: id, range: nil)
        let text = octets.text
        #expect(text.contains("From: <amazonjournaling@demo.awsapps.com>"))
        #expect(text.contains("Sender: sender@x.example"))
        #expect(text.contains("Subject: Lunch"))
        #expect(text.contains("Message-ID: <m1@x.example>"))
        #expect(text.contains("Recipient: carol@demo.mailroom.test\r\n"))
        #expect(text.contains("Recipient: ann@demo.mailroom.test, Expanded: team@demo.mailroom.test\r\n"))
        #expect(text.contains("Recipient: bob@demo.mailroom.test, Expanded: team@demo.mailroom.test\r\n"))
        #expect(text.contains(content.text))
        // The original is untouched and waits for its delivery.
        let original = try #require(try await stores.message(message.id))
        #expect(original.openRecipients == [0, 1])
        #expect(original.stepsDone == ["journal"])
        #expect(try await stores.content(of: message.id, range: nil) == content)
    }

    @Test func `a repeated request makes no second record`() async throws {
        try await turnOn()
        let message = try await spool(to: "ann@demo.mailroom.test")
        for _ in 0..<3 { _ = try await journal(message) }
        #expect(try await others(than: message).count == 1)
        let again = try #require(try await stores.message(message.id))
        #expect(try await journal(again) == .notWanted)
    }

    @Test func `a journal mailbox of ours gets the record through the inbound queue`() async throws {
        try await stores.addUser(address("archive@demo.mailroom.test"))
        try await turnOn("archive@demo.mailroom.test")
        let message = try await spool(to: "ann@demo.mailroom.test")
        _ = try await journal(message)
        #expect(try await others(than: message).map(\.queue) == ["inbound"])
    }

    @Test func `a journal address that nobody has is told to the report address, once`() async throws {
        try await turnOn("gone@demo.mailroom.test")
        let message = try await spool(to: "ann@demo.mailroom.test")
        for _ in 0..<2 {
            guard case .reported(_, let reason) = try await journal(message) else {
                Issue.record("not reported")
                return
            }
            #expect(reason.contains("gone@demo.mailroom.test"))
        }
        let notices = try await others(than: message)
        #expect(notices.count == 1)
        let notice = try #require(notices.first)
        #expect(notice.isNotice && notice.envelope.reversePath.isNull && notice.queue == "inbound")
        #expect(notice.envelope.recipients.map(\.forwardPath.address) == [address("admin@demo.mailroom.test")])
        let text = try await stores.content(of: notice.id, range: nil).text
        #expect(text.contains(message.id.description))
        #expect(text.contains("no-such-recipient"))
        #expect(try await stores.message(message.id)?.openRecipients == [0])
    }

    @Test func `nothing is journaled while it is off, and notices never are`() async throws {
        var message = try await spool(to: "ann@demo.mailroom.test")
        #expect(try await journal(message) == .notWanted)
        try await turnOn()
        message.isNotice = true
        #expect(try await journal(message) == .notWanted)
        #expect(try await others(than: message).isEmpty)
    }

    @Test func `a message from the null reverse-path is journaled too`() async throws {
        try await turnOn()
        let message = try await spool(to: "ann@demo.mailroom.test", from: nil)
        guard case .recorded(let id) = try await journal(message) else {
            Issue.record("no record")
            return
        }
        #expect(try await stores.content(of: id, range: nil).text.contains("Sender: a@x.example"))
    }
}
