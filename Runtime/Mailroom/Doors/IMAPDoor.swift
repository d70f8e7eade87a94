import FunctionRuntime
import IMAP
import MailTypes

/// Where IMAP sessions meet the functions that the template binds.
struct IMAPDoor: IMAPIntake {
    let dispatcher: Dispatcher
    let content: any ContentStore
    let changes: MailboxChanges
    let recents: RecentClaims
    let sessions: IMAPSessionCounts

    func login(_ attempt: LoginAttempt) async throws -> LoginVerdict { try await dispatcher.invoke("Login", attempt) }

    func mailbox(_ request: MailboxRequest) async throws -> MailboxReply {
        guard let function = dispatcher.current.imap["imap"] else { return .refused(.unavailable) }
        return try await dispatcher.invoke(function, request, trace: .none)
    }

    func sessionBegan(_ entity: EntityID, most: Int) -> Bool { sessions.begin(entity, most: most) }

    func sessionEnded(_ entity: EntityID) { sessions.end(entity) }

    func stage() async throws -> any ContentWriter { try await content.stage() }
}
