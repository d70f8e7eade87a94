import FunctionRuntime
import MailTypes

extension ModelWorld {
    /// Everything that can be seen, a line each, in words that must be the same everywhere.
    func state() async throws -> [String] {
        var lines: [String] = []
        for (number, account) in accounts.enumerated() { lines += try await state(of: account, number) }
        lines += try await spoolState()
        for dead in [false, true] {
            for job in try await stores.jobs.jobs(dead: dead, limit: 999) {
                lines.append("job \(job.id.hex) dead \(dead) \(job.attempts) \(job.dueAt.rfc3339) \(job.reason ?? "-")")
            }
        }
        for number in 0..<12 {
            switch try await stores.directory.resolve(Self.mail(number)) {
            case .entity(let entity): lines.append("address \(number): \(entity.name)")
            case .unknownLocalPart, .foreignDomain: lines.append("address \(number): nobody")
            }
        }
        return lines
    }

    private func state(of account: EntityID, _ number: Int) async throws -> [String] {
        var lines: [String] = []
        let entity = try await stores.directory.entity(account)
        if let entity, entity.state != .deleted {
            lines.append(
                "entity \(number): \(entity.state) \(entity.email?.canonical ?? "-") \(entity.aliases.map(\.canonical).sorted()) "
                    + "\(entity.quotaMB) \(entity.enabledAt?.rfc3339 ?? "-") \(entity.disabledAt?.rfc3339 ?? "-")")
        } else {
            lines.append("entity \(number): gone")
        }
        lines.append("members \(number): \(try await stores.directory.members(of: account).map(\.name).sorted())")
        lines.append("groups \(number): \(try await stores.directory.groups(of: account).map(\.name).sorted())")
        let boxes = stores.mailboxes
        for (path, folder) in try await paths(of: account) {
            lines.append(
                "folder \(number) \(path): \(folder.folderClass) \(folder.specialUse?.rawValue ?? "-") \(folder.uidNext) "
                    + "messages \(folder.messages) unseen \(folder.unseen) deleted \(folder.deleted) octets \(folder.octets) "
                    + "recent \(folder.recentFrom)")
            let items = try await boxes.items(in: folder.id, uids: all, summaries: true, limit: 9999)
            for item in items {
                let content = try await boxes.content(of: item.id, in: folder.id, range: nil)
                lines.append(
                    "item \(number) \(path) \(item.uid): #\(label(item.id)) \(item.flags) \(item.internalDate.rfc3339) "
                        + "\(item.saveDate.rfc3339) \(item.size) \(item.summary.text) \(content.count) \(content.last ?? 0)"
                )
            }
            lines.append("uids \(number) \(path): \(try await boxes.uids(in: folder.id) == items.map(\.uid.value))")
            for ago in 0..<3 {
                let changes = try await boxes.changes(in: folder.id, since: modSeq(of: folder.id, checkpointsAgo: ago))
                lines.append("changes \(number) \(path) \(ago): \(changes.changed.map(\.uid)) \(changes.vanished)")
            }
        }
        if let usage = try? await boxes.usage(of: account) {
            lines.append("usage \(number): \(usage.used) \(usage.quota)")
        }
        return lines
    }

    private func spoolState() async throws -> [String] {
        var lines: [String] = []
        for message in try await stores.traces.recent(limit: 9999) {
            let content = try await stores.spool.content(of: message.id, range: nil)
            lines.append(
                "message \(message.id.hex): \(message.fates) \(message.stepsDone.sorted()) attempts \(message.attempts) "
                    + "due \(message.dueAt?.rfc3339 ?? "-") \(message.waitReason ?? "-") dead \(message.isDead) \(message.size) "
                    + "\(content.count) \(content.last ?? 0) \(try await stores.traces.spans(of: message.id).map(\.function))"
            )
        }
        lines.append("waiting: \(try await stores.spool.waiting(in: nil, limit: 9999).map(\.id.hex))")
        lines.append("dead: \(try await stores.spool.deadLetters(limit: 9999).map(\.id.hex))")
        lines.append("next due: \(try await stores.spool.nextDue(in: "inbound")?.rfc3339 ?? "-")")
        return lines
    }
}
