import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

@testable import Submission

/// An organization whose users send.
struct SubmissionBench {
    let stores = MemoryStores()
    let organization: OrganizationID
    let ann: Entity
    let boss: Entity

    init() async throws {
        organization = try await stores.addOrganization(alias: "one", domain: "example.org")
        ann = try await stores.addUser(#require(Address("ann@example.org")))
        boss = try await stores.addUser(#require(Address("boss@example.org")))
    }

    func address(_ text: String) throws -> Address { try #require(Address(text)) }

    func session(_ user: Entity?) -> SMTPSession {
        SMTPSession(
            endpoint: "submission", peer: NetworkAddress(host: "192.0.2.7", port: 4000), helo: "laptop.example",
            tls: TLSSession(version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", serverName: nil), user: user?.id,
            login: user.map { LoginMark($0) }, hostname: "mx.test.example")
    }

    func grant(_ values: Set<MailboxPermission.Value>, on owner: Entity, to grantee: Entity) async throws {
        let permission = MailboxPermission(
            organization: owner.organization, owner: owner.id, grantee: grantee.id, granteeKind: grantee.kind,
            values: values)
        try await stores.apply(permission.storing())
    }

    func envelope(from sender: String = "ann@example.org", to recipients: [String] = ["joe@example.net"]) throws
        -> Envelope
    {
        Envelope(
            reversePath: ReversePath(try address(sender)),
            recipients: try recipients.map { EnvelopeRecipient(ForwardPath(try address($0))) })
    }

    /// What stands in place of a header section, or the refusal's code and text.
    func header(_ text: String, by user: Entity? = nil) async throws -> String {
        let answer = try await SubmissionHeader(directory: stores, records: stores).handle(
            SMTPHeader(session: session(user ?? ann), envelope: envelope(), header: Octets(text: text)),
            in: .test("SubmissionHeader"))
        if let refusal = answer.refusal { return "\(refusal.code) \(refusal.lines[0])" }
        guard case .octets(let octets) = answer.header else { return "" }
        return octets.text
    }

    func reply(from sender: String = "ann@example.org", to recipient: String, by user: Entity?) async throws -> Reply {
        try await SubmissionRecipient(directory: stores, records: stores, allowance: SendingAllowance(mostPerUser: 2))
            .handle(
                SMTPRecipient(
                    session: session(user), reversePath: ReversePath(address(sender)),
                    recipient: ForwardPath(address(recipient))), in: .test("SubmissionRecipient")
            ).reply
    }
}
