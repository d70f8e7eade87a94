import FunctionRuntime
import MailTypes

/// What the deliveries of one commit made of the counts of mailboxes and folders, written once for all of them: a message to
/// fifty recipients, and the ones beside it in the commit, read and write each count once, not once per message.
///
/// Work of other kinds reads the database, so it comes after a `write` (`PendingWork.leavesCounts`).
struct DeliveryCounts {
    /// Folders by account and special use.
    private var filings: [Place: ItemFiling] = [:]
    /// Octets in the mailboxes of these accounts.
    private var used: [Int: Int] = [:]

    private struct Place: Hashable, Comparable {
        let account: Int
        let use: Int

        static func < (one: Place, other: Place) -> Bool { (one.account, one.use) < (other.account, other.use) }
    }

    /// The folder of a special use as it is by now, and octets used by its account; nil when there is none.
    mutating func open(_ use: SpecialUse, of account: Int, blobs: Blobs, in transaction: Transaction)
        throws(StoreFailure) -> (used: Int, filing: ItemFiling)?
    {
        let place = Place(account: account, use: use.code)
        if var filing = filings[place], let octets = used[account] {
            filing.beginAnother()
            return (octets, filing)
        }
        let rows = try transaction.db.rows(
            """
            SELECT m.used, f.n, f.id, f.uid_next, f.mod_seq FROM mailboxes m
            JOIN folders f ON f.account = m.account AND f.special_use = ? WHERE m.account = ?
            """, .int(use.code), .int(account))
        guard try rows.step() else { return nil }
        let filing = ItemFiling(
            FolderID(try rows.id(2)), rows.int(1), account: account, uidNext: rows.int(3), modSeq: rows.int(4),
            blobs: blobs, in: transaction)
        return (used[account] ?? rows.int(0), filing)
    }

    /// Keeps what a delivery made of them.
    mutating func keep(_ filing: ItemFiling, _ use: SpecialUse, used octets: Int) {
        filings[Place(account: filing.account, use: use.code)] = filing
        used[filing.account] = octets
    }

    /// Writes what was kept, in the order of the rows, and forgets it.
    mutating func write(_ db: Connection) throws(StoreFailure) {
        guard !used.isEmpty else { return }
        let (changed, sizes) = (filings, used)
        self = DeliveryCounts()
        for place in changed.keys.sorted() { try changed[place]?.end() }
        for account in sizes.keys.sorted() {
            try db.run("UPDATE mailboxes SET used = ? WHERE account = ?", .int(sizes[account]), .int(account))
        }
    }
}
