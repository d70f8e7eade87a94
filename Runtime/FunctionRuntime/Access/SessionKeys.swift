import MailTypes
import Synchronization

/// Temporary access keys: one for each environment of a user's function, and those of AssumeRole. They live in memory
/// and die with the process (reference/functions.md §4.7).
public final class SessionKeys: Sendable {
    /// What a temporary key stands for.
    public struct Session: Sendable {
        public var key: AccessKey
        /// The role's ARN: its policies say what the session may do.
        public var role: String
        /// The message at hand; nil between two calls.
        public var message: LambdaMessage?
    }

    private let sessions = Mutex<[String: Session]>([:])

    /// No keys yet.
    public init() {}

    /// Makes a key pair that acts as `arn:aws:sts::ACCOUNT:assumed-role/ROLE/NAME`.
    public func issue(
        role: String, sessionName: String, account: String, expiresAt: Timestamp?, random: any RandomSource
    ) -> AccessKey {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        func text(_ count: Int) -> String {
            String(decoding: random.octets(count).map { letters[Int($0 & 31)] }, as: UTF8.self)
        }
        let roleName = role.split(separator: "/").last.map(String.init) ?? role
        let key = AccessKey(
            id: "ASIA" + text(16), secret: Secret(Base64.encode(random.octets(30)).text),
            sessionToken: Secret(Base64.encode(random.octets(96)).text),
            principal: "arn:aws:sts::\(account):assumed-role/\(roleName)/\(sessionName)", expiresAt: expiresAt)
        sessions.withLock { $0[key.id] = Session(key: key, role: role) }
        return key
    }

    /// Ends a key.
    public func revoke(_ id: String) { sessions.withLock { $0[id] = nil } }

    /// Says which message the session's function works on now.
    public func setMessage(_ message: LambdaMessage?, of id: String) {
        sessions.withLock { $0[id]?.message = message }
    }

    /// The session of a key; nil for an unknown one.
    public func session(_ id: String) -> Session? { sessions.withLock { $0[id] } }
}
