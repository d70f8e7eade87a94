import FunctionRuntime
import MailTypes
import MessageFormat

extension Mailbox {
    /// Files messages. Content that comes as octets (from the command line, or another door) is staged and summarised
    /// here; staged content brings its summary along, since nobody reads it again.
    func append(
        _ messages: [MailboxRequest.NewMessage], to id: FolderID, for entity: Entity, in context: Context
    ) async throws -> MailboxReply {
        let folder = try await folder(id, for: entity)
        var items: [NewItem] = []
        items.reserveCapacity(messages.count)
        var octets = 0
        for message in messages {
            octets += message.content.size
            let date = message.internalDate ?? context.now
            switch message.content {
            case .staged(let staged):
                let summary = message.summary ?? MessageSummary(content: staged.head).encoded()
                items.append(NewItem(content: staged, flags: message.flags, internalDate: date, summary: summary))
            case .octets(let content):
                let staged = try await mailboxes.stage(content)
                let summary = MessageSummary(content: content).encoded()
                items.append(NewItem(content: staged, flags: message.flags, internalDate: date, summary: summary))
            }
        }
        let uids = try await mailboxes.append(items, to: id, at: context.now)
        context.log.info("mailbox.appended", .entity(entity.id), .count(uids.count), .octets(octets))
        return .appended(uidValidity: folder.uidValidity, uids)
    }
}
