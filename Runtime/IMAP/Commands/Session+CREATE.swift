import FunctionRuntime
import MailTypes

/// CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE (RFC 9051 §6.3.4 to §6.3.8)
extension IMAPSession {
    /// `create = "CREATE" SP mailbox [SP "(" "USE" SP "(" ... ")" ")"]`
    func create(_ name: Octets, _ uses: [Octets]) async throws -> Completed {
        guard entity != nil else { throw Refused.bad("log in first") }
        // A mailbox has its special-use folders from the start, and each use has one folder (RFC 6154 §3).
        guard uses.isEmpty else { throw Refused.no("USEATTR", "special uses are given already") }
        let reply = try await ask(.createFolder(path: try path(name), .mail))
        guard case .folder(let folder) = reply else { throw unexpected(reply) }
        return Completed("created", code: Octets(text: "MAILBOXID (\(ObjectName.text(folder.id)))"))
    }

    /// `delete = "DELETE" SP mailbox`
    func delete(_ name: Octets) async throws -> Completed {
        let folder = try await folder(named: name)
        _ = try await ask(.deleteFolder(folder.id))
        if view?.id == folder.id {
            leaveFolder()
            out.put("* OK [CLOSED] the selected folder is gone\r\n")
        }
        return Completed("deleted")
    }

    /// `rename = "RENAME" SP mailbox SP mailbox`
    func rename(_ name: Octets, to new: Octets) async throws -> Completed {
        let folder = try await folder(named: name)
        _ = try await ask(.renameFolder(folder.id, to: try path(new)))
        return Completed("renamed")
    }

    /// `subscribe = "SUBSCRIBE" SP mailbox`
    func subscribe(_ name: Octets, _ subscribed: Bool) async throws -> Completed {
        let folder: Folder
        do {
            folder = try await self.folder(named: name)
        } catch let refused as Refused where !subscribed && refused.code == "NONEXISTENT" {
            // A name stays subscribed when its folder is deleted, until its user says so.
            if let path = names.path(name) { _ = try await ask(.forgetSubscription(path: path)) }
            return Completed("unsubscribed")
        }
        _ = try await ask(.setSubscribed(folder.id, subscribed))
        return Completed(subscribed ? "subscribed" : "unsubscribed")
    }

    /// The path of a name to be given. LIST could not name a folder with its wildcards without naming others too
    /// (RFC 9051 §5.1), so there are to be none; those that other doors made stay reachable.
    private func path(_ name: Octets) throws -> [String] {
        guard let path = names.path(name), !name.contains(where: { $0 == 0x25 || $0 == 0x2A }) else {
            throw Refused.no("CANNOT", "no folder can have that name")
        }
        return path
    }
}
