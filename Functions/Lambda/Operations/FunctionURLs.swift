import FunctionRuntime
import MailTypes

/// URLs of functions (2021-10-31), which `APIGateway` serves.
extension LambdaAPI {
    private static let path = "/2021-10-31/functions/{}/url"

    static let urlOperations: [Operation] = [
        Operation("CreateFunctionUrlConfig", "POST", path, createURL),
        Operation("GetFunctionUrlConfig", "GET", path, getURL),
        Operation("UpdateFunctionUrlConfig", "PUT", path, updateURL),
        Operation("DeleteFunctionUrlConfig", "DELETE", path, deleteURL),
        Operation("ListFunctionUrlConfigs", "GET", path + "s", listURLs),
    ]

    /// Letters and digits of an id, two draws of sixteen.
    private static let idDigits = 16

    private static func createURL(_ call: LambdaCall) async throws -> HTTPResponse {
        let (entry, reference) = try await target(call)
        let arn = call.registry.arn(of: entry.name, qualifier: reference.qualifier)
        let input = try await call.input()
        _ = try input.required("AuthType")
        try checkMode(input)
        let now = call.context.now
        var url = FunctionURL(try authType(input) ?? .iam)
        (url.createdAt, url.modifiedAt) = (now.milliseconds, now.milliseconds)
        let id = (0..<2).map { _ in
            let digits = String(call.context.random.next(), radix: 16)
            return String(repeating: "0", count: idDigits - digits.utf8.count) + digits
        }.joined()
        var api = WebAPI(id: id, of: arn, url)
        api.crossOrigin = try crossOrigin(input)
        do throws(StoreFailure) {
            try await call.registry.apply([
                .put(WebAPI.urlKey(entry.name, reference.qualifier), Octets(text: id), expecting: 0),
                try .put(WebAPI.key(id), encoding: api, expecting: 0),
            ])
        } catch {
            switch error {
            case .exists, .conflict: throw taken(arn)
            default: throw error
            }
        }
        var made = members(api, entry, call)
        made["LastModifiedTime"] = nil
        return LambdaCall.answer(.object(made), status: 201)
    }

    private static func getURL(_ call: LambdaCall) async throws -> HTTPResponse {
        let (entry, reference) = try await target(call)
        return shown(try await url(entry, reference, call), entry, call)
    }

    private static func updateURL(_ call: LambdaCall) async throws -> HTTPResponse {
        let (entry, reference) = try await target(call)
        var api = try await url(entry, reference, call)
        let input = try await call.input()
        try checkMode(input)
        if let type = try authType(input) { api.url?.authType = type }
        // An empty one takes away what there was.
        if input["Cors"] != nil { api.crossOrigin = try crossOrigin(input) }
        api.url?.modifiedAt = call.context.now.milliseconds
        try await call.registry.apply([.put(WebAPI.key(api.id), encoding: api)])
        return shown(api, entry, call)
    }

    private static func deleteURL(_ call: LambdaCall) async throws -> HTTPResponse {
        let (entry, reference) = try await target(call)
        try await call.registry.apply(try await url(entry, reference, call).removing)
        return LambdaCall.done
    }

    private static func listURLs(_ call: LambdaCall) async throws -> HTTPResponse {
        let (entry, _) = try await call.function()
        let page = try call.page(try await call.registry.urls(of: entry.name)) { $0.id }
        return LambdaCall.members([
            "FunctionUrlConfigs": .array(page.elements.map { .object(members($0, entry, call)) }),
            "NextMarker": page.next,
        ])
    }

    /// The function and the alias; versions have no URLs.
    private static func target(_ call: LambdaCall) async throws -> (FunctionEntry, FunctionReference) {
        let (entry, reference) = try await call.function()
        if let qualifier = reference.qualifier, entry.record.alias(qualifier) == nil {
            throw LambdaFailure.pattern("qualifier", qualifier, #"((?!^\d+$)^[0-9a-zA-Z-_]+$)"#)
        }
        return (entry, reference)
    }

    private static func url(_ entry: FunctionEntry, _ reference: FunctionReference, _ call: LambdaCall) async throws
        -> WebAPI
    {
        guard let api = try await call.registry.url(of: entry.name, qualifier: reference.qualifier) else {
            throw LambdaFailure(.notFound, "The resource you requested does not exist.")
        }
        return api
    }

    private static func taken(_ arn: String) -> LambdaFailure {
        LambdaFailure(
            .conflict,
            "Failed to create function url config for [functionArn = \(arn)]. Error message:  FunctionUrlConfig exists for this Lambda function"
        )
    }

    private static func authType(_ input: LambdaInput) throws -> FunctionURL.AuthType? {
        try input.word("AuthType", FunctionURL.AuthType.allCases.map(\.rawValue)).flatMap(FunctionURL.AuthType.init)
    }

    private static func checkMode(_ input: LambdaInput) throws {
        guard try input.word("InvokeMode", ["BUFFERED", "RESPONSE_STREAM"]) != "RESPONSE_STREAM" else {
            throw LambdaFailure(.invalidParameter, "Answers are not streamed here. Leave InvokeMode at BUFFERED.")
        }
    }

    /// Nil for none, and for one that allows nothing.
    private static func crossOrigin(_ input: LambdaInput) throws -> WebAPI.CrossOrigin? {
        guard let cors = try input.structure("Cors") else { return nil }
        var rules = WebAPI.CrossOrigin()
        rules.origins = try cors.texts("AllowOrigins", upTo: 100) ?? []
        rules.methods = try cors.texts("AllowMethods", upTo: 6) ?? []
        rules.headers = try cors.texts("AllowHeaders", upTo: 100) ?? []
        rules.exposedHeaders = try cors.texts("ExposeHeaders", upTo: 100) ?? []
        rules.maxAgeSeconds = try cors.integer("MaxAge", 0...86_400)
        rules.allowsCredentials = try cors.flag("AllowCredentials") ?? false
        return rules == WebAPI.CrossOrigin() ? nil : rules
    }

    private static func shown(_ api: WebAPI, _ entry: FunctionEntry, _ call: LambdaCall) -> HTTPResponse {
        LambdaCall.answer(.object(members(api, entry, call)))
    }

    private static func members(_ api: WebAPI, _ entry: FunctionEntry, _ call: LambdaCall) -> JSONObject {
        let request = call.request
        let host = request.headers["Host"] ?? "localhost"
        func date(_ milliseconds: Int64?) -> JSONValue {
            .string((milliseconds.map { Timestamp(milliseconds: $0) } ?? entry.record.latest.modifiedAt).rfc3339)
        }
        var members = JSONObject()
        // The address that answers here, as the caller reaches this system.
        members["FunctionUrl"] = .string("\(request.isSecure ? "https" : "http")://\(host)\(api.path)/")
        members["FunctionArn"] = .string(api.routes.first?.function ?? "")
        members["AuthType"] = (api.url?.authType).map { .string($0.rawValue) }
        members["Cors"] = api.crossOrigin.map { .object(cors($0)) }
        members["CreationTime"] = date(api.url?.createdAt)
        members["LastModifiedTime"] = date(api.url?.modifiedAt)
        members["InvokeMode"] = "BUFFERED"
        return members
    }

    private static func cors(_ rules: WebAPI.CrossOrigin) -> JSONObject {
        var object = JSONObject()
        for (name, texts) in [
            ("AllowOrigins", rules.origins), ("AllowMethods", rules.methods), ("AllowHeaders", rules.headers),
            ("ExposeHeaders", rules.exposedHeaders),
        ] where !texts.isEmpty {
            object[name] = .array(texts.map { .string($0) })
        }
        object["MaxAge"] = rules.maxAgeSeconds.map { .integer(Int64($0)) }
        object["AllowCredentials"] = .bool(rules.allowsCredentials)
        return object
    }
}
