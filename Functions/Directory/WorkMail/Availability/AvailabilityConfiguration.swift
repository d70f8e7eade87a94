import FunctionRuntime
import MailTypes

extension RecordKind {
    /// Availability configurations by organization and domain: `AvailabilityConfiguration` in JSON.
    static let availability: RecordKind = "availability"
}

/// Whom to ask for free and busy times of addresses in a domain (reference/clients-and-interop.md §7).
struct AvailabilityConfiguration: Codable, Sendable {
    var organization: OrganizationID
    /// In lower case.
    var domain: String
    var provider: AvailabilityProvider
    var createdAt: Timestamp
    var modifiedAt: Timestamp
    /// The token of the call that made it, and what that call said; nil where it had none.
    var token: String?
    var request: String

    /// One that is made now.
    init(_ provider: AvailabilityProvider, for domain: String, of organization: OrganizationID, at now: Timestamp) {
        self.organization = organization
        self.domain = domain
        self.provider = provider
        createdAt = now
        modifiedAt = now
        request = Fingerprint.hex("\(domain)\n\(provider.words)")
    }

    /// The record that a domain's configuration is kept in.
    static func key(_ domain: String, in organization: OrganizationID) -> RecordKey {
        RecordKey(.availability, prefix(of: organization) + domain)
    }

    /// What the records of an organization's configurations begin with.
    static func prefix(of organization: OrganizationID) -> String { "\(organization)/" }

    /// What a commit must hold so that it stands.
    func storing(expecting revision: Int) throws(StoreFailure) -> [RecordChange] {
        [try .put(Self.key(domain, in: organization), encoding: self, expecting: revision)]
    }
}

/// Who answers: another server by EWS, or a function.
enum AvailabilityProvider: Codable, Sendable {
    case ews(login: EWSLogin)
    case lambda(arn: String)

    /// `EWS` or `LAMBDA`.
    var type: String {
        switch self {
        case .ews: "EWS"
        case .lambda: "LAMBDA"
        }
    }

    /// Everything it consists of: alike for the same provider only.
    fileprivate var words: String {
        switch self {
        case .ews(let login): "\(login.endpoint)\n\(login.username)\n\(login.password.reveal())"
        case .lambda(let arn): arn
        }
    }
}

/// How to log in to a server that speaks EWS.
struct EWSLogin: Codable, Sendable {
    let endpoint: String
    let username: String
    let password: Secret<String>

    private enum CodingKeys: String, CodingKey { case endpoint, username, password }

    init(endpoint: String, username: String, password: Secret<String>) {
        (self.endpoint, self.username, self.password) = (endpoint, username, password)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        endpoint = try container.decode(String.self, forKey: .endpoint)
        username = try container.decode(String.self, forKey: .username)
        password = Secret(try container.decode(String.self, forKey: .password))
    }

    /// Writes the password, too; the record is sealed at rest.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(endpoint, forKey: .endpoint)
        try container.encode(username, forKey: .username)
        try container.encode(password.reveal(), forKey: .password)
    }
}
