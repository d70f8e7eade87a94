import MailTypes

/// What a door (IMAP, and later EWS, ActiveSync, JMAP) asks of a mailbox, in no protocol's words.
public struct MailboxRequest: Codable, Sendable {
    /// Who asks. What they may touch is decided by the handler.
    public var entity: Entity
    public var question: Question
    /// What the session that asks was opened with; nil for who came without a password.
    public var login: LoginMark?

    /// A question of this entity.
    public init(_ question: Question, by entity: Entity, login: LoginMark? = nil) {
        (self.question, self.entity, self.login) = (question, entity, login)
    }

    /// One question. UIDs are of the folder named beside them.
    public enum Question: Codable, Sendable {
        /// Nothing but whether the account is still open. Answer: `done`.
        case account
        /// All folders, of one class or of every class, parents before children. Answer: `folders`.
        case folders(FolderClass?)
        /// The folder at this path, part by part from the top. Answer: `folder`.
        case find(path: [String], FolderClass)
        /// The folder as it stands. Answer: `folder`.
        case folder(FolderID)
        /// Makes a folder and what is missing above it. Answer: `folder`.
        case createFolder(path: [String], FolderClass)
        /// Deletes a folder and what it holds. Answer: `done`.
        case deleteFolder(FolderID)
        /// Renames or moves a folder with all below it, making what is missing above the new place. The INBOX is not
        /// renamed: its items move (RFC 9051 §6.3.6). Answer: `done`.
        case renameFolder(FolderID, to: [String])
        /// Answer: `done`.
        case setSubscribed(FolderID, Bool)
        /// Names that are subscribed and have no folder. Answer: `paths`.
        case leftSubscriptions
        /// Forgets a name without a folder as subscribed. Answer: `done`.
        case forgetSubscription(path: [String])
        /// The folder with the UIDs of all items; with `claimRecent`, what is recent is recent for nobody else.
        /// Answer: `opened`.
        case open(FolderID, claimRecent: Bool)
        /// A page of items, ascending. Answer: `items`.
        case items(FolderID, UIDRanges, summaries: Bool, limit: Int)
        /// Octets of an item's content; nil: all of it. Answer: `content`.
        case content(ItemID, in: FolderID, Range<Int>?)
        /// Answer: `flagsChanged`.
        case changeFlags(FlagChange, UIDRanges, in: FolderID, unchangedSince: ModSeq?)
        /// Answer: `copied`.
        case copy(UIDRanges, from: FolderID, to: FolderID)
        /// Answer: `copied`.
        case move(UIDRanges, from: FolderID, to: FolderID)
        /// Removes items marked \Deleted, all or those among the UIDs. Answer: `expunged`.
        case expunge(FolderID, UIDRanges?)
        /// Files messages, all or none. Answer: `appended`.
        case append([NewMessage], to: FolderID)
        /// The items among these UIDs that meet the criterion. Answer: `found`.
        case search(SearchCriterion, in: FolderID, among: UIDRanges)
        /// What changed since. Answer: `changes`.
        case changes(FolderID, since: ModSeq)
        /// Octets used and allowed. Answer: `usage`.
        case usage
    }

    /// A message to be filed.
    public struct NewMessage: Codable, Sendable {
        public var content: MessageContent
        public var flags: Flags
        /// Nil: now.
        public var internalDate: Timestamp?
        /// The encoded `MessageSummary`, made while the content was staged; nil when the content comes as octets.
        public var summary: Octets?

        /// A message of this content.
        public init(
            content: MessageContent, flags: Flags = Flags(), internalDate: Timestamp? = nil, summary: Octets? = nil
        ) {
            (self.content, self.flags, self.internalDate, self.summary) = (content, flags, internalDate, summary)
        }
    }
}
