import FunctionRuntime
import MailTypes

/// Mailboxes and folders, changed within one transaction.
struct MailboxRows {
    let transaction: Transaction
    let keys: KeyRing
    let random: any RandomSource
    var db: Connection { transaction.db }
    var folders: FolderRows { FolderRows(db: db, keys: keys) }

    func exists(_ account: Int) throws(StoreFailure) -> Bool {
        try db.rows("SELECT 1 FROM mailboxes WHERE account = ?", .int(account)).step()
    }

    /// Makes a mailbox with a key of its own and the folders every mailbox starts with (design/contract.md).
    func make(_ account: Int, in organization: OrganizationID, at now: Timestamp) throws(StoreFailure) {
        let above = try keys.current(of: organization, in: transaction)
        let key = SealingKey(from: random)
        try db.run(
            "INSERT INTO mailboxes(account, organization_key, key, used, uid_validity) VALUES(?, ?, ?, 0, 0)",
            .int(account), .int(above.number), .octets(above.key.wrap(key, at: .accountKey(account), random)))
        let keys = self.keys
        transaction.ifUndone { keys.forgetAccounts() }
        for use in SpecialUse.allCases {
            _ = try makeFolder(
                use.folderName, in: nil, of: account, folderClass: .mail, use: use, subscribed: true, at: now)
        }
        for (name, folderClass) in [
            ("Calendar", .calendar), ("Contacts", .contacts), ("Tasks", .tasks), ("Notes", .notes),
        ] as [(String, FolderClass)] {
            _ = try makeFolder(
                name, in: nil, of: account, folderClass: folderClass, use: nil, subscribed: true, at: now)
        }
    }

    /// Forgets a mailbox; its items go later, piece by piece.
    func drop(_ account: Int) throws(StoreFailure) {
        do {
            let rows = try db.rows("SELECT id FROM folders WHERE account = ?", .int(account))
            while try rows.step() { transaction.changed(FolderID(try rows.id(0))) }
        }
        try db.run("INSERT INTO garbage(folder) SELECT n FROM folders WHERE account = ?", .int(account))
        try db.run("DELETE FROM folders WHERE account = ?", .int(account))
        try db.run("DELETE FROM mailboxes WHERE account = ?", .int(account))
    }

    /// Makes a folder whose place was checked.
    func makeFolder(
        _ name: String, in parent: Int?, of account: Int, folderClass: FolderClass, use: SpecialUse?, subscribed: Bool,
        at now: Timestamp
    ) throws(StoreFailure) -> FolderID {
        // Each folder of an account has a UIDVALIDITY beyond all before it, also when the clock went back (F105).
        try db.run(
            "UPDATE mailboxes SET uid_validity = max(uid_validity + 1, ?) WHERE account = ?",
            .int(Int(UInt32(truncatingIfNeeded: now.seconds))), .int(account))
        let id = random.identifier(at: now)
        let sealed = try keys.account(account, db).seal(Octets(text: name), at: .folderName(id), random)
        try db.run(
            """
            INSERT INTO folders(id, account, parent, name, class, special_use, is_subscribed, uid_validity, uid_next,
              mod_seq, messages, unseen, deleted, octets, recent)
            SELECT ?, ?, ?, ?, ?, ?, ?, uid_validity, 1, 1, 0, 0, 0, 0, 1 FROM mailboxes WHERE account = ?
            """, .id(id), .int(account), .int(parent), .octets(sealed), .int(folderClass.code), .int(use?.code),
            .bool(subscribed), .int(account))
        transaction.changed(FolderID(id))
        return FolderID(id)
    }

    /// `.exists` when the name is taken among the parent's children.
    func checkFree(_ name: String, in parent: Int?, of account: Int, except: Int?) throws(StoreFailure) {
        for other in try folders.all(of: account) where other.parent == parent && other.number != except {
            // INBOX is the one name that compares without case (RFC 9051 §5.1).
            let isInbox = other.facts.specialUse == .inbox
            if other.facts.name == name
                || isInbox && other.facts.name.utf8.equalsIgnoringASCIICase(name.utf8)
            {
                throw .exists("folder \(name)")
            }
        }
    }

    /// The parent's number; `.notFound` when it is not a folder of the account.
    func parent(_ id: FolderID?, of account: Int) throws(StoreFailure) -> Int? {
        guard let id else { return nil }
        let (number, owner) = try folders.numbers(id)
        guard owner == account else { throw .notFound("folder \(id)") }
        return number
    }

    /// Counts octets to an account; `.overQuota` when they do not fit.
    func grow(_ account: Int, by octets: Int) throws(StoreFailure) {
        let usage = try usage(account)
        guard usage.used + octets <= usage.quota else { throw .overQuota }
        try db.run("UPDATE mailboxes SET used = used + ? WHERE account = ?", .int(octets), .int(account))
    }

    /// Counts octets away.
    func shrink(_ account: Int, by octets: Int) throws(StoreFailure) {
        try db.run("UPDATE mailboxes SET used = used - ? WHERE account = ?", .int(octets), .int(account))
    }

    private func usage(_ account: Int) throws(StoreFailure) -> (used: Int, quota: Int) {
        let rows = try db.rows("SELECT used FROM mailboxes WHERE account = ?", .int(account))
        guard try rows.step(), let entity = try DirectoryRows(db: db, keys: keys).entity(number: account) else {
            throw .overQuota
        }
        return (rows.int(0), entity.quotaMB << 20)
    }
}
