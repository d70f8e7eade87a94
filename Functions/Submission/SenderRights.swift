import FunctionRuntime
import MailPolicy
import MailTypes

/// Who may send as whom (reference/email-flow.md §2 row 2, §9).
struct SenderRights: Sendable {
    enum Right: Sendable {
        /// One of the user's own addresses.
        case own
        /// Somebody else's, as if they had sent it.
        case sendAs
        /// Somebody else's, with the user named in Sender.
        case onBehalf
    }

    /// Said when the account is not as it was at login any more; it ends the session (reference/faults.md F53).
    static let loginVoid = Reply(421, "4.7.0", "your login does not hold any more, connect and log in again")

    let directory: any AccountDirectory
    let records: any RecordStore

    /// The user of a session, as long as the account is as it was at login.
    func user(of session: SMTPSession) async throws(StoreFailure) -> Entity? {
        guard let id = session.user, let entity = try await directory.entity(id), entity.state == .enabled,
            session.login.map({ $0 == LoginMark(entity) }) ?? true
        else { return nil }
        return entity
    }

    /// What a user may do with an address; nil for nothing.
    func right(of user: Entity, to address: Address) async throws(StoreFailure) -> Right? {
        for candidate in AddressOrder.candidates(for: address) {
            guard case .entity(let owner) = try await directory.resolve(candidate) else { continue }
            if owner.id == user.id { return .own }
            guard owner.organization == user.organization else { return nil }
            return
                switch try await SendingRights(records: records, directory: directory)
                .right(of: user.id, for: owner.id)
            {
            case .sendAs: .sendAs
            case .onBehalf: .onBehalf
            case nil: nil
            }
        }
        return nil
    }

    /// How many of these are in no domain of ours.
    func outside(_ recipients: [Address]) async throws(StoreFailure) -> Int {
        var isOurs: [String: Bool] = [:]
        var count = 0
        for recipient in recipients {
            let domain = recipient.canonicalDomain
            if isOurs[domain] == nil { isOurs[domain] = try await directory.organization(ofDomain: domain) != nil }
            if isOurs[domain] == false { count += 1 }
        }
        return count
    }
}
