import FunctionRuntime

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
}
