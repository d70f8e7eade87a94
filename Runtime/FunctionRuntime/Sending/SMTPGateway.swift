import MailTypes

extension RecordKind {
    /// SMTP gateways, by `ORGANIZATION/NAME`: `SMTPGateway` in JSON.
    public static let smtpGateway: RecordKind = "smtp-gateway"
}

/// Another server that delivers for an organization what its outbound rules say (reference/email-flow.md §3.6).
public struct SMTPGateway: Codable, Sendable {
    /// Unique in its organization.
    public var name: String
    /// A host name or an address.
    public var host: String
    public var port: UInt16
    /// Basic authentication; nil where the gateway asks for none.
    public var user: String?
    public var password: Secret<String>?

    private enum CodingKeys: String, CodingKey { case name, host, port, user, password }

    /// A gateway of these facts.
    public init(name: String, host: String, port: UInt16, user: String? = nil, password: Secret<String>? = nil) {
        (self.name, self.host, self.port, self.user, self.password) = (name, host, port, user, password)
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        name = try c.decode(String.self, forKey: .name)
        host = try c.decode(String.self, forKey: .host)
        port = try c.decode(UInt16.self, forKey: .port)
        user = try c.decodeIfPresent(String.self, forKey: .user)
        password = try c.decodeIfPresent(String.self, forKey: .password).map { Secret($0) }
    }

    /// Writes the password, too: the record is sealed at rest, and nothing else encodes a gateway.
    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        try c.encode(name, forKey: .name)
        try c.encode(host, forKey: .host)
        try c.encode(port, forKey: .port)
        try c.encodeIfPresent(user, forKey: .user)
        try c.encodeIfPresent(password?.reveal(), forKey: .password)
    }

    /// The key of a gateway's record.
    public static func key(_ name: String, in organization: OrganizationID) -> RecordKey {
        RecordKey(.smtpGateway, "\(organization)/\(name)")
    }
}
