import FunctionRuntime
import MailTypes

/// Answers what `mailroom` asks of the runtime itself: functions, invocations, deployments, traces, logs, queues, keys.
/// AWS JSON 1.1 under `Mailroom.*`, beside the operations of `Administration` (design/contract.md "Endpoints").
struct Operator: Sendable {
    /// Why an operation was refused; becomes `__type` and `Message`.
    struct Failure: Error {
        let type: String
        let message: String

        static func invalid(_ message: String) -> Failure {
            Failure(type: "InvalidParameterException", message: message)
        }
        static func notFound(_ message: String) -> Failure {
            Failure(type: "ResourceNotFoundException", message: message)
        }
    }

    typealias Operation = @Sendable (Operator, JSONValue) async throws -> JSONValue

    let system: MailSystem

    static let operations: [String: Operation] = [
        "ListFunctions": { try await $0.listFunctions($1) },
        "DescribeFunction": { try await $0.describeFunction($1) }, "FlowEvent": { try await $0.flowEvent($1) },
        "Invoke": { try await $0.invoke($1) },
        "Deploy": { try await $0.deploy($1) }, "PrepareDeploy": { try await $0.prepareDeploy($1) },
        "DeleteStack": { try await $0.deleteStack($1) }, "ListStacks": { try await $0.listStacks($1) },
        "DescribeStack": { try await $0.describeStack($1) },
        "GetTrace": { try await $0.getTrace($1) }, "GetLogs": { try await $0.getLogs($1) },
        "ListQueue": { try await $0.listQueue($1) }, "Redrive": { try await $0.redrive($1) },
        "RotateKey": { try await $0.rotateKey($1) }, "Check": { try await $0.check($1) },
        "Replay": { try await $0.replay($1) },
    ]

    /// Largest request: a template and its parameters, or an event with a message in it.
    static let limitOctets = 96 << 20

    /// Answers a request for one of `operations`; nil for any other target.
    func answer(_ request: HTTPRequest) async throws -> HTTPResponse? {
        guard let target = request.headers["X-Amz-Target"], target.hasPrefix("Mailroom."),
            let operation = Self.operations[String(target.dropFirst("Mailroom.".count))]
        else { return nil }
        // No role can be given these: they are the owner's alone.
        guard request.caller.isOwner else {
            return Self.json(
                400, ["__type": "AccessDeniedException", "Message": "the caller may not perform this operation"])
        }
        do {
            let body = try await request.body.collect(upTo: Self.limitOctets)
            let input =
                body.isEmpty
                ? JSONValue.object(JSONObject()) : try JSONValue(parsing: body, limitOctets: Self.limitOctets)
            return Self.json(200, try await operation(self, input))
        } catch let failure as Failure {
            return Self.json(400, ["__type": .string(failure.type), "Message": .string(failure.message)])
        } catch let problem as JSONProblem {
            return Self.json(400, ["__type": "SerializationException", "Message": .string(problem.description)])
        } catch StoreFailure.notFound(let what) {
            return Self.json(400, ["__type": "ResourceNotFoundException", "Message": .string("\(what) is not there")])
        } catch StoreFailure.conflict(let why) {
            return Self.json(400, ["__type": "InvalidParameterException", "Message": .string(why)])
        }
    }

    private static func json(_ status: Int, _ value: JSONValue) -> HTTPResponse {
        HTTPResponse(status, headers: ["Content-Type": "application/x-amz-json-1.1"], body: .octets(value.octets))
    }
}
