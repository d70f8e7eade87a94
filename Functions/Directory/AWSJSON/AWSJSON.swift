import FunctionRuntime
import MailTypes

/// The AWS JSON 1.1 protocol: the operation in `X-Amz-Target`, its input and output as JSON (reference/workmail-api.md §1).
struct AWSJSON<Services: Sendable>: Sendable {
    /// One operation of a service.
    struct Operation: Sendable {
        typealias Run = @Sendable (_ services: Services, _ input: Input, _ context: Context) async throws -> JSONObject

        let name: String
        let members: [Member]
        let run: Run

        init(_ name: String, _ members: [Member], _ run: @escaping Run) {
            (self.name, self.members, self.run) = (name, members, run)
        }
    }

    /// Largest request taken.
    static var limitOctets: Int { 1 << 20 }

    /// What stands before the operation's name in `X-Amz-Target`, with its dot.
    let prefix: String
    let operations: [String: Operation]
    /// Says why an operation is not among `operations`.
    let unknown: @Sendable (_ name: String) -> String

    init(prefix: String, _ operations: [Operation], unknown: @escaping @Sendable (_ name: String) -> String) {
        self.prefix = prefix
        self.operations = Dictionary(uniqueKeysWithValues: operations.map { ($0.name, $0) })
        self.unknown = unknown
    }

    /// Answers a request: the operation is known, its input is JSON, the caller may, the shapes are right, then it runs
    /// (reference/workmail-api.md §1.6).
    func answer(
        _ request: HTTPRequest, with services: Services, in context: Context, allows: (Caller, String) -> Bool
    ) async throws -> HTTPResponse {
        var response: HTTPResponse
        do {
            let output = try await self.output(of: request, with: services, in: context, allows: allows)
            response = AWSJSONOutput.response(200, .object(output))
        } catch let failure as APIFailure {
            context.decide("refused", because: "\(failure.code.rawValue): \(failure.message)")
            response = failure.response
        } catch let failure as StoreFailure {
            let told = APIFailure(failure)
            context.decide("failed", because: "\(failure)")
            if told.code.status >= 500 {
                context.log.error(
                    "api.failed", .code(told.code.rawValue), .reason("\(failure)"), .advice("look at disk space"))
            }
            response = told.response
        }
        response.headers["x-amzn-RequestId"] = context.requestID.description
        return response
    }

    private func output(
        of request: HTTPRequest, with services: Services, in context: Context, allows: (Caller, String) -> Bool
    ) async throws -> JSONObject {
        let target = request.headers["X-Amz-Target"] ?? ""
        let name = target.hasPrefix(prefix) ? String(target.dropFirst(prefix.count)) : ""
        guard let operation = operations[name] else { throw APIFailure(.unknownOperation, unknown(name)) }
        let input = try await Self.input(request.body)
        guard allows(request.caller, name) else {
            throw APIFailure(.accessDenied, "the caller may not perform \(name)")
        }
        for member in operation.members {
            do throws(Shape.Problem) {
                try member.check(input)
            } catch .type(let sentence) {
                throw APIFailure(.serialization, sentence)
            } catch .value(let sentence) {
                throw APIFailure.invalid(sentence)
            }
        }
        let output = try await operation.run(services, Input(input), context)
        context.decide("done", because: name)
        context.log.info(
            "api.done", .other("operation", name), .organization(OrganizationID(input["OrganizationId"]?.string ?? "")),
            .other("caller", Self.name(of: request.caller)), .peer(request.peer))
        return output
    }

    private static func input(_ body: HTTPBody) async throws -> JSONObject {
        let octets: Octets
        do {
            octets = try await body.collect(upTo: limitOctets)
        } catch let tooLarge as HTTPBodyTooLarge {
            throw APIFailure(.requestTooLarge, "the request is larger than \(tooLarge.limitOctets) octets")
        }
        if octets.isEmpty { return JSONObject() }
        let value: JSONValue
        do throws(JSONProblem) {
            value = try JSONValue(parsing: octets, limitOctets: limitOctets)
        } catch {
            throw APIFailure(.serialization, "the request is not JSON: \(error)")
        }
        guard let object = value.object else { throw APIFailure(.serialization, "the request is not a JSON object") }
        return object
    }

    private static func name(of caller: Caller) -> String {
        switch caller {
        case .anonymous: "anonymous"
        case .user(let entity): entity.id.text
        case .key(let id, let principal, _, _): "\(principal)/\(id)"
        }
    }
}
