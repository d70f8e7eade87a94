import AWSWire
import FunctionRuntime
import MailPolicy
import MailTypes

/// What AWS never published an API for: flow rules, SMTP gateways and journaling, as `X-Amz-Target: Mailroom.*` in AWS JSON 1.1
/// (reference/workmail-api.md §12).
public struct Administration: Handler {
    let services: DirectoryServices

    /// Needs what administration needs.
    public init(_ services: DirectoryServices) { self.services = services }

    /// The operations handled, by name. Others under the same prefix are the executable's.
    public static let operations: [String] = protocolTable.names

    public func handle(_ event: HTTPRequest, in context: Context) async throws -> HTTPResponse {
        try await Self.protocolTable.answer(event, with: services, in: context) { _, call in
            // No role can be given these: they are the owner's alone.
            guard call.caller.isOwner else {
                throw APIFailure(.accessDenied, "the caller may not perform \(call.operation)")
            }
        }
    }

    static let protocolTable = OperationTable<DirectoryServices>(
        prefix: "Mailroom.", messageMember: "Message", flowRuleOperations + gatewayOperations + journalingOperations,
        told: { APIFailure(workMail: $0) }
    ) { "there is no operation \"\($0)\"" }
}
