import FunctionRuntime
import MailTypes

extension MemoryStores {
    public func settle(_ settlement: Settlement) async throws(StoreFailure) -> [DeliveryResult] {
        let random = self.random
        return try commit { state throws(StoreFailure) in try state.settle(settlement, random: random) }
    }
}

extension MemoryState {
    fileprivate mutating func settle(_ settlement: Settlement, random: any RandomSource) throws(StoreFailure)
        -> [DeliveryResult]
    {
        var message = try spooled(settlement.message)
        let recipients = message.facts.fates.indices
        let named = settlement.deliveries.map(\.recipient) + Array(settlement.fates.keys)
        guard named.allSatisfy(recipients.contains) else { throw .conflict("a recipient beyond the envelope's") }
        let settledBefore = Set(recipients.filter { message.facts.fates[$0] != nil })
        let stepsBefore = message.facts.stepsDone
        let spawned = settlement.spawned.filter { spawn in
            let recipientsWere = !spawn.recipients.isEmpty && spawn.recipients.isSubset(of: settledBefore)
            let stepWas = spawn.step.map(stepsBefore.contains) ?? false
            return !recipientsWere && !stepWas
        }
        for spawn in spawned where messages[spawn.draft.id] != nil { throw .exists("message \(spawn.draft.id)") }

        // Nothing is refused from here on: what follows happens as a whole.
        var results: [DeliveryResult] = []
        var stillOpen: Set<Int> = []
        for delivery in settlement.deliveries {
            let result =
                settledBefore.contains(delivery.recipient)
                ? .duplicate : deliver(delivery, of: &message, at: settlement.now, random: random)
            if result == .overQuota || result == .noSuchMailbox { stillOpen.insert(delivery.recipient) }
            results.append(result)
        }
        for (recipient, fate) in settlement.fates where !stillOpen.contains(recipient) {
            message.settle(recipient, as: fate)
        }
        message.finish(steps: settlement.stepsDone)
        message.spans += settlement.spans
        if let retry = settlement.retry, !message.isSettled { message.wait(until: retry.at, because: retry.reason) }
        messages[settlement.message] = message
        for spawn in spawned { spool(spawn.draft, spawn.content) }
        return results
    }

    private mutating func deliver(
        _ delivery: LocalDelivery, of message: inout MemoryMessage, at now: Timestamp, random: any RandomSource
    ) -> DeliveryResult {
        guard let mailbox = mailboxes[delivery.account] else { return .noSuchMailbox }
        if message.filedFor.contains(delivery.account) { return .duplicate }
        guard mailbox.used + message.content.count <= quota(of: delivery.account) else { return .overQuota }
        // A mailbox whose owner deleted Junk E-mail still takes the message.
        guard let id = folder(delivery.folder, of: delivery.account) ?? folder(.inbox, of: delivery.account),
            var folder = folders[id]
        else { return .noSuchMailbox }
        let uid = folder.file(
            message.content, id: ItemID(random.identifier(at: now)), modSeq: folder.nextModSeq(),
            flags: delivery.flags, internalDate: delivery.internalDate, saveDate: now, summary: delivery.summary)
        folders[id] = folder
        touched.insert(id)
        mailboxes[delivery.account]?.used += message.content.count
        message.filedFor.insert(delivery.account)
        return .stored(uid)
    }
}
