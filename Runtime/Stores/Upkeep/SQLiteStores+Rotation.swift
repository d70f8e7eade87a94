import FunctionRuntime
import MailTypes
import Synchronization

extension SQLiteStores {
    /// Messages rewrapped in one commit.
    private static let rotationStep = 256

    /// Makes a new master key and wraps the keys below in it. Mail is not touched, and mail flows meanwhile.
    ///
    /// At every moment the master key source holds the key that the database is wrapped in, so a process that dies on the
    /// way loses nothing: the next `open` finds out which one it is.
    /// - Throws: `.conflict` while another rotation runs.
    public func rotateMasterKey() async throws(StoreFailure) {
        try startRotation()
        defer { rotating.withLock { $0 = false } }
        let next = SealingKey(from: random)
        let (keys, source) = (self.keys, self.masterKey)
        try await disk.run { () throws(StoreFailure) in try source.prepare(Secret(next.octets)) }
        // When this fails both keys stay: after a lost answer only the database knows which one it is.
        try await writer.write { transaction throws(StoreFailure) in try keys.rewrap(in: next, transaction) }
        try await disk.run { () throws(StoreFailure) in try source.keepOnly(Secret(next.octets)) }
        log.info("key.rotated", .other("key", "master"))
    }

    /// Makes an organization a new key: accounts and directory are rewrapped in one commit, messages in the spool step by
    /// step behind it, each readable at every moment. Rotating again finishes what was cut off.
    /// - Throws: `.notFound` for an unknown organization, `.conflict` while another rotation runs.
    public func rotateOrganizationKey(_ organization: OrganizationID) async throws(StoreFailure) {
        try startRotation()
        defer { rotating.withLock { $0 = false } }
        let keys = self.keys
        try await writer.write { transaction throws(StoreFailure) in
            guard let former = keys.current(of: organization) else { throw .notFound("organization \(organization)") }
            let new = try keys.makeKey(of: organization, directory: former.directory, in: transaction)
            try Self.rewrapAccounts(of: organization, in: new, keys, transaction)
        }
        try await rewrapSpool(of: organization)
        log.info("key.rotated", .other("key", "organization"), .organization(organization))
    }

    private func startRotation() throws(StoreFailure) {
        let isFirst = rotating.withLock { rotating in
            defer { rotating = true }
            return !rotating
        }
        guard isFirst else { throw .conflict("another rotation is running") }
    }

    private static func rewrapAccounts(
        of organization: OrganizationID, in new: KeyRing.OrganizationKey, _ keys: KeyRing, _ transaction: Transaction
    ) throws(StoreFailure) {
        let db = transaction.db
        var wraps: [(account: Int, key: Octets)] = []
        do {
            let rows = try db.rows(
                """
                SELECT m.account, m.organization_key, m.key FROM entities e JOIN mailboxes m ON m.account = e.n
                WHERE e.organization = ?
                """, .text(organization.text))
            while try rows.step() {
                let place = SealedPlace.accountKey(rows.int(0))
                let key = try keys.organizationKey(rows.int(1)).unwrap(rows.octets(2), at: place)
                wraps.append((rows.int(0), new.key.wrap(key, at: place, keys.random)))
            }
        }
        for wrap in wraps {
            try db.run(
                "UPDATE mailboxes SET organization_key = ?, key = ? WHERE account = ?", .int(new.number),
                .octets(wrap.key), .int(wrap.account))
        }
    }

    /// Wraps messages of the spool in the organization's current key, then forgets the former keys.
    private func rewrapSpool(of organization: OrganizationID) async throws(StoreFailure) {
        let keys = self.keys
        let former = try await readers.read { db throws(StoreFailure) in
            let rows = try db.rows(
                "SELECT n FROM organization_keys WHERE organization = ? AND is_current = 0", .text(organization.text))
            var numbers: [Int] = []
            while try rows.step() { numbers.append(rows.int(0)) }
            return numbers
        }
        for number in former {
            var last: Int? = 0
            while let from = last {
                last = try await writer.write { transaction throws(StoreFailure) in
                    try Self.rewrapSome(after: from, under: number, organization, keys, transaction)
                }
            }
        }
    }

    /// Rewraps the next messages under a former key. Returns where it stopped; nil when none is left.
    private static func rewrapSome(
        after from: Int, under number: Int, _ organization: OrganizationID, _ keys: KeyRing, _ transaction: Transaction
    ) throws(StoreFailure) -> Int? {
        let db = transaction.db
        let former = try keys.organizationKey(number)
        let new = try keys.current(of: organization, in: transaction)
        var wraps: [(number: Int, key: Octets)] = []
        do {
            let rows = try db.rows(
                "SELECT n, id, key FROM spool WHERE organization_key = ? AND n > ? ORDER BY n LIMIT ?", .int(number),
                .int(from), .int(rotationStep))
            while try rows.step() {
                let id = try rows.id(1)
                let opened = try SpoolKeys(opening: rows.octets(2), of: id, under: former)
                wraps.append((rows.int(0), opened.wrapped(of: id, under: new.key, keys.random)))
            }
        }
        for wrap in wraps {
            try db.run(
                "UPDATE spool SET organization_key = ?, key = ? WHERE n = ?", .int(new.number), .octets(wrap.key),
                .int(wrap.number))
        }
        guard let last = wraps.last else {
            // New messages go under the new key, so nothing can have come behind.
            try keys.forget(number, in: transaction)
            return nil
        }
        return last.number
    }
}
