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

        /// The role's id as AWS's answers show it: `AROA` and 17 letters and digits, the same for the same role.
        public var roleID: String { Self.roleID(of: role) }

        /// The same of a role's ARN.
        public static func roleID(of role: String) -> String {
            // FNV-1a: only an identifier, nothing is kept secret by it.
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for octet in role.utf8 { hash = (hash ^ UInt64(octet)) &* 0x100_0000_01B3 }
            let digits = String(hash, radix: 32, uppercase: true)
            return "AROA" + String(repeating: "A", count: 17 - digits.utf8.count) + digits
        }
    }

    private let sessions = Mutex<[String: Session]>([:])

    /// No keys yet.
    public init() {}

    /// - Parameter expiresAt: by the clock that never jumps; nil for a key that is revoked by whoever issued it.
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

    /// Number of keys.
    public var count: Int { sessions.withLock { $0.count } }

    /// Forgets keys whose time is over.
    public func forgetExpired(at now: Timestamp) {
        sessions.withLock { sessions in
            sessions = sessions.filter { $0.value.key.expiresAt.map { $0 > now } ?? true }
        }
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
