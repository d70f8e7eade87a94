import MailTypes
import Synchronization

/// What logins remember of each other: failures to slow down guessing, and credentials verified lately. One for the whole
/// process, kept over deploys.
public final class LoginMemory: Sendable {
    private let backOff = Mutex(LoginBackOff())
    private let verified = Mutex(CredentialCache())

    /// Remembers nothing yet.
    public init() {}

    func admit(_ account: String, from network: NetworkPrefix, at now: Timestamp) -> Int? {
        backOff.withLock { $0.admit(account, from: network, at: now) }
    }

    func succeed(_ account: String, from network: NetworkPrefix, at now: Timestamp) {
        backOff.withLock { $0.succeed(account, from: network, at: now) }
    }

    func isVerified(_ digest: Octets, at now: Timestamp) -> Bool { verified.withLock { $0.contains(digest, at: now) } }

    func remember(_ digest: Octets, at now: Timestamp) { verified.withLock { $0.insert(digest, at: now) } }
}
