import MailPolicy
import MailTypes

/// The mailboxes that mail for an address reaches.
public enum MailboxesBehindAddress: Sendable {
    /// Each account once: the one that has the address, or a group's members, nested groups included.
    case accounts([Entity], group: Entity?)
    /// Nobody can get it, and the sender is told this.
    case none(DeliveryFailure.Code)
}

extension AccountDirectory {
    /// Follows an address to mailboxes: exact address or alias first, then without its tag; a group to its members,
    /// without loops or duplicates, leaving out disabled ones (reference/email-flow.md §1 row 8).
    public func mailboxes(behind address: Address) async throws(StoreFailure) -> MailboxesBehindAddress {
        var failure = DeliveryFailure.Code.noSuchRecipient
        for candidate in AddressOrder.candidates(for: address) {
            switch try await resolve(candidate) {
            case .entity(let entity): return try await mailboxes(of: entity)
            case .unknownLocalPart: continue
            case .foreignDomain: failure = .notOurDomain
            }
        }
        return .none(failure)
    }

    private func mailboxes(of entity: Entity) async throws(StoreFailure) -> MailboxesBehindAddress {
        switch entity.state {
        case .deleted: return .none(.noSuchRecipient)
        case .disabled: return .none(.mailboxDisabled)
        case .enabled: break
        }
        guard entity.kind == .group else {
            return entity.mailboxProvisionedAt == nil ? .none(.noSuchRecipient) : .accounts([entity], group: nil)
        }
        var accounts: [Entity] = []
        var seen: Set<EntityID> = [entity.id]
        var open = [entity.id]
        var isLoop = false
        while let group = open.popLast() {
            for member in try await members(of: group) {
                guard seen.insert(member.id).inserted else {
                    isLoop = isLoop || member.kind == .group
                    continue
                }
                guard member.state == .enabled else { continue }
                if member.kind == .group {
                    open.append(member.id)
                } else if member.mailboxProvisionedAt != nil {
                    accounts.append(member)
                }
            }
        }
        // Nobody behind a list is a failure its sender hears of, not a silent loss.
        return accounts.isEmpty ? .none(isLoop ? .groupLoop : .noSuchRecipient) : .accounts(accounts, group: entity)
    }
}
