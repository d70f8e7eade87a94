import FunctionRuntime
import MailTypes

/// One call of an operation, its shapes checked.
public struct Call: Sendable {
    public let operation: String
    public let input: Input
    public let asker: Asker
    public let peer: NetworkAddress
    /// How the answer will be written.
    public let wire: Wire

    public var caller: Caller { asker.caller }
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
    public func require(_ asker: Asker, _ action: String, on resource: String) async throws(ServiceFailure) {
        guard await allows(asker, action, on: resource) else {
            throw ServiceFailure(
                .accessDenied,
                "User: \(asker.caller.principal) is not authorized to perform: \(action) on resource: \(resource) "
                    + "because no identity-based policy allows the \(action) action")
        }
    }
}
