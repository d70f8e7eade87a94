import Cryptography
import FoundationEssentials
import FunctionRuntime
import MailTypes
import Stores

/// The organization that `mailroom dev` makes on its first start, with two users whose passwords are kept beside the
/// data for the card. Nothing for production: `serve` never makes it.
struct DemoOrganization {
    static let alias = "demo"
    static let domain = "demo.mailroom.test"
    static let users = ["alice", "bob"]

    /// What the card says of it; made if there is no organization at all. Nil when there are only others.
    static func ensure(
        in stores: any DirectoryAdministration, directory: String, time: any TimeSource, random: any RandomSource
    ) async throws -> (Card.OrganizationFacts, [Card.User])? {
        let file = "\(directory)/demo.json"
        let existing = try await stores.organizations()
        if let demo = existing.first(where: { $0.alias == alias }) {
            let users =
                File.exists(file) ? try JSONDecoder().decode([Card.User].self, from: Data(try File.read(file))) : []
            return (Card.OrganizationFacts(id: demo.id.text, alias: alias, domain: demo.defaultDomain), users)
        }
        guard existing.isEmpty else { return nil }
        let now = time.now()
        let organization = Organization(
            id: OrganizationID("m-" + random.identifier(at: now).hex), alias: alias, defaultDomain: domain,
            createdAt: now,
            completedAt: now)
        // Passwords first: a crash between the two steps then leaves a file without users, never users without a password.
        let users = users.map { Card.User(email: "\($0)@\(domain)", password: Password.invented()) }
        try File.write(Octets(try JSONEncoder.plain.encode(users)), to: file)
        try await stores.createOrganization(
            organization,
            domains: [
                MailDomain(
                    name: domain, organization: organization.id, ownership: "VERIFIED", isTestDomain: false,
                    registeredAt: now),
                MailDomain(
                    name: "\(alias).awsapps.com", organization: organization.id, ownership: "VERIFIED",
                    isTestDomain: true,
                    registeredAt: now),
            ])
        for user in users {
            guard let address = Address(user.email), let hash = PasswordHash.hash(user.password) else { continue }
            let entity = Entity(
                id: EntityID(random.identifier(at: now).description), organization: organization.id, kind: .user,
                name: address.localPart,
                displayName: address.localPart.prefix(1).uppercased() + address.localPart.dropFirst(),
                createdAt: now)
            try await stores.createEntity(entity, passwordHash: Secret(hash))
            try await stores.enable(entity.id, email: address, at: now)
        }
        return (Card.OrganizationFacts(id: organization.id.text, alias: alias, domain: domain), users)
    }
}
