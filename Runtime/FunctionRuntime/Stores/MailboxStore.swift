import MailTypes

/// A folder's identity: never reused, kept over renames (OBJECTID, RFC 8474).
public struct FolderID: Hashable, Sendable, Codable, CustomStringConvertible {
    public let id: Identifier128
    public init(_ id: Identifier128) { self.id = id }
    public var description: String { id.description }
    public init(from decoder: any Decoder) throws { id = try Identifier128(from: decoder) }
    public func encode(to encoder: any Encoder) throws { try id.encode(to: encoder) }
}

/// An item's identity: never reused, kept over moves (OBJECTID, RFC 8474).
public struct ItemID: Hashable, Sendable, Codable, CustomStringConvertible {
    public let id: Identifier128
    public init(_ id: Identifier128) { self.id = id }
    public var description: String { id.description }
    public init(from decoder: any Decoder) throws { id = try Identifier128(from: decoder) }
    public func encode(to encoder: any Encoder) throws { try id.encode(to: encoder) }
}

/// What a folder holds. Only mail folders are listed over IMAP.
public enum FolderClass: String, Sendable, Codable, CaseIterable {
    case mail, calendar, contacts, tasks, notes
}

/// A folder's special use (RFC 6154) and INBOX.
public enum SpecialUse: String, Sendable, Codable, CaseIterable {
    case inbox, drafts, sent, trash, junk, archive

    /// The attribute in LIST; nil for INBOX.
    public var attribute: String? {
        switch self {
        case .inbox: nil
        case .drafts: "\\Drafts"
        case .sent: "\\Sent"
        case .trash: "\\Trash"
        case .junk: "\\Junk"
        case .archive: "\\Archive"
        }
    }

    /// The name of the folder in a new mailbox (design/contract.md).
    public var folderName: String {
        switch self {
        case .inbox: "INBOX"
        case .drafts: "Drafts"
        case .sent: "Sent Items"
        case .trash: "Deleted Items"
        case .junk: "Junk E-mail"
        case .archive: "Archive"
        }
    }
}

/// A folder as it stands.
public struct Folder: Sendable, Codable, Hashable {
    public var id: FolderID
    public var account: EntityID
    /// Nil at the top of the tree.
    public var parent: FolderID?
    /// The last part of the name, without delimiter.
    public var name: String
    public var folderClass: FolderClass
    public var specialUse: SpecialUse?
    public var isSubscribed: Bool
    public var uidValidity: UInt32
    public var uidNext: UID
    public var highestModSeq: ModSeq
    public var messages: Int
    public var unseen: Int
    public var deleted: Int
    /// Octets of all items.
    public var octets: Int
    /// Items from this UID on were in no session yet (\Recent of RFC 3501).
    public var recentFrom: UID

    /// A folder of these facts.
    public init(
        id: FolderID, account: EntityID, parent: FolderID?, name: String, folderClass: FolderClass,
        specialUse: SpecialUse?, isSubscribed: Bool, uidValidity: UInt32, uidNext: UID, highestModSeq: ModSeq,
        messages: Int, unseen: Int, deleted: Int, octets: Int, recentFrom: UID
    ) {
        self.id = id
        self.account = account
        self.parent = parent
        self.name = name
        self.folderClass = folderClass
        self.specialUse = specialUse
        self.isSubscribed = isSubscribed
        self.uidValidity = uidValidity
        self.uidNext = uidNext
        self.highestModSeq = highestModSeq
        self.messages = messages
        self.unseen = unseen
        self.deleted = deleted
        self.octets = octets
        self.recentFrom = recentFrom
    }
}

/// An item of a folder without its content.
public struct Item: Sendable, Codable, Hashable {
    public var id: ItemID
    public var uid: UID
    public var modSeq: ModSeq
    public var flags: Flags
    public var internalDate: Timestamp
    public var saveDate: Timestamp
    /// RFC822.SIZE.
    public var size: Int
    /// The opened summary (see `MessageFormat.MessageSummary`); empty when it was not asked for.
    public var summary: Octets

    /// An item of these facts.
    public init(
        id: ItemID, uid: UID, modSeq: ModSeq, flags: Flags, internalDate: Timestamp, saveDate: Timestamp, size: Int,
        summary: Octets
    ) {
        self.id = id
        self.uid = uid
        self.modSeq = modSeq
        self.flags = flags
        self.internalDate = internalDate
        self.saveDate = saveDate
        self.size = size
        self.summary = summary
    }
}

/// What changed in a folder since a MODSEQ.
public struct FolderChanges: Sendable, Codable {
    public var folder: Folder
    /// Items new or changed since, by UID; without summaries.
    public var changed: [Item]
    /// UIDs gone since. When the store has forgotten some of those, every UID up to UIDNEXT that is not there, so that
    /// nobody goes on believing in what is gone (RFC 7162 §3.2.5.1).
    public var vanished: UIDRanges

    /// Changes of these facts.
    public init(folder: Folder, changed: [Item], vanished: UIDRanges) {
        (self.folder, self.changed, self.vanished) = (folder, changed, vanished)
    }
}

/// How flags change.
public enum FlagChange: Sendable, Codable, Hashable {
    case set(Flags)
    case add(Flags)
    case remove(Flags)
}

/// Mailboxes: folders in a tree, items in folders, changes by MODSEQ. Serves every protocol.
///
/// A folder belongs to one account; who may touch it is decided above. Every change counts the folder's
/// HIGHESTMODSEQ up, leaves tombstones for what is gone, and is told to `MailboxChanges` after its commit.
public protocol MailboxStore: ContentStore {
    /// All folders of an account, parents before children, INBOX first.
    func folders(of account: EntityID) async throws(StoreFailure) -> [Folder]
    /// One folder; `.notFound` when it is gone.
    func folder(_ id: FolderID) async throws(StoreFailure) -> Folder
    /// The folder of this special use.
    func folder(_ use: SpecialUse, of account: EntityID) async throws(StoreFailure) -> Folder
    /// Makes a folder, subscribed or not; `.exists` when the parent has one of that name.
    func createFolder(
        _ name: String, in parent: FolderID?, of account: EntityID, folderClass: FolderClass, at now: Timestamp
    )
        async throws(StoreFailure) -> Folder
    /// Renames or moves a folder with all below it; `.conflict` below itself, `.exists` when the name is taken.
    func renameFolder(_ id: FolderID, to name: String, in parent: FolderID?) async throws(StoreFailure)
    /// Deletes a folder and its items; `.conflict` when it has children or a special use that must stay (INBOX).
    func deleteFolder(_ id: FolderID, at now: Timestamp) async throws(StoreFailure)
    func setSubscribed(_ subscribed: Bool, folder: FolderID) async throws(StoreFailure)
    /// Names that are subscribed and have no folder, part by part from the top, as they were left; the newest thousand.
    func leftSubscriptions(of account: EntityID) async throws(StoreFailure) -> [[String]]
    /// Keeps or forgets a name without a folder as subscribed.
    func setLeftSubscription(_ kept: Bool, path: [String], of account: EntityID) async throws(StoreFailure)
    /// Sets `recentFrom` to `uidNext` and returns the folder as it stood before.
    func claimRecent(_ id: FolderID) async throws(StoreFailure) -> Folder

    /// UIDs of all items, ascending: what a sequence number stands for.
    func uids(in folder: FolderID) async throws(StoreFailure) -> [UInt32]
    /// Items with these UIDs, ascending; those gone are left out.
    func items(in folder: FolderID, uids: UIDRanges, summaries: Bool, limit: Int) async throws(StoreFailure) -> [Item]
    /// Octets of an item's content; nil range: all of it. `.notFound` when the item is gone.
    func content(of item: ItemID, in folder: FolderID, range: Range<Int>?) async throws(StoreFailure) -> Octets
    /// What changed since this MODSEQ; one step, so an observer misses nothing.
    func changes(in folder: FolderID, since: ModSeq) async throws(StoreFailure) -> FolderChanges

    /// Files items, all or none; `.overQuota` when they do not fit. Returns the UIDs in order.
    func append(_ items: [NewItem], to folder: FolderID, at now: Timestamp) async throws(StoreFailure) -> [UID]
    /// Changes flags of those present; with `unchangedSince`, leaves out and returns in `conflicts` the UIDs whose
    /// MODSEQ is beyond it (RFC 7162 §3.1.3).
    func changeFlags(_ change: FlagChange, uids: UIDRanges, in folder: FolderID, unchangedSince: ModSeq?)
        async throws(StoreFailure) -> (items: [Item], conflicts: [UID])
    /// Copies items into another folder, of the same account or not. Pairs of old and new UID, ascending.
    func copy(uids: UIDRanges, from: FolderID, to: FolderID, at now: Timestamp) async throws(StoreFailure) -> [(
        UID, UID
    )]
    /// Moves items, keeping their ids within an account.
    func move(uids: UIDRanges, from: FolderID, to: FolderID, at now: Timestamp) async throws(StoreFailure) -> [(
        UID, UID
    )]
    /// Removes items with \Deleted (all of them, or those among `uids`), leaving tombstones. Returns their UIDs.
    func expunge(uids: UIDRanges?, in folder: FolderID, at now: Timestamp) async throws(StoreFailure) -> [UID]

    /// Forgets of what is gone what went before this moment, and in each folder all but the newest so many, at most
    /// `limit` in one call. Who asks for changes since before that is told as `FolderChanges.vanished` says.
    /// - Returns: how many were forgotten; fewer than `limit` when nothing is left to forget.
    func forgetVanished(before: Timestamp, keeping count: Int, limit: Int) async throws(StoreFailure) -> Int

    /// Octets used by the account and its quota in octets.
    func usage(of account: EntityID) async throws(StoreFailure) -> (used: Int, quota: Int)
}

/// An item to be filed.
public struct NewItem: Sendable {
    public var content: StagedContent
    public var flags: Flags
    public var internalDate: Timestamp
    public var summary: Octets

    /// An item of this content.
    public init(content: StagedContent, flags: Flags, internalDate: Timestamp, summary: Octets) {
        (self.content, self.flags, self.internalDate, self.summary) = (content, flags, internalDate, summary)
    }
}
