/// Whether the caller of an API may do what it asks, by AWS's names of actions and resources.
public protocol Permissions: Sendable {
    /// - Parameters:
    ///   - action: `s3:GetObject`, `workmailmessageflow:GetRawMessageContent`.
    ///   - resource: its ARN in this system's account and region.
    func allows(_ caller: Caller, _ action: String, on resource: String) async -> Bool

    /// The same for a request that has more to say than who, what and where.
    func allows(_ asker: Asker, _ action: String, on resource: String) async -> Bool
}

extension Permissions {
    /// Where nothing looks at conditions, they make no difference.
    public func allows(_ asker: Asker, _ action: String, on resource: String) async -> Bool {
        await allows(asker.caller, action, on: resource)
    }
}

/// Every holder of an access key may do everything: a system without users' functions.
public struct KeyHoldersMayAll: Permissions {
    /// Nothing is needed.
    public init() {}

    public func allows(_ caller: Caller, _ action: String, on resource: String) async -> Bool {
        if case .key = caller { true } else { false }
    }
}

/// The owner's keys may do everything, all others nothing.
public struct OwnerMayAll: Permissions {
    /// Nothing is needed.
    public init() {}

    public func allows(_ caller: Caller, _ action: String, on resource: String) async -> Bool { caller.isOwner }
}

extension Caller {
    /// True for a key of whoever owns the system.
    public var isOwner: Bool {
        if case .key(_, let principal, _, _) = self { principal == "root" } else { false }
    }
}
