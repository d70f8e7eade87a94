import MailTypes

/// Takes in content octet by octet before anything refers to it. What is staged and never referred to disappears.
public protocol ContentStore: Sendable {
    /// Starts taking in one message.
    func stage() async throws(StoreFailure) -> any ContentWriter
}

extension ContentStore {
    /// Stages content that is in memory already.
    public func stage(_ content: Octets) async throws(StoreFailure) -> StagedContent {
        let writer = try await stage()
        try await writer.append(content)
        return try await writer.finish()
    }
}

/// Content on its way in. Memory use is bounded whatever the content's size. Used by one task.
public protocol ContentWriter: AnyObject, Sendable {
    /// Takes the next octets.
    func append(_ octets: Octets) async throws(StoreFailure)
    /// Ends the content. It becomes durable with the commit that first refers to it.
    func finish() async throws(StoreFailure) -> StagedContent
    /// Forgets what was taken in.
    func discard()
}

/// Content that was taken in completely and can be referred to by one commit.
public struct StagedContent: Sendable {
    /// The store's own handle.
    public let token: any Sendable
    /// The content's size in octets.
    public let size: Int
    /// The first octets, at most 64 KiB: enough for the header section of nearly every message.
    public let head: Octets

    /// A handle made by a store.
    public init(token: any Sendable, size: Int, head: Octets) {
        (self.token, self.size, self.head) = (token, size, head)
    }
}
