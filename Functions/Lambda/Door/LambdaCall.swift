import FunctionRuntime
import MailTypes

/// One request of the Lambda API on its way through an operation.
struct LambdaCall: Sendable {
    /// Octets of a request that brings code (reference/functions.md §1.7): a zip of 50 MB in base64, and room.
    static let uploadOctets = 70_167_211
    /// Octets of any other request's body.
    static let bodyOctets = 1 << 20
    /// Bodies longer than this are taken in one after the other.
    static let largeOctets = 8 << 20

    let services: LambdaServices
    let request: HTTPRequest
    let context: Context
    /// Values of the route's `{}`, decoded.
    let parameters: [String]
    /// `CreateFunction`.
    let operation: String

    var registry: FunctionRegistry { services.registry }

    /// Which function and version the path and `Qualifier` name.
    func reference() throws -> FunctionReference {
        let text = parameters[0]
        guard var reference = FunctionReference(text) else {
            throw LambdaFailure.pattern(
                "functionName", text,
                #"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"#
                    + #"([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"#)
        }
        try requireHere(reference)
        if let qualifier = request.queryValue("Qualifier"), !qualifier.isEmpty {
            guard FunctionReference.isQualifier(qualifier) else {
                throw LambdaFailure.pattern("qualifier", qualifier, #"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"#)
            }
            guard reference.qualifier == nil || reference.qualifier == qualifier else {
                throw LambdaFailure(
                    .invalidParameter,
                    "The derived qualifier from the function name does not match the specified qualifier.")
            }
            reference.qualifier = qualifier
        }
        return reference
    }

    /// Refuses a name of another region or account.
    func requireHere(_ reference: FunctionReference) throws {
        if let region = reference.region, region != registry.region {
            throw LambdaFailure(
                .notFound, "Functions from '\(region)' are not reachable in this region ('\(registry.region)')")
        }
        if let account = reference.account, account != registry.account {
            throw LambdaFailure.functionNotFound(
                "arn:aws:lambda:\(registry.region):\(account):function:\(reference.name)")
        }
    }

    /// The function that the path names, once the caller was found to have the right.
    func function() async throws -> (entry: FunctionEntry, reference: FunctionReference) {
        let reference = try reference()
        let arn = registry.arn(of: reference.name, qualifier: reference.qualifier)
        try await allow(on: arn)
        guard let entry = try await registry.entry(reference.name), entry.has(reference.qualifier) else {
            throw LambdaFailure.functionNotFound(arn)
        }
        return (entry, reference)
    }

    /// Refuses callers who may not do this operation with a resource.
    func allow(_ action: String? = nil, of service: String = "lambda", on resource: String) async throws {
        let action = "\(service):\(action ?? operation)"
        guard await services.permissions.allows(request.asker, action, on: resource) else {
            let name = if case .key(_, let principal, _, _) = request.caller { principal } else { "anonymous" }
            throw LambdaFailure(
                .accessDenied, "User: \(name) is not authorized to perform: \(action) on resource: \(resource)")
        }
    }

    /// The body as a JSON object; an empty one is an object without members.
    func input(upTo limit: Int = LambdaCall.bodyOctets) async throws -> LambdaInput {
        let octets: Octets
        do {
            octets = try await request.body.collect(upTo: limit)
        } catch is HTTPBodyTooLarge {
            throw LambdaFailure(
                .entityTooLarge, "Request must be smaller than \(limit) bytes for the \(operation) operation")
        }
        if octets.isEmpty { return LambdaInput(JSONObject()) }
        let value: JSONValue
        do throws(JSONProblem) {
            value = try JSONValue(parsing: octets, limitOctets: limit)
        } catch {
            throw LambdaFailure(.serialization, "Could not parse request body into json: \(error)")
        }
        guard let object = value.object else {
            throw LambdaFailure(.serialization, "Could not parse request body into json: it is no object")
        }
        return LambdaInput(object)
    }

    /// Runs an operation that takes code in; large ones one after the other, since each is held in memory.
    func takingCode(_ body: (LambdaInput) async throws -> HTTPResponse) async throws -> HTTPResponse {
        let length: Int? =
            switch request.body {
            case .octets(let octets): octets.count
            case .stream(_, let length): length
            }
        if let length, length <= Self.largeOctets { return try await body(try await input(upTo: Self.uploadOctets)) }
        guard await services.uploads.enter() else {
            throw LambdaFailure(.throttled, "Rate Exceeded.", reason: "CallerRateLimitExceeded")
        }
        defer { services.uploads.leave() }
        return try await body(try await input(upTo: Self.uploadOctets))
    }

    /// A page of a list, by Marker and MaxItems.
    func page<Element>(_ all: [Element], upTo most: Int = 50, key: (Element) -> String) throws -> (
        elements: [Element], next: JSONValue?
    ) {
        var size = most
        if let text = request.queryValue("MaxItems") {
            guard let number = Int(text), number >= 1 else {
                throw LambdaFailure.constraint(
                    "maxItems", text, "Member must have value greater than or equal to 1")
            }
            size = min(most, number)
        }
        var start = 0
        if let marker = request.queryValue("Marker"), !marker.isEmpty {
            guard let last = Base64.decode(Octets(text: marker)).flatMap({ String(validating: $0, as: UTF8.self) }),
                let place = all.firstIndex(where: { key($0) == last })
            else { throw LambdaFailure(.invalidParameter, "The Marker is not one that \(operation) gave out.") }
            start = place + 1
        }
        let elements = Array(all.dropFirst(start).prefix(size))
        guard start + elements.count < all.count, let last = elements.last else { return (elements, nil) }
        return (elements, .string(Base64.encode(Octets(text: key(last))).text))
    }

    /// An answer of these members; what is nil is left out.
    static func members(_ members: KeyValuePairs<String, JSONValue?>, status: Int = 200) -> HTTPResponse {
        var object = JSONObject()
        for (name, value) in members { object[name] = value }
        return answer(.object(object), status: status)
    }

    /// An answer of this value.
    static func answer(_ value: JSONValue, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status, headers: ["Content-Type": "application/json"], body: .octets(value.octets))
    }

    /// Done, with nothing to say.
    static let done = HTTPResponse(204)
}
