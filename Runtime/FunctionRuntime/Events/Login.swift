import MailTypes

/// Somebody says who they are, with a password.
public struct LoginAttempt: Codable, Sendable {
    /// As access control rules name protocols: `IMAP`, `SMTP`, `AutoDiscover`, `EWS`, …
    public var protocolName: String
    public var user: String
    public var password: Secret<String>
    public var peer: NetworkAddress
    public var isSecure: Bool

    /// An attempt of these facts.
    public init(protocolName: String, user: String, password: Secret<String>, peer: NetworkAddress, isSecure: Bool) {
        self.protocolName = protocolName
        self.user = user
        self.password = password
        self.peer = peer
        self.isSecure = isSecure
    }

    private enum CodingKeys: String, CodingKey { case protocolName, user, password, peer, isSecure }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        protocolName = try c.decode(String.self, forKey: .protocolName)
        user = try c.decode(String.self, forKey: .user)
        password = Secret(try c.decode(String.self, forKey: .password))
        peer = try c.decode(NetworkAddress.self, forKey: .peer)
        isSecure = try c.decode(Bool.self, forKey: .isSecure)
    }

    /// The password is left out: an encoded attempt may end in a log.
    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        try c.encode(protocolName, forKey: .protocolName)
        try c.encode(user, forKey: .user)
        try c.encode("***", forKey: .password)
        try c.encode(peer, forKey: .peer)
        try c.encode(isSecure, forKey: .isSecure)
    }
}

/// What an account was like when somebody logged in. When it is not like that any more, the session is over
/// (reference/faults.md F53).
public struct LoginMark: Codable, Sendable, Hashable {
    public var enabledAt: Timestamp?
    public var passwordVersion: Int?

    /// The mark of an account as it is now.
    public init(_ entity: Entity) { (enabledAt, passwordVersion) = (entity.enabledAt, entity.passwordVersion) }
}

/// What became of a login.
public enum LoginVerdict: Codable, Sendable, Hashable {
    case granted(Entity)
    /// Wrong user or password: one answer for both.
    case denied
    /// Too many failures from this network or for this account: wait so many seconds.
    case later(seconds: Int)
}
