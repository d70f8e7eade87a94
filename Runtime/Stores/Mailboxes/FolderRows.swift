import FunctionRuntime
import MailTypes

/// A folder with the numbers of its rows.
struct FolderRow: Sendable {
    let number: Int
    let account: Int
    let parent: Int?
    let facts: Folder
}

/// Folders, read with one connection.
struct FolderRows {
    let db: Connection
    let keys: KeyRing

    private static let select = """
        SELECT f.n, f.account, f.parent, f.id, e.id, p.id, f.name, f.class, f.special_use, f.is_subscribed,
          f.uid_validity, f.uid_next, f.mod_seq, f.messages, f.unseen, f.deleted, f.octets, f.recent
        FROM folders f JOIN entities e ON e.n = f.account LEFT JOIN folders p ON p.n = f.parent
        """

    /// A folder that is there; `.notFound` otherwise.
    func folder(_ id: FolderID) throws(StoreFailure) -> FolderRow {
        let rows = try db.rows(Self.select + " WHERE f.id = ?", .id(id.id))
        guard try rows.step() else { throw .notFound("folder \(id)") }
        return try read(rows)
    }

    /// The account's folder of a special use.
    func folder(_ use: SpecialUse, of account: EntityID) throws(StoreFailure) -> FolderRow {
        let rows = try db.rows(
            Self.select + " WHERE e.id = ? AND f.special_use = ?", .text(account.text), .int(use.code))
        guard try rows.step() else { throw .notFound("folder \(use.folderName)") }
        return try read(rows)
    }

    /// All folders of an account, as they were made.
    func all(of account: Int) throws(StoreFailure) -> [FolderRow] {
        let rows = try db.rows(Self.select + " WHERE f.account = ? ORDER BY f.n", .int(account))
        var all: [FolderRow] = []
        while try rows.step() { all.append(try read(rows)) }
        return all
    }

    /// The folder's number and account: all that reading its items needs.
    func numbers(_ id: FolderID) throws(StoreFailure) -> (folder: Int, account: Int) {
        let rows = try db.rows("SELECT n, account FROM folders WHERE id = ?", .id(id.id))
        guard try rows.step() else { throw .notFound("folder \(id)") }
        return (rows.int(0), rows.int(1))
    }

    private func read(_ rows: borrowing Rows) throws(StoreFailure) -> FolderRow {
        let id = try rows.id(3)
        let name = try keys.account(rows.int(1), db).open(rows.octets(6), at: .folderName(id))
        guard let folderClass = FolderClass(code: rows.int(7)) else { throw .damaged("folder \(id)") }
        let facts = Folder(
            id: FolderID(id), account: EntityID(rows.text(4)), parent: rows.isNull(5) ? nil : FolderID(try rows.id(5)),
            name: name.text, folderClass: folderClass,
            specialUse: rows.optionalInt(8).flatMap { SpecialUse(code: $0) }, isSubscribed: rows.bool(9),
            uidValidity: UInt32(truncatingIfNeeded: rows.int(10)),
            uidNext: UID(UInt32(truncatingIfNeeded: rows.int(11))),
            highestModSeq: ModSeq(UInt64(rows.int(12))), messages: rows.int(13), unseen: rows.int(14),
            deleted: rows.int(15), octets: rows.int(16), recentFrom: UID(UInt32(truncatingIfNeeded: rows.int(17))))
        return FolderRow(number: rows.int(0), account: rows.int(1), parent: rows.optionalInt(2), facts: facts)
    }
}

extension FolderClass {
    /// The number that stands for it in a row.
    var code: Int {
        switch self {
        case .mail: 1
        case .calendar: 2
        case .contacts: 3
        case .tasks: 4
        case .notes: 5
        }
    }

    init?(code: Int) {
        guard let found = Self.allCases.first(where: { $0.code == code }) else { return nil }
        self = found
    }
}

extension SpecialUse {
    /// The number that stands for it in a row.
    var code: Int {
        switch self {
        case .inbox: 1
        case .drafts: 2
        case .sent: 3
        case .trash: 4
        case .junk: 5
        case .archive: 6
        }
    }

    init?(code: Int) {
        guard let found = Self.allCases.first(where: { $0.code == code }) else { return nil }
        self = found
    }
}
