import MailTypes

extension RecordKind {
    /// What others may do with a mailbox, by `ORGANIZATION/OWNER/GRANTEE`: `MailboxPermission` in JSON.
    public static let mailboxPermission: RecordKind = "mailbox-permission"
    /// The same by `ORGANIZATION/GRANTEE/OWNER`: what somebody was granted, so that it goes with him.
    public static let mailboxPermissionByGrantee: RecordKind = "mailbox-permission-by-grantee"
}

/// What a user, or every member of a group, may do with the mailbox of another user, a resource or a group
/// (reference/organization-and-access.md §6). A set is there as a whole or not at all; one is never empty.
public struct MailboxPermission: Codable, Sendable, Hashable {
    /// The permissions, as the WorkMail API names them and in the order it shows them.
    public enum Value: String, Codable, Sendable, Hashable, CaseIterable {
        /// Reading and writing the whole mailbox. Does not say that mail may be sent in the owner's name.
        case fullAccess = "FULL_ACCESS"
        /// Sending with the owner in From, the sender nowhere.
        case sendAs = "SEND_AS"
        /// Sending with the owner in From, the sender in Sender.
        case sendOnBehalf = "SEND_ON_BEHALF"
    }

    public var organization: OrganizationID
    /// Whose mailbox it is: a user, a resource or a group.
    public var owner: EntityID
    public var grantee: EntityID
    /// A user or a group: an entity stays what it is.
    public var granteeKind: EntityKind
    public var values: Set<Value>

    /// A set of permissions.
    public init(
        organization: OrganizationID, owner: EntityID, grantee: EntityID, granteeKind: EntityKind, values: Set<Value>
    ) {
        self.organization = organization
        self.owner = owner
        self.grantee = grantee
        self.granteeKind = granteeKind
        self.values = values
    }

    /// What the records of an owner's mailbox, or those of a grantee, begin with, each in its kind.
    public static func prefix(of entity: EntityID, in organization: OrganizationID) -> String {
        "\(organization)/\(entity)/"
    }

    /// Where it is found by its owner.
    public var key: RecordKey {
        RecordKey(.mailboxPermission, Self.prefix(of: owner, in: organization) + grantee.text)
    }
    /// Where it is found by its grantee.
    public var keyByGrantee: RecordKey {
        RecordKey(.mailboxPermissionByGrantee, Self.prefix(of: grantee, in: organization) + owner.text)
    }

    /// What a commit must hold so that it stands, and nothing else that the grantee had on this mailbox.
    public func storing() throws(StoreFailure) -> [RecordChange] {
        [try .put(key, encoding: self), try .put(keyByGrantee, encoding: self)]
    }

    /// What a commit must hold so that it is gone.
    public var removing: [RecordChange] { [.delete(key), .delete(keyByGrantee)] }
}
