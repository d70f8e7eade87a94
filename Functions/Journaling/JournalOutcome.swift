import FunctionRuntime
import MailTypes

/// What became of a request for a journal record.
public enum JournalOutcome: Codable, Sendable, Hashable {
    /// The record was spooled under this queue id.
    case recorded(QueueID)
    /// There is no record; the report address is told by the message of this queue id.
    case reported(QueueID, reason: String)
    /// The message is journaled already, is a notice of ours, or journaling is off.
    case notWanted
}

/// What journaling is told by the template.
public struct JournalingParameters: Sendable {
    /// The server's name, in the Message-IDs of records.
    public var hostname: String

    /// Parameters of this server.
    public init(hostname: String) { self.hostname = hostname }
}
