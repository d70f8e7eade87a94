import FunctionRuntime
import MailTypes

extension Mailbox {
    /// The folder at a path. The INBOX is found in whatever case (RFC 9051 §5.1).
    func find(_ path: [String], _ folderClass: FolderClass, of entity: Entity) async throws -> Folder {
        let tree = FolderTree(try await mailboxes.folders(of: entity.id).filter { $0.folderClass == folderClass })
        guard let folder = tree.folder(at: path) else { throw MailboxRefusal.notFound }
        return folder
    }

    /// Makes the folder and what is missing above it (RFC 9051 §6.3.4).
    func createFolder(
        _ path: [String], _ folderClass: FolderClass, for entity: Entity, in context: Context
    ) async throws -> Folder {
        try check(path)
        let all = try await mailboxes.folders(of: entity.id)
        let tree = FolderTree(all.filter { $0.folderClass == folderClass })
        guard tree.folder(at: path) == nil else { throw MailboxRefusal.exists }
        let parent = try await makeParents(
            of: path, in: tree, folderClass, for: entity, in: context, room: limits.folders - all.count)
        guard all.count < limits.folders else { throw MailboxRefusal.limit("folders") }
        var folder = try await mailboxes.createFolder(
            path[path.count - 1], in: parent, of: entity.id, folderClass: folderClass, at: context.now)
        if try await subscribeAgain(folder.id, path, folderClass, for: entity) { folder.isSubscribed = true }
        context.log.info("mailbox.folder-created", .entity(entity.id), .other("folder", folder.id.description))
        return folder
    }

    /// Deletes a folder without folders below it (RFC 9051 §6.3.5). The INBOX and the other folders of special use stay.
    func deleteFolder(_ id: FolderID, for entity: Entity, in context: Context) async throws -> MailboxReply {
        let folder = try await folder(id, for: entity)
        if let use = folder.specialUse {
            throw MailboxRefusal.impossible("\(use == .inbox ? "INBOX" : "a special folder") cannot be deleted")
        }
        let all = try await mailboxes.folders(of: entity.id)
        guard !all.contains(where: { $0.parent == id }) else { throw MailboxRefusal.hasChildren }
        try await mailboxes.deleteFolder(id, at: context.now)
        // Who subscribed a name unsubscribes it, nobody else (RFC 9051 §6.3.7).
        if folder.isSubscribed, folder.folderClass == .mail, let path = FolderTree(all).path(of: id) {
            try await mailboxes.setLeftSubscription(true, path: path, of: entity.id)
        }
        context.log.info("mailbox.folder-deleted", .entity(entity.id), .other("folder", id.description))
        return .done
    }

    /// Renames or moves a folder with all below it. Renaming the INBOX moves what is in it into a new folder and leaves
    /// it empty (RFC 9051 §6.3.6). The other folders of special use keep their names: clients and delivery look for them.
    func renameFolder(_ id: FolderID, to path: [String], for entity: Entity, in context: Context) async throws
        -> MailboxReply
    {
        let folder = try await folder(id, for: entity)
        if folder.specialUse == .inbox {
            let target = try await createFolder(path, folder.folderClass, for: entity, in: context)
            _ = try await mailboxes.move(uids: [1...UInt32.max], from: id, to: target.id, at: context.now)
            return .done
        }
        guard folder.specialUse == nil else { throw MailboxRefusal.impossible("a special folder cannot be renamed") }
        try check(path)
        let all = try await mailboxes.folders(of: entity.id)
        let tree = FolderTree(all.filter { $0.folderClass == folder.folderClass })
        // A new name in other letters is the same folder for the store, so that is not "exists".
        if let there = tree.folder(at: path), there.id != id { throw MailboxRefusal.exists }
        if let own = tree.path(of: id), path.count > own.count, Array(path.prefix(own.count)) == own {
            throw MailboxRefusal.impossible("a folder cannot be moved below itself")
        }
        let parent = try await makeParents(
            of: path, in: tree, folder.folderClass, for: entity, in: context, room: limits.folders - all.count)
        try await mailboxes.renameFolder(id, to: path[path.count - 1], in: parent)
        _ = try await subscribeAgain(id, path, folder.folderClass, for: entity)
        context.log.info("mailbox.folder-renamed", .entity(entity.id), .other("folder", id.description))
        return .done
    }

    /// Subscribes a folder whose name stayed subscribed when it had none; false when it had not.
    private func subscribeAgain(
        _ id: FolderID, _ path: [String], _ folderClass: FolderClass, for entity: Entity
    ) async throws -> Bool {
        guard folderClass == .mail, try await mailboxes.leftSubscriptions(of: entity.id).contains(path) else {
            return false
        }
        try await mailboxes.setSubscribed(true, folder: id)
        try await mailboxes.setLeftSubscription(false, path: path, of: entity.id)
        return true
    }

    /// The folder above the path's end, made with all above it where missing; nil at the top.
    private func makeParents(
        of path: [String], in tree: FolderTree, _ folderClass: FolderClass, for entity: Entity, in context: Context,
        room: Int
    ) async throws -> FolderID? {
        var parent: FolderID?
        var room = room
        for depth in 1..<max(path.count, 1) {
            if let there = tree.folder(at: Array(path.prefix(depth))) {
                parent = there.id
                continue
            }
            guard room > 1 else { throw MailboxRefusal.limit("folders") }
            room -= 1
            parent = try await mailboxes.createFolder(
                path[depth - 1], in: parent, of: entity.id, folderClass: folderClass, at: context.now
            ).id
        }
        return parent
    }

    /// Refuses names that no client could use again: empty, too long, too deep, with control characters.
    private func check(_ path: [String]) throws {
        guard !path.isEmpty else { throw MailboxRefusal.impossible("the name is empty") }
        guard path.count <= limits.folderDepth else { throw MailboxRefusal.limit("folder depth") }
        for name in path {
            guard !name.isEmpty else { throw MailboxRefusal.impossible("a part of the name is empty") }
            guard name.utf8.count <= limits.folderNameOctets else { throw MailboxRefusal.limit("folder name") }
            // C0, DEL, C1, and the line separators that RFC 9051 §5.1 (net-unicode) rules out.
            let clean = name.unicodeScalars.allSatisfy {
                $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) && $0.value != 0x2028 && $0.value != 0x2029
            }
            guard clean else { throw MailboxRefusal.impossible("the name holds control characters") }
        }
    }
}
