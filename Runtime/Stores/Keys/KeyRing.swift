import Cryptography
import FunctionRuntime
import MailTypes
import Synchronization

/// The keys in use, unwrapped: master over system and organizations, organization over accounts and spooled messages.
///
/// Changes are made on the writer's thread only, at once, and taken back when their transaction is undone, so that
/// calls of one batch see each other's keys.
final class KeyRing: Sendable {
    /// An organization's key with its number, and the key of its directory rows.
    struct OrganizationKey: Sendable, Equatable {
        let number: Int
        let key: SealingKey
        let directory: SealingKey
    }

    private struct State {
        var master: SealingKey
        var current: [OrganizationID: OrganizationKey] = [:]
        /// Former keys too, while something is still wrapped in them.
        var numbered: [Int: SealingKey] = [:]
        var accounts: [Int: SealingKey] = [:]
    }

    private let state: Mutex<State>
    /// Names content: HMAC-SHA-256 over it.
    let digest: SealingKey
    /// Finds names, addresses and Message-IDs without showing them.
    let lookup: SealingKey
    /// Seals what belongs to no organization: jobs, access keys, deployments.
    let system: SealingKey
    let random: any RandomSource

    /// Opens the keys of a database, or makes them when it has none.
    init(_ db: Connection, source: any MasterKeySource, random: any RandomSource) throws(StoreFailure) {
        self.random = random
        var wrapped: Octets?
        do {
            let rows = try db.rows("SELECT value FROM facts WHERE name = 'system key'")
            if try rows.step() { wrapped = rows.octets(0) }
        }
        let candidates = try source.load().map { SealingKey($0.reveal()) }
        let master: SealingKey
        let root: SealingKey
        if let wrapped {
            var found: (SealingKey, SealingKey)?
            for candidate in candidates where found == nil {
                if let opened = try? candidate.unwrap(wrapped, at: .systemKey) { found = (candidate, opened) }
            }
            guard let found else {
                throw .down(
                    candidates.isEmpty
                        ? "the master key is missing; put its file back" : "the master key is not that of this database"
                )
            }
            (master, root) = found
            // A rotation that was cut off is finished or forgotten, whichever the database says.
            if candidates.count > 1 { try source.keepOnly(Secret(master.octets)) }
        } else {
            if let first = candidates.first {
                master = first
            } else {
                master = SealingKey(from: random)
                try source.prepare(Secret(master.octets))
            }
            root = SealingKey(from: random)
            try db.run(
                "INSERT INTO facts(name, value) VALUES('system key', ?)",
                .octets(master.wrap(root, at: .systemKey, random)))
        }
        digest = root.derived(for: "digest")
        lookup = root.derived(for: "lookup")
        system = root.derived(for: "sealing")
        state = Mutex(State(master: master))
        let rows = try db.rows("SELECT n, organization, is_current, key, directory_key FROM organization_keys")
        while try rows.step() {
            let (number, organization) = (rows.int(0), OrganizationID(rows.text(1)))
            let key = try master.unwrap(rows.octets(3), at: .organizationKey(number, of: organization))
            var current: OrganizationKey?
            if rows.bool(2) {
                let directory = try key.unwrap(rows.octets(4), at: .directoryKey(of: organization))
                current = OrganizationKey(number: number, key: key, directory: directory)
            }
            state.withLock { state in
                state.numbered[number] = key
                if let current { state.current[organization] = current }
            }
        }
    }

    /// The organization's key, nil when it has none yet.
    func current(of organization: OrganizationID) -> OrganizationKey? { state.withLock { $0.current[organization] } }

    /// The organization's key, made when it has none yet.
    func current(of organization: OrganizationID, in transaction: Transaction) throws(StoreFailure) -> OrganizationKey {
        if let key = current(of: organization) { return key }
        return try makeKey(of: organization, directory: SealingKey(from: random), in: transaction)
    }

    /// A key by its number, current or former.
    func organizationKey(_ number: Int) throws(StoreFailure) -> SealingKey {
        guard let key = state.withLock({ $0.numbered[number] }) else { throw .damaged("organization key \(number)") }
        return key
    }

    /// Makes the organization a new key. The former one stays readable until `forget`.
    func makeKey(of organization: OrganizationID, directory: SealingKey, in transaction: Transaction)
        throws(StoreFailure) -> OrganizationKey
    {
        let (former, master) = state.withLock { ($0.current[organization], $0.master) }
        let key = SealingKey(from: random)
        try transaction.db.run(
            "UPDATE organization_keys SET is_current = 0, directory_key = NULL WHERE organization = ?",
            .text(organization.text))
        // Numbers are never used twice: what is bound to one must not open under another.
        var number = 1
        do {
            let rows = try transaction.db.rows("SELECT value FROM facts WHERE name = 'last organization key'")
            if try rows.step() { number = rows.int(0) + 1 }
        }
        try transaction.db.run(
            "INSERT OR REPLACE INTO facts(name, value) VALUES('last organization key', ?)", .int(number))
        try transaction.db.run(
            "INSERT INTO organization_keys(n, organization, is_current, key, directory_key) VALUES(?, ?, 1, ?, ?)",
            .int(number), .text(organization.text),
            .octets(master.wrap(key, at: .organizationKey(number, of: organization), random)),
            .octets(key.wrap(directory, at: .directoryKey(of: organization), random)))
        let made = OrganizationKey(number: number, key: key, directory: directory)
        state.withLock { state in
            state.current[organization] = made
            state.numbered[number] = key
        }
        transaction.ifUndone { [self] in
            state.withLock { state in
                state.current[organization] = former
                state.numbered[number] = nil
            }
        }
        return made
    }

    /// Forgets a former key that nothing is wrapped in any more.
    func forget(_ number: Int, in transaction: Transaction) throws(StoreFailure) {
        try transaction.db.run("DELETE FROM organization_keys WHERE n = ? AND is_current = 0", .int(number))
        // It stays in memory: a reader may still look at an older snapshot.
    }

    /// Wraps the system key and every organization's key in a new master key.
    func rewrap(in next: SealingKey, _ transaction: Transaction) throws(StoreFailure) {
        let former = state.withLock { $0.master }
        let db = transaction.db
        var wraps: [(number: Int, key: Octets)] = []
        do {
            let rows = try db.rows("SELECT n, organization, key FROM organization_keys")
            while try rows.step() {
                let place = SealedPlace.organizationKey(rows.int(0), of: OrganizationID(rows.text(1)))
                wraps.append((rows.int(0), next.wrap(try former.unwrap(rows.octets(2), at: place), at: place, random)))
            }
        }
        for wrap in wraps {
            try db.run("UPDATE organization_keys SET key = ? WHERE n = ?", .octets(wrap.key), .int(wrap.number))
        }
        var root: SealingKey?
        do {
            let rows = try db.rows("SELECT value FROM facts WHERE name = 'system key'")
            if try rows.step() { root = try former.unwrap(rows.octets(0), at: .systemKey) }
        }
        guard let root else { throw .damaged("the system key") }
        try db.run(
            "UPDATE facts SET value = ? WHERE name = 'system key'", .octets(next.wrap(root, at: .systemKey, random)))
        state.withLock { $0.master = next }
        transaction.ifUndone { [self] in state.withLock { $0.master = former } }
    }

    /// An account's key as it was last seen.
    func account(_ account: Int) -> SealingKey? { state.withLock { $0.accounts[account] } }

    /// An account's key, from the database when it was not seen yet.
    func account(_ account: Int, _ db: Connection) throws(StoreFailure) -> SealingKey {
        if let key = self.account(account) { return key }
        let rows = try db.rows("SELECT organization_key, key FROM mailboxes WHERE account = ?", .int(account))
        guard try rows.step() else { throw .notFound("mailbox of account \(account)") }
        let key = try organizationKey(rows.int(0)).unwrap(rows.octets(1), at: .accountKey(account))
        state.withLock { $0.accounts[account] = key }
        return key
    }

    /// Forgets accounts' keys: after a commit that failed, one of them may never have been.
    func forgetAccounts() { state.withLock { $0.accounts = [:] } }

    /// A keyed digest of a text for finding it again, in 16 octets.
    func finder(_ text: String) -> Octets {
        Octets(HMACSHA256.authenticate(Octets(text: text), key: lookup.octets).prefix(16))
    }

    /// A keyed digest as a number.
    func finderNumber(_ text: String) -> Int {
        finder(text).prefix(8).reduce(0) { $0 << 8 | Int($1) }
    }
}
