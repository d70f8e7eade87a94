import FunctionRuntime
import MailTypes

/// The Lambda API: users' functions are made, changed, published, shared out and invoked here
/// (reference/functions.md §2).
public struct LambdaAPI: Handler {
    /// Shared, not copied: each call looks through some.
    final class Operation: Sendable {
        let name: String
        let method: String
        /// Segments of the path; nil, `{}` where it is declared, stands for one value.
        let path: [Octets?]
        let run: @Sendable (LambdaCall) async throws -> HTTPResponse

        init(
            _ name: String, _ method: String, _ path: String,
            _ run: @escaping @Sendable (LambdaCall) async throws -> HTTPResponse
        ) {
            (self.name, self.method, self.run) = (name, method, run)
            self.path = path.split(separator: "/").map { $0 == "{}" ? nil : Octets($0.utf8) }
        }
    }

    let services: LambdaServices

    /// The API over these services.
    public init(_ services: LambdaServices) { self.services = services }

    static let operations: [Operation] =
        functionOperations + codeOperations + versionOperations + aliasOperations + policyOperations + tagOperations
        + concurrencyOperations + eventInvokeOperations + layerOperations + invokeOperations
        + urlOperations + otherOperations

    /// A function's answer waits no longer than the function may take; an event that is still on its way in is watched.
    public func endsByItself(_ event: HTTPRequest) -> Bool {
        guard case .octets = event.body else { return false }
        return event.method == "POST" && event.path.hasSuffix("/invocations")
    }

    public func handle(_ event: HTTPRequest, in context: Context) async throws -> HTTPResponse {
        var response: HTTPResponse
        var name = "unknown"
        do {
            let (operation, parameters) = try Self.operation(of: event)
            name = operation.name
            response = try await operation.run(
                LambdaCall(
                    services: services, request: event, context: context, parameters: parameters,
                    operation: operation.name))
            context.decide("done", because: name)
        } catch let failure as LambdaFailure {
            context.decide("refused", because: "\(failure.code.rawValue): \(failure.message)")
            response = failure.response
        } catch let failure as StoreFailure {
            context.decide("failed", because: "\(failure)")
            let told = LambdaFailure(failure)
            if told.code == .service {
                context.log.error("lambda.failed", .code("\(failure)"), .advice("look at disk space"))
            }
            response = told.response
        }
        context.log.info(
            "lambda.answered", .other("operation", name), .code(String(response.status)), .peer(event.peer))
        if response.headers["x-amzn-RequestId"] == nil {
            response.headers["x-amzn-RequestId"] = context.requestID.description
        }
        return response
    }

    /// Operations by the number of their paths' segments.
    private static let byCount = Dictionary(grouping: operations) { $0.path.count }

    /// The operation that method and path stand for.
    private static func operation(of request: HTTPRequest) throws -> (Operation, [String]) {
        let (method, segments) = (request.method, PathSegments(request.path))
        for operation in byCount[segments.count] ?? [] where operation.method == method {
            if segments.match(operation.path) { return (operation, segments.values(operation.path)) }
        }
        throw LambdaFailure(.unknownOperation, "There is no operation \(request.method) on this path.")
    }
}
