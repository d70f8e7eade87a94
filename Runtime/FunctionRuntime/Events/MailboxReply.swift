import MailTypes

/// The answer to a `MailboxRequest`.
public enum MailboxReply: Codable, Sendable {
    case refused(MailboxRefusal)
    case done
    case folders([Folder])
    case folder(Folder)
    /// Names of folders, part by part from the top.
    case paths([[String]])
    /// The folder as it stood, and the UIDs in it.
    case opened(Folder, uids: UIDRanges)
    case items([Item])
    case content(Octets)
    /// The items after the change, and the UIDs left alone because they had changed since.
    case flagsChanged([Item], conflicts: [UID])
    /// The target's UIDVALIDITY and what became which UID, ascending.
    case copied(uidValidity: UInt32, [CopiedUID])
    case expunged([UID])
    case appended(uidValidity: UInt32, [UID])
    case changes(FolderChanges)
    /// UIDs, ascending, and the highest MODSEQ among the items found.
    case found([UInt32], highestModSeq: ModSeq)
    case usage(used: Int, quota: Int)

    /// An item's UID before and after it was copied or moved.
    public struct CopiedUID: Codable, Sendable, Hashable {
        public var source: UID
        public var target: UID
        public init(_ source: UID, _ target: UID) { (self.source, self.target) = (source, target) }
    }
}

/// Why a mailbox did not do what it was asked. Its state is as before.
public enum MailboxRefusal: Error, Codable, Sendable, Hashable {
    /// Not there, or somebody else's: which of the two is not told (reference/faults.md F52).
    case notFound
    case exists
    /// A folder with folders below it is not deleted.
    case hasChildren
    /// What is asked contradicts what is stored; the text is for the user.
    case impossible(String)
    case overQuota
    /// A named limit was reached.
    case limit(String)
    case notPermitted
    /// The account was disabled or its password changed: the connection ends (F53).
    case accountClosed
    /// The store cannot answer now; it recovers by itself.
    case unavailable
}
