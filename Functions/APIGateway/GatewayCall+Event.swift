import FunctionRuntime
import MailTypes

/// What functions are given (reference/functions.md §5.3).
extension GatewayCall {
    /// Fields that are about the connection.
    private static let hops: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "te", "trailer", "upgrade", "expect",
    ]

    func event(_ format: WebAPI.PayloadFormat) -> JSONValue {
        var event = format == .one ? one : two
        let isText = isTextual
        if format == .one || !body.isEmpty {
            event["body"] = body.isEmpty ? .null : .string(isText ? body.text : Base64.encode(body).text)
        }
        event["isBase64Encoded"] = .bool(!isText && !body.isEmpty)
        return .object(event)
    }

    /// Payload format 1.0.
    private var one: JSONObject {
        var event = JSONObject()
        if api.kind == .http { event["version"] = "1.0" }
        event["resource"] = .string(route.path)
        event["path"] = .string(path)
        event["httpMethod"] = .string(request.method)
        let headers = Self.grouped(headers.fields.map { ($0.name, $0.value) }, ignoringCase: true)
        event["headers"] = Self.last(headers)
        event["multiValueHeaders"] = Self.all(headers)
        let query = Self.grouped(request.queryItems.map { ($0.name, $0.value) })
        event["queryStringParameters"] = query.isEmpty ? .null : Self.last(query)
        event["multiValueQueryStringParameters"] = query.isEmpty ? .null : Self.all(query)
        event["pathParameters"] = Self.texts(parameters) ?? .null
        event["stageVariables"] = Self.texts(api.stageVariables) ?? .null
        var identity: JSONObject = [
            "sourceIp": .string(request.peer.host),
            "userAgent": request.headers["User-Agent"].map { .string($0) } ?? .null,
        ]
        for name in [
            "accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType",
            "cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId", "user", "userArn",
        ] { identity[name] = .null }
        var context = common
        context["extendedRequestId"] = .string(requestID)
        context["httpMethod"] = .string(request.method)
        context["identity"] = .object(identity)
        context["path"] = .string(stagedPath)
        context["protocol"] = "HTTP/1.1"
        context["requestTime"] = .string(at.commonLogDate)
        context["requestTimeEpoch"] = .integer(at.milliseconds)
        context["resourceId"] = .string(route.key)
        context["resourcePath"] = .string(route.path)
        if let authorizer { context["authorizer"] = .object(authorizer) }
        event["requestContext"] = .object(context)
        return event
    }

    /// Payload format 2.0.
    private var two: JSONObject {
        var event = facts
        event["version"] = "2.0"
        if let authorizer, var context = event["requestContext"]?.object {
            context["authorizer"] = [api.kind == .url ? "iam" : "lambda": .object(authorizer)]
            event["requestContext"] = .object(context)
        }
        return event
    }

    /// What format 2.0 says of a request to functions and authorizers alike. What is empty is left out.
    var facts: JSONObject {
        var event: JSONObject = [
            "version": "2.0", "routeKey": .string(route.key), "rawPath": .string(stagedPath),
            "rawQueryString": .string(request.query),
        ]
        var headers = self.headers
        var cookies: [JSONValue] = []
        for field in headers.values(of: "Cookie") {
            for cookie in field.split(separator: ";") {
                let text = cookie.drop { $0 == " " }
                if !text.isEmpty { cookies.append(.string(String(text))) }
            }
        }
        if !cookies.isEmpty { event["cookies"] = .array(cookies) }
        headers["Cookie"] = nil
        event["headers"] = Self.joined(
            Self.grouped(headers.fields.map { ($0.name.asciiLowercased, $0.value) }, ignoringCase: true))
        let query = Self.grouped(request.queryItems.map { ($0.name, $0.value) })
        if !query.isEmpty { event["queryStringParameters"] = Self.joined(query) }
        event["pathParameters"] = Self.texts(parameters)
        event["stageVariables"] = Self.texts(api.stageVariables)
        var context = common
        context["http"] = [
            "method": .string(request.method), "path": .string(stagedPath), "protocol": "HTTP/1.1",
            "sourceIp": .string(request.peer.host), "userAgent": .string(request.headers["User-Agent"] ?? ""),
        ]
        context["routeKey"] = .string(route.key)
        context["time"] = .string(at.commonLogDate)
        context["timeEpoch"] = .integer(at.milliseconds)
        event["requestContext"] = .object(context)
        return event
    }

    /// What both formats say of the API.
    private var common: JSONObject {
        [
            "accountId": .string(api.url?.authType == FunctionURL.AuthType.none ? "anonymous" : account),
            "apiId": .string(api.id), "domainName": .string(api.host(in: region)), "domainPrefix": .string(api.id),
            "requestId": .string(requestID), "stage": .string(api.stage),
        ]
    }

    /// The path as AWS's own host would have it.
    private var stagedPath: String { api.stage == WebAPI.defaultStage ? path : "/\(api.stage)\(path)" }

    /// The client's fields, and how it got here.
    var headers: HTTPFields {
        var fields = HTTPFields(request.headers.fields.filter { !Self.hops.contains($0.name.asciiLowercased) })
        // Names in lower case where all are: HTTP APIs.
        func set(_ name: String, _ value: String) { fields[api.kind == .rest ? name : name.asciiLowercased] = value }
        let before = fields.values(of: "X-Forwarded-For").joined(separator: ", ")
        set("X-Forwarded-For", before.isEmpty ? request.peer.host : "\(before), \(request.peer.host)")
        set("X-Forwarded-Port", port)
        set("X-Forwarded-Proto", request.isSecure ? "https" : "http")
        set("X-Amzn-Trace-Id", "Root=1-\(hex(UInt64(at.seconds), 8))-\(requestID.filter { $0 != "-" }.suffix(24))")
        guard api.kind != .rest else { return fields }
        return HTTPFields(fields.fields.map { HTTPFields.Field($0.name.asciiLowercased, $0.value) })
    }

    private var port: String {
        let host = request.headers["Host"] ?? ""
        guard let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") else { return request.isSecure ? "443" : "80" }
        return String(host[host.index(after: colon)...])
    }

    private func hex(_ number: UInt64, _ digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// Whether the body goes as text: of an HTTP API by its type, of a REST API unless its type is one of the binary ones;
    /// what is no UTF-8 never does.
    private var isTextual: Bool {
        guard String(validating: body, as: UTF8.self) != nil else { return false }
        let type = MediaType(request.headers["Content-Type"] ?? "")
        return api.kind == .rest ? !api.binaryTypes.contains { type.fits($0) } : type.isText
    }
}
