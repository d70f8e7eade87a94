import FunctionRuntime
import MailTypes

/// One call of an operation, its shapes checked.
public struct Call: Sendable {
    public let operation: String
    public let input: Input
    public let caller: Caller
    public let peer: NetworkAddress
    /// How the answer will be written.
    public let wire: Wire

    /// The caller as logs and refusals name it: `arn:aws:sts::…:assumed-role/ROLE/SESSION`, `root`.
    public var principal: String { caller.principal }
}

extension Caller {
    /// Who it is, for logs and refusals.
    public var principal: String {
        switch self {
        case .anonymous: "anonymous"
        case .user(let entity): entity.id.text
        case .key(_, let principal, _, _): principal
        }
    }
}

extension Permissions {
    /// Refuses a caller that may not do this, in the words that AWS has for it.
    public func require(
        _ caller: Caller, _ action: String, on resource: String, under conditions: [String: [String]] = [:]
    ) async throws(ServiceFailure) {
        guard await allows(caller, action, on: resource, under: conditions) else {
            throw ServiceFailure(
                .accessDenied,
                "User: \(caller.principal) is not authorized to perform: \(action) on resource: \(resource) "
                    + "because no identity-based policy allows the \(action) action")
        }
    }
}
