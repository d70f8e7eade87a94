import MailTypes

/// Who may send mail in whose name, besides in his own (reference/email-flow.md §2 stage 2).
public struct SendingRights: Sendable {
    /// How the sender appears.
    public enum Right: Sendable, Hashable {
        /// The owner in From, the sender nowhere: the stronger of the two.
        case sendAs
        /// The owner in From, the sender in Sender.
        case onBehalf
    }

    let records: any RecordStore
    let directory: any AccountDirectory

    /// Needs the records, where permissions are, and the directory, which knows who is in which group.
    public init(records: any RecordStore, directory: any AccountDirectory) {
        (self.records, self.directory) = (records, directory)
    }

    /// What this sender may do in the name of this owner, by a permission of his own or of a group that he is in, directly
    /// or through other groups; the stronger right of several. A disabled group lends nothing, and in the name of a disabled
    /// owner nobody sends.
    /// - Parameters:
    ///   - sender: an enabled user.
    ///   - owner: a user, resource or group; the sender himself may send as himself.
    /// - Returns: nil where he may not.
    public func right(of sender: EntityID, for owner: EntityID) async throws(StoreFailure) -> Right? {
        guard let ownerEntity = try await directory.entity(owner), ownerEntity.state == .enabled else { return nil }
        if sender == owner { return .sendAs }
        var rights: [EntityID: Right] = [:]
        var hasGroups = false
        let prefix = MailboxPermission.prefix(of: owner, in: ownerEntity.organization)
        // Whoever shares a mailbox is few; one reading is less than one for each group of the sender.
        for record in try await records.records(of: .mailboxPermission, prefix: prefix) {
            let permission = try record.decoded(as: MailboxPermission.self)
            guard let right = permission.right else { continue }
            rights[permission.grantee] = right
            hasGroups = hasGroups || permission.granteeKind == .group
        }
        var best = rights[sender]
        guard hasGroups, best != .sendAs else { return best }
        var seen: Set<EntityID> = [sender]
        var open = [sender]
        while let member = open.popLast() {
            for group in try await directory.groups(of: member)
            where group.state == .enabled && seen.insert(group.id).inserted {
                if let right = rights[group.id] { best = right }
                if best == .sendAs { return best }
                open.append(group.id)
            }
        }
        return best
    }
}

extension MailboxPermission {
    /// What it says about sending; full access says nothing about it.
    fileprivate var right: SendingRights.Right? {
        if values.contains(.sendAs) { return .sendAs }
        return values.contains(.sendOnBehalf) ? .onBehalf : nil
    }
}
