import MailTypes

/// Who is told of changes in buckets.
public protocol ObjectEvents: Sendable {
    /// The jobs that an event leads to, for each notification of the bucket that matches it. They become durable with the
    /// change itself. Called on the stores' writing thread: quick, and without waiting for anything.
    func jobs(for event: ObjectEvent) -> [Job]
}

/// Nobody is told.
public struct NoObjectEvents: ObjectEvents {
    /// Nothing is needed.
    public init() {}
    public func jobs(for event: ObjectEvent) -> [Job] { [] }
}
