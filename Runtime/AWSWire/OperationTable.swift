import FunctionRuntime
import MailTypes

/// A service's operations, called in the AWS JSON protocols (`X-Amz-Target`), in the Query protocol (a form) or in Smithy RPC v2
/// CBOR (the operation in the path), whichever the request speaks (reference/workmail-api.md §1, reference/functions.md §4.3).
public struct OperationTable<Services: Sendable>: Sendable {
    /// Refuses a caller that may not call this; asked before shapes are checked (reference/workmail-api.md §1.6).
    public typealias Authorize = @Sendable (_ services: Services, _ call: Call) async throws -> Void

    /// What stands before the operation's name in `X-Amz-Target`, with its dot.
    let prefix: String
    /// The namespace of the Query protocol's answers; nil for a service that has only JSON.
    let queryNamespace: String?
    let messageMember: String
    /// Largest request taken.
    let limitOctets: Int
    let operations: [String: Operation<Services>]
    /// Says why an operation is not among `operations`.
    let unknown: @Sendable (_ name: String) -> String
    /// What a store's failure means in this service.
    let told: @Sendable (StoreFailure) -> ServiceFailure

    /// A service's table.
    ///
    /// - Parameter messageMember: `Message` in WorkMail's errors, `message` in all others.
    public init(
        prefix: String, queryNamespace: String? = nil, messageMember: String = "message", limitOctets: Int = 1 << 20,
        _ operations: [Operation<Services>],
        told: @escaping @Sendable (StoreFailure) -> ServiceFailure = { ServiceFailure($0) },
        unknown: @escaping @Sendable (_ name: String) -> String
    ) {
        self.prefix = prefix
        self.queryNamespace = queryNamespace
        self.messageMember = messageMember
        self.limitOctets = limitOctets
        self.operations = Dictionary(uniqueKeysWithValues: operations.map { ($0.name, $0) })
        self.told = told
        self.unknown = unknown
    }

    /// The operations offered, by name.
    public var names: [String] { operations.keys.sorted() }

    /// Unpacks what was compressed with gzip, up to so many octets; nil when that cannot be done.
    public typealias Inflate = @Sendable (_ octets: Octets, _ limitOctets: Int) -> Octets?

    /// Answers a request: the operation is known, its input can be read, the caller may, the shapes are right, then it
    /// runs.
    ///
    /// - Parameter inflate: for a service whose SDKs compress large requests (the model's trait `requestcompression`).
    public func answer(
        _ request: HTTPRequest, with services: Services, in context: Context, inflate: Inflate? = nil,
        authorize: Authorize
    ) async throws -> HTTPResponse {
        let wire = wire(of: request)
        var response: HTTPResponse
        do {
            let (operation, output) = try await self.output(
                of: request, wire, with: services, in: context, inflate: inflate, authorize: authorize)
            response = wire.response(output, operation: operation, requestID: context.requestID)
        } catch let failure as ServiceFailure {
            context.decide("refused", because: "\(failure.code.name): \(failure.message)")
            response = wire.response(failure, requestID: context.requestID)
        } catch let failure as StoreFailure {
            let told = told(failure)
            context.decide("failed", because: "\(failure)")
            if told.code.status >= 500 {
                context.log.error(
                    "api.failed", .code(told.code.name), .reason("\(failure)"), .advice("look at disk space"))
            }
            response = wire.response(told, requestID: context.requestID)
        }
        response.headers["x-amzn-RequestId"] = context.requestID.description
        return response
    }

    private func wire(of request: HTTPRequest) -> Wire {
        if request.headers["Smithy-Protocol"] == "rpc-v2-cbor" { return .cbor }
        if let queryNamespace, request.headers["X-Amz-Target"] == nil { return .query(namespace: queryNamespace) }
        let type = request.headers["Content-Type"] ?? ""
        return .json(version: type.hasSuffix("-1.0") ? "1.0" : "1.1", messageMember: messageMember)
    }

    private func output(
        of request: HTTPRequest, _ wire: Wire, with services: Services, in context: Context, inflate: Inflate?,
        authorize: Authorize
    ) async throws -> (String, JSONObject) {
        var name: String
        var members = JSONObject()
        switch wire {
        case .query:
            // Name and members are in one form; an unknown name is told like any other.
            let form = try QueryForm(try await body(request, inflate).text)
            (name, members) = (form.action, form.members)
        case .cbor: name = Self.rest(of: request.path, behind: "/service/\(prefix.dropLast())/operation/")
        case .json, .restJSON: name = Self.rest(of: request.headers["X-Amz-Target"] ?? "", behind: prefix)
        }
        guard let operation = operations[name] else { throw ServiceFailure(.unknownOperation, unknown(name)) }
        switch wire {
        case .query: for member in operation.members { member.readText(&members) }
        case .cbor: members = try await cbor(request, inflate)
        case .json, .restJSON: members = try await json(request, inflate)
        }
        let call = Call(
            operation: name, input: Input(members), asker: request.asker, peer: request.peer, wire: wire)
        try await authorize(services, call)
        for member in operation.members {
            do throws(Shape.Problem) {
                try member.check(members)
            } catch .type(let sentence), .typeOf(let sentence) {
                throw ServiceFailure(.serialization, sentence)
            } catch .value(let sentence) {
                throw ServiceFailure(operation.violation, sentence)
            }
        }
        let output = try await operation.run(services, call, context)
        context.decide("done", because: name)
        context.log.info(
            "api.done", .other("operation", name),
            .organization(OrganizationID(call.input.text("OrganizationId") ?? "")),
            .other("caller", Self.name(of: request.caller)), .peer(request.peer))
        return (name, output)
    }

    private func body(_ request: HTTPRequest, _ inflate: Inflate?) async throws -> Octets {
        let octets: Octets
        do {
            octets = try await request.body.collect(upTo: limitOctets)
        } catch let tooLarge as HTTPBodyTooLarge {
            throw ServiceFailure(.requestTooLarge, "the request is larger than \(tooLarge.limitOctets) octets")
        }
        guard let coding = request.headers["Content-Encoding"]?.asciiLowercased, coding != "identity" else {
            return octets
        }
        guard coding == "gzip", let inflate, let content = inflate(octets, limitOctets) else {
            throw ServiceFailure(
                .serialization,
                inflate == nil || coding != "gzip"
                    ? "the request is in a coding that is not taken here"
                    : "the request is no whole gzip, or holds more than \(limitOctets) octets")
        }
        return content
    }

    /// What stands behind a prefix; empty where something else stands there.
    private static func rest(of text: String, behind prefix: String) -> String {
        text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : ""
    }

    private func cbor(_ request: HTTPRequest, _ inflate: Inflate?) async throws -> JSONObject {
        let octets = try await body(request, inflate)
        if octets.isEmpty { return JSONObject() }
        let value: JSONValue
        do throws(CBORProblem) { value = try CBORReader.value(octets) } catch {
            throw ServiceFailure(.serialization, "the request is not CBOR: \(error)")
        }
        guard let object = value.object else { throw ServiceFailure(.serialization, "the request is not a CBOR map") }
        return object
    }

    private func json(_ request: HTTPRequest, _ inflate: Inflate?) async throws -> JSONObject {
        let octets = try await body(request, inflate)
        if octets.isEmpty { return JSONObject() }
        let value: JSONValue
        do throws(JSONProblem) {
            value = try JSONValue(parsing: octets, limitOctets: limitOctets)
        } catch {
            throw ServiceFailure(.serialization, "the request is not JSON: \(error)")
        }
        guard let object = value.object else {
            throw ServiceFailure(.serialization, "the request is not a JSON object")
        }
        return object
    }

    private static func name(of caller: Caller) -> String {
        if case .key(let id, let principal, _, _) = caller { "\(principal)/\(id)" } else { caller.principal }
    }
}
