import MailTypes

/// The decision record of each message, kept with it.
public protocol TraceStore: Sendable {
    /// The spans of a message, oldest first; empty when nothing is known.
    func spans(of message: QueueID) async throws(StoreFailure) -> [Span]
    /// Adds spans without waiting for their commit: for what needs no promise.
    func add(_ spans: [Span], to message: QueueID)
    /// Messages whose Message-ID header field has this value (without brackets), newest first.
    func messages(withMessageID: String, limit: Int) async throws(StoreFailure) -> [QueueID]
    /// The newest messages first, for an operator to see.
    func recent(limit: Int) async throws(StoreFailure) -> [SpooledMessage]
}
