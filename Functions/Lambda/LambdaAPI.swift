import FunctionRuntime
import MailTypes

/// The Lambda API: users' functions are made, changed, published, shared out and invoked here
/// (reference/functions.md §2).
public struct LambdaAPI: Handler {
    /// Shared, not copied: each call looks through some.
    final class Operation: Sendable {
        let name: String
        let method: String
        /// Segments of the path; `{}` stands for one value.
        let path: [String]
        let run: @Sendable (LambdaCall) async throws -> HTTPResponse

        init(
            _ name: String, _ method: String, _ path: String,
            _ run: @escaping @Sendable (LambdaCall) async throws -> HTTPResponse
        ) {
            (self.name, self.method, self.run) = (name, method, run)
            self.path = path.split(separator: "/").map(String.init)
        }
    }

    let services: LambdaServices

    /// The API over these services.
    public init(_ services: LambdaServices) { self.services = services }

    static let operations: [Operation] =
        functionOperations + codeOperations + versionOperations + aliasOperations + policyOperations + tagOperations
        + concurrencyOperations + eventInvokeOperations + layerOperations + invokeOperations
        + urlOperations + otherOperations

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

    /// What operations are looked up by: everything else of their paths can be a value.
    private struct Shape: Hashable {
        let method: String
        /// `2015-03-31`.
        let version: String
        let count: Int
    }

    private static let byShape = Dictionary(grouping: operations) {
        Shape(method: $0.method, version: $0.path[0], count: $0.path.count)
    }

    /// What stands between the slashes, decoded; an empty text for what is no text. None for a slash at the end.
    private static func segments(of path: String) -> [String] {
        let octets = Octets(path.utf8)
        let isPlain = !octets.contains(0x25)
        var segments: [String] = []
        segments.reserveCapacity(8)
        var start = 1
        while start < octets.count {
            let end = octets[start...].firstIndex(of: 0x2F) ?? octets.count
            let part = octets[start..<end]
            segments.append(
                isPlain
                    ? String(decoding: part, as: UTF8.self)
                    : PercentCoding.decode(part).flatMap { String(validating: $0, as: UTF8.self) } ?? "")
            start = end + 1
        }
        return segments
    }

    /// The operation that method and path stand for. A slash at the end of a path is as good as none.
    private static func operation(of request: HTTPRequest) throws -> (Operation, [String]) {
        let segments = segments(of: request.path)
        let shape = Shape(method: request.method, version: segments.first ?? "", count: segments.count)
        for operation in byShape[shape] ?? [] {
            var values: [String] = []
            let fits = zip(operation.path, segments).allSatisfy { wanted, segment in
                guard wanted == "{}" else { return wanted == segment }
                values.append(segment)
                return !segment.isEmpty
            }
            if fits { return (operation, values) }
        }
        throw LambdaFailure(.unknownOperation, "There is no operation \(request.method) on this path.")
    }
}
