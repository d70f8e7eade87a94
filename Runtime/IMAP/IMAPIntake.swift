import FunctionRuntime
import MailTypes

/// Where a session meets the functions. The executable passes one that invokes what the template names.
public protocol IMAPIntake: Sendable {
    /// Lets somebody in or not. A throw means "not now".
    func login(_ attempt: LoginAttempt) async throws -> LoginVerdict
    /// Asks the mailbox. `.refused(.accountClosed)` ends the connection. A throw means "not now".
    func mailbox(_ request: MailboxRequest) async throws -> MailboxReply
    /// Starts taking in a message of APPEND.
    func stage() async throws -> any ContentWriter
    /// Where changes of folders are told.
    var changes: MailboxChanges { get }
    /// Whose recent messages are; one for all sessions.
    var recents: RecentClaims { get }
    /// Counts a session that somebody is about to have; false, and nothing counted, when they have `most` already.
    func sessionBegan(_ entity: EntityID, most: Int) -> Bool
    /// A session that was counted is over. Called once for each `sessionBegan` that said true, however it ended.
    func sessionEnded(_ entity: EntityID)
}

extension IMAPIntake {
    /// Without a count everybody may have as many sessions as they open.
    public func sessionBegan(_ entity: EntityID, most: Int) -> Bool { true }
    public func sessionEnded(_ entity: EntityID) {}
}
