import MailTypes

/// Credentials that were verified a short while ago, by a keyed digest of account, password and stored hash. A client
/// opens many connections; each would cost a hash made to be slow.
///
/// The stored hash is part of the digest, so a changed password is a different entry at once.
struct CredentialCache: Sendable {
    /// How long a verified credential is believed.
    static let lifetime = Duration.seconds(300)
    /// Most entries kept.
    static let limitEntries = 10_000

    private var verifiedAt: [Octets: Timestamp] = [:]

    init() {}

    func contains(_ digest: Octets, at now: Timestamp) -> Bool {
        guard let since = verifiedAt[digest] else { return false }
        return now >= since && now - since < Self.lifetime
    }

    mutating func insert(_ digest: Octets, at now: Timestamp) {
        if verifiedAt.count >= Self.limitEntries {
            verifiedAt = verifiedAt.filter { now - $0.value < Self.lifetime }
            // All are fresh: starting over costs a few hashes, growing would cost memory without end.
            if verifiedAt.count >= Self.limitEntries { verifiedAt = [:] }
        }
        verifiedAt[digest] = now
    }
}
