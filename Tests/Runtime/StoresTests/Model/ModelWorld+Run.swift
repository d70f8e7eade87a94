import FunctionRuntime
import MailTypes

extension ModelWorld {
    /// Does one operation; what came of it in words that must be the same everywhere.
    func run(_ operation: ModelOperation) async throws -> String {
        do {
            return try await perform(operation)
        } catch let failure as StoreFailure {
            // The texts may differ, the kind may not.
            return "\(failure)".prefix { $0 != "(" } + "!"
        }
    }

    private func perform(_ operation: ModelOperation) async throws -> String {
        let boxes = stores.mailboxes
        switch operation {
        case .createFolder(let account, let parent, let name):
            let above = try await parent.async { try await self.folder(account, $0) }
            let made = try await boxes.createFolder(
                "F\(name)", in: above, of: accounts[account], folderClass: .mail, at: now)
            return "\(made.name) \(made.uidNext)"
        case .renameFolder(let account, let folder, let parent, let name):
            let above = try await parent.async { try await self.folder(account, $0) }
            try await boxes.renameFolder(try await self.folder(account, folder), to: "F\(name)", in: above)
            return "done"
        case .deleteFolder(let account, let folder):
            try await boxes.deleteFolder(try await self.folder(account, folder), at: now)
            return "done"
        case .subscribe(let account, let folder, let subscribed):
            try await boxes.setSubscribed(subscribed, folder: try await self.folder(account, folder))
            return "done"
        case .claimRecent(let account, let folder):
            return "\(try await boxes.claimRecent(try await self.folder(account, folder)).recentFrom)"
        case .append(let account, let folder, let sizes, let flags):
            var items: [NewItem] = []
            for size in sizes {
                let content = Octets(repeating: UInt8(truncatingIfNeeded: size), count: size)
                items.append(
                    NewItem(
                        content: try await boxes.stage(content), flags: flags, internalDate: now,
                        summary: Octets(text: "s\(size)")))
            }
            return "\(try await boxes.append(items, to: try await self.folder(account, folder), at: now))"
        case .changeFlags(let account, let folder, let ranges, let change, let ago):
            let id = try await self.folder(account, folder)
            let result = try await boxes.changeFlags(
                change, uids: ranges, in: id, unchangedSince: ago.map { modSeq(of: id, checkpointsAgo: $0) })
            return "\(result.items.map { "\($0.uid) \($0.flags)" }) \(result.conflicts)"
        case .copy(let account, let folder, let ranges, let other, let target):
            let (from, to) = (try await self.folder(account, folder), try await self.folder(other, target))
            return "\(try await boxes.copy(uids: ranges, from: from, to: to, at: now))"
        case .move(let account, let folder, let ranges, let other, let target):
            let (from, to) = (try await self.folder(account, folder), try await self.folder(other, target))
            return "\(try await boxes.move(uids: ranges, from: from, to: to, at: now))"
        case .expunge(let account, let folder, let ranges):
            return "\(try await boxes.expunge(uids: ranges, in: try await self.folder(account, folder), at: now))"
        case .checkpoint:
            try await checkpoint()
            return "done"
        case .advance(let seconds):
            advance(by: seconds)
            return "done"
        case .crash:
            try crash()
            return "done"
        case .enqueueJob, .claimJobs, .retryJob, .finishJob, .setJobDead: return try await performJob(operation)
        case .accept, .claim, .claimDue, .postpone, .settle, .setDead, .replaceContent, .purge:
            return try await performSpool(operation)
        default: return try await performDirectory(operation)
        }
    }

    private func performSpool(_ operation: ModelOperation) async throws -> String {
        let spool = stores.spool
        switch operation {
        case .accept(let id, let recipients, let size, let lease):
            let envelope = Envelope(
                reversePath: .null,
                recipients: (0..<recipients).map { EnvelopeRecipient(ForwardPath(Self.mail($0))) })
            let draft = SpoolDraft(
                id: id, organization: organization, envelope: envelope, messageID: "m\(size)@x", acceptedAt: now,
                leaseFor: lease.map { .seconds($0) })
            try await spool.accept(
                [draft], content: try await stores.mailboxes.stage(Octets(repeating: 7, count: size)))
            note(message: id)
            return "done"
        case .claim(let message):
            return "\(try await spool.claim(self.message(message), at: now, leaseFor: .seconds(30))?.id.hex ?? "none")"
        case .claimDue(let count):
            return
                "\(try await spool.claim(from: "inbound", upTo: count, at: now, leaseFor: .seconds(30)).map(\.id.hex))"
        case .postpone(let message, let seconds):
            try await spool.postpone(
                self.message(message), until: now + .seconds(seconds), because: "later",
                spans: [stores.span("Postpone")])
            return "done"
        case .settle(let message, let deliveries, let fates, let step, let spawn, let retry):
            let id = self.message(message)
            let count = try await spool.message(id)?.fates.count ?? 3
            var settlement = Settlement(of: id, at: now)
            settlement.deliveries = deliveries.filter { $0.recipient < count }.map {
                stores.delivery($0.recipient, accounts[$0.account], folder: $0.junk ? .junk : .inbox)
            }
            settlement.fates = fates.filter { $0.key < count }
            settlement.stepsDone = step.map { [$0] } ?? []
            settlement.spans = [stores.span("Settle")]
            settlement.retry = retry.map { (now + .seconds($0), "again") }
            if let spawn {
                let draft = SpoolDraft(
                    id: spawn, organization: organization,
                    envelope: Envelope(reversePath: .null, recipients: [EnvelopeRecipient(ForwardPath(Self.mail(0)))]),
                    messageID: nil, isNotice: true, acceptedAt: now)
                settlement.spawned = [
                    SpawnedMessage(
                        draft, content: Octets(text: "spawned"), recipients: Set(fates.keys.filter { $0 < count }),
                        step: step)
                ]
            }
            return "\(try await spool.settle(settlement))"
        case .setDead(let message, let dead):
            try await spool.setDead(self.message(message), dead, at: now, because: "dead \(dead)")
            return "done"
        case .replaceContent(let message, let size):
            let staged = try await stores.mailboxes.stage(Octets(repeating: 9, count: size))
            try await spool.stageContent(staged, of: self.message(message), as: .transaction("t"))
            var change = FlowChange(of: self.message(message))
            change.content = "t"
            return "\(try await spool.advance(change).size)"
        case .purge(let seconds, let limit):
            return "\(try await spool.purge(acceptedBefore: now + .seconds(-seconds), limit: limit))"
        default: return ""
        }
    }

    private func performDirectory(_ operation: ModelOperation) async throws -> String {
        let directory = stores.directory
        switch operation {
        case .enable(let account, let number):
            try await directory.enable(accounts[account], email: Self.mail(number), at: now)
        case .disable(let account): try await directory.disable(accounts[account], at: now)
        case .deleteEntity(let account): try await directory.deleteEntity(accounts[account], at: now)
        case .addAlias(let account, let number): try await directory.addAlias(Self.mail(number), to: accounts[account])
        case .removeAlias(let account, let number):
            try await directory.removeAlias(Self.mail(number), from: accounts[account])
        case .setPrimary(let account, let number):
            // The callers' rule: only what is enabled has a primary address to change.
            guard try await directory.entity(accounts[account])?.state == .enabled else { return "not enabled" }
            try await directory.setPrimaryAddress(Self.mail(number), of: accounts[account])
        case .addMember(let member, let group): try await directory.addMember(accounts[member], to: accounts[group])
        case .removeMember(let member, let group):
            guard group > 5 else { return "no group" }
            try await directory.removeMember(accounts[member], from: accounts[group])
        case .setQuota(let account, let megabytes):
            guard var entity = try await directory.entity(accounts[account]), entity.state != .deleted else {
                return "gone"
            }
            entity.quotaMB = megabytes
            try await directory.updateEntity(entity)
        default: break
        }
        return "done"
    }

    private func performJob(_ operation: ModelOperation) async throws -> String {
        let jobs = stores.jobs
        switch operation {
        case .enqueueJob(let id):
            try await jobs.enqueue(Job(id: id, function: "F", event: [1], createdAt: now))
            note(job: id)
        case .claimJobs(let count):
            return "\(try await jobs.claimJobs(upTo: count, at: now, leaseFor: .seconds(10)).map(\.id.hex))"
        case .retryJob(let job, let seconds):
            try await jobs.retry(self.job(job), at: now + .seconds(seconds), because: "again")
        case .finishJob(let job): try await jobs.finish(self.job(job))
        case .setJobDead(let job, let dead): try await jobs.setDead(self.job(job), dead, at: now, because: "dead")
        default: break
        }
        return "done"
    }
}

extension Optional {
    /// `map` for a body that waits.
    fileprivate func async<Result>(_ body: (Wrapped) async throws -> Result) async throws -> Result? {
        guard let self else { return nil }
        return try await body(self)
    }
}
