import FunctionRuntime
import MailTypes

/// Answers what doors ask of a mailbox: folders, items, flags, copies, searches.
///
/// The doors own grammar and numbering; what a question means, and who may ask it, is decided here once for all of them.
public struct Mailbox: Handler {
    public typealias Event = MailboxRequest
    public typealias Outcome = MailboxReply

    let mailboxes: any MailboxStore
    let directory: any AccountDirectory
    let limits: MailboxLimits

    /// A handler over this store; the directory says whose account is still open.
    public init(mailboxes: any MailboxStore, directory: any AccountDirectory, limits: MailboxLimits = MailboxLimits()) {
        (self.mailboxes, self.directory, self.limits) = (mailboxes, directory, limits)
    }

    public func handle(_ request: MailboxRequest, in context: Context) async throws -> MailboxReply {
        do {
            guard try await isOpen(request) else {
                context.log.info("mailbox.account-closed", .entity(request.entity.id))
                return .refused(.accountClosed)
            }
            return try await answer(request.question, for: request.entity, in: context)
        } catch let refusal as MailboxRefusal {
            return .refused(refusal)
        } catch let failure as StoreFailure {
            return .refused(refusal(for: failure, of: request.entity, in: context))
        }
    }

    private func answer(
        _ question: MailboxRequest.Question, for entity: Entity, in context: Context
    ) async throws -> MailboxReply {
        switch question {
        case .account:
            return .done
        case .folders(let wanted):
            let all = try await mailboxes.folders(of: entity.id)
            return .folders(wanted.map { wanted in all.filter { $0.folderClass == wanted } } ?? all)
        case .find(let path, let folderClass):
            return .folder(try await find(path, folderClass, of: entity))
        case .folder(let id):
            return .folder(try await folder(id, for: entity))
        case .createFolder(let path, let folderClass):
            return .folder(try await createFolder(path, folderClass, for: entity, in: context))
        case .deleteFolder(let id):
            return try await deleteFolder(id, for: entity, in: context)
        case .renameFolder(let id, let path):
            return try await renameFolder(id, to: path, for: entity, in: context)
        case .setSubscribed(let id, let subscribed):
            _ = try await folder(id, for: entity)
            try await mailboxes.setSubscribed(subscribed, folder: id)
            return .done
        case .leftSubscriptions:
            return .paths(try await mailboxes.leftSubscriptions(of: entity.id))
        case .forgetSubscription(let path):
            try await mailboxes.setLeftSubscription(false, path: path, of: entity.id)
            return .done
        case .open(let id, let claimRecent):
            return try await open(id, claimRecent: claimRecent, for: entity)
        case .items(let id, let uids, let summaries, let limit):
            _ = try await folder(id, for: entity)
            return .items(
                try await mailboxes.items(
                    in: id, uids: uids, summaries: summaries, limit: min(limit, limits.pageItems)))
        case .content(let item, let id, let range):
            _ = try await folder(id, for: entity)
            return .content(try await mailboxes.content(of: item, in: id, range: range))
        case .changeFlags(let change, let uids, let id, let unchangedSince):
            return try await changeFlags(change, uids, in: id, unchangedSince: unchangedSince, for: entity)
        case .copy(let uids, let source, let target):
            return try await transfer(uids, from: source, to: target, removing: false, for: entity, in: context)
        case .move(let uids, let source, let target):
            return try await transfer(uids, from: source, to: target, removing: true, for: entity, in: context)
        case .expunge(let id, let uids):
            _ = try await folder(id, for: entity)
            return .expunged(try await mailboxes.expunge(uids: uids, in: id, at: context.now))
        case .append(let messages, let id):
            return try await append(messages, to: id, for: entity, in: context)
        case .search(let criterion, let id, let uids):
            _ = try await folder(id, for: entity)
            return try await search(criterion, in: id, among: uids)
        case .changes(let id, let since):
            _ = try await folder(id, for: entity)
            return .changes(try await mailboxes.changes(in: id, since: since))
        case .usage:
            let usage = try await mailboxes.usage(of: entity.id)
            return .usage(used: usage.used, quota: usage.quota)
        }
    }

    /// True while the account is enabled, its organization active, and it is as it was when the session logged in: another
    /// password, or a time of being disabled, ends what was opened before (reference/faults.md F53).
    private func isOpen(_ request: MailboxRequest) async throws(StoreFailure) -> Bool {
        guard let now = try await directory.entity(request.entity.id), now.state == .enabled else { return false }
        if let login = request.login, login != LoginMark(now) { return false }
        return try await directory.organization(now.organization)?.state == "Active"
    }

    /// The folder, when this entity may use it. Unknown and foreign folders look the same (reference/faults.md F52).
    func folder(_ id: FolderID, for entity: Entity) async throws -> Folder {
        let folder = try await mailboxes.folder(id)
        guard MailboxRights.mayUse(folder, entity) else { throw MailboxRefusal.notFound }
        return folder
    }

    /// The failure as the user may hear of it; what needs a person goes into the log.
    private func refusal(for failure: StoreFailure, of entity: Entity, in context: Context) -> MailboxRefusal {
        switch failure {
        case .notFound: return .notFound
        case .exists: return .exists
        case .conflict(let reason): return .impossible(reason)
        case .overQuota: return .overQuota
        case .limit(let name): return .limit(name)
        case .diskFull, .damaged, .down:
            let told = failure.deliveryFailure
            context.log.error(
                "mailbox.unavailable", .entity(entity.id), .code(told.code.rawValue), .reason("\(failure)"),
                .advice(told.onCall))
            return .unavailable
        }
    }
}
