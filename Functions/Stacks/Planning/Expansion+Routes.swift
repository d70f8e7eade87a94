import FunctionRuntime
import MailTypes
import Templates

/// How routes come to their APIs.
extension Expansion {
    private static let methods = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]

    /// An event of type Api or HttpApi of a function.
    func route(
        _ properties: PropertyReader, isREST: Bool, id: String, to target: (function: String, qualifier: String?)
    ) {
        let (place, implied) = isREST ? ("RestApiId", "ServerlessRestApi") : ("ApiId", "ServerlessHttpApi")
        properties.expect(
            ["Path", "Method", "Auth", "PayloadFormatVersion", "RequestModel", "RequestParameters", place],
            ignored: ["RouteSettings", "TimeoutInMillis"])
        for key in ["RequestModel", "RequestParameters"] { refuse(key, of: properties) }
        let named = properties.text(place)
        let api =
            named ?? template.foreignResources.first { $0.logicalID == implied }?.physicalName ?? implied
        guard template.foreignResources.contains(where: { $0.physicalName == api && Self.isAPI($0.type) }) else {
            return notes.problem(
                "\(properties.owner): \(place) refers to an API of this template", at: properties.place(place))
        }
        var key = WebAPI.Route.defaultPath
        if isREST || properties["Path"] != nil || properties["Method"] != nil {
            guard let path = properties.text("Path", required: true),
                let method = properties.text("Method", required: true)
            else { return }
            key = "\(method.uppercased()) \(path)"
        }
        var format = WebAPI.PayloadFormat.one
        if !isREST {
            format =
                properties.choice("PayloadFormatVersion", of: ["1.0", "2.0"]).flatMap(WebAPI.PayloadFormat.init) ?? .two
        }
        var authorizer: String?
        if let auth = properties.inner("Auth") {
            auth.expect(
                ["Authorizer", "ApiKeyRequired", "InvokeRole", "ResourcePolicy"], ignored: ["OverrideApiAuth"])
            authorizer = auth.text("Authorizer")
            if isREST, authorizer ?? Self.noAuthorizer != Self.noAuthorizer { refuse("Authorizer", of: auth) }
            if auth.boolean("ApiKeyRequired") == true { refuse("ApiKeyRequired", of: auth) }
            refuse("ResourcePolicy", of: auth)
        }
        let arn = self.place.functionARN(target.function) + (target.qualifier.map { ":\($0)" } ?? "")
        route(key, of: api, to: arn, format, authorizer: authorizer, at: properties.position)
        allowed(
            id, "apigateway.amazonaws.com", to: target,
            from: "arn:aws:execute-api:\(self.place.region):\(self.place.account):\(api)/*/\(Self.source(key))",
            ending: isREST ? "PermissionProd" : "Permission")
    }

    /// A route of an API by its key: `GET /orders/{id}`, `$default`.
    func route(
        _ key: String, of api: String, to function: String, _ format: WebAPI.PayloadFormat, authorizer: String?,
        at position: SourcePosition
    ) {
        var (method, path) = ("ANY", key)
        if key != WebAPI.Route.defaultPath {
            let parts = key.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, Self.methods.contains(String(parts[0])) else {
                return notes.problem(
                    "\(key) is no route: a method of \(Self.methods.joined(separator: ", ")), a blank and a path",
                    at: position)
            }
            (method, path) = (String(parts[0]), String(parts[1]))
            if let problem = HTTPRouteDeclaration.problem(ofPath: path) {
                return notes.problem("the path \(path): \(problem)", at: position)
            }
        }
        pendingRoutes.append(
            PendingRoute(
                api: api, route: WebAPI.Route(method: method, path: path, function: function, format: format),
                authorizer: authorizer, position: position))
    }

    /// Gives APIs of the template their routes and stages.
    func mergeRoutes() {
        for one in gatewayRoutes {
            guard let integration = integrations[one.integration] else {
                notes.problem("route \(one.key) leads to no integration of this template", at: one.position)
                continue
            }
            route(
                one.key, of: one.api, to: integration.function, integration.format, authorizer: one.authorizer,
                at: one.position)
        }
        var routes = Dictionary(grouping: pendingRoutes, by: \.api)
        changeAPIs { api in
            if let stage = stages[api.id] { (api.stage, api.stageVariables) = stage }
            for pending in routes.removeValue(forKey: api.id) ?? [] {
                var route = pending.route
                if api.routes.contains(where: { $0.key == route.key }) {
                    notes.problem("two functions are to answer \(route.key)", at: pending.position)
                }
                let name = pending.authorizer ?? defaultAuthorizers[api.id] ?? Self.noAuthorizer
                if name != Self.noAuthorizer {
                    route.authorizer = authorizers[api.id]?[name]
                    if route.authorizer == nil {
                        notes.problem(
                            "there is no authorizer \(name)", at: pending.position,
                            suggestion: Suggestion.nearest(to: name, in: authorizers[api.id]?.keys.sorted() ?? []))
                    }
                }
                api.routes.append(route)
            }
        }
        for pending in routes.values.joined() {
            notes.problem("route \(pending.route.key) is of no API of this template", at: pending.position)
        }
    }

    static func isAPI(_ type: String) -> Bool {
        ["AWS::Serverless::Api", "AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Api"].contains(type)
    }

    /// A route's key as the source of a permission: `GET/orders/*`.
    private static func source(_ key: String) -> String {
        let parts = key.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { return key }
        let path = parts[1].split(separator: "/", omittingEmptySubsequences: false).map { $0.hasPrefix("{") ? "*" : $0 }
        return (parts[0] == "ANY" ? "*" : parts[0]) + path.joined(separator: "/")
    }

    /// Lambda authorizers of an HTTP API's Auth.
    func authorizers(_ auth: PropertyReader, of api: String) {
        auth.expect(["Authorizers", "DefaultAuthorizer", "EnableIamAuthorizer"])
        refuse("EnableIamAuthorizer", of: auth)
        defaultAuthorizers[api] = auth.text("DefaultAuthorizer")
        for entry in auth.inner("Authorizers")?.map.entries ?? [] {
            let reader = PropertyReader("authorizer \(entry.key)", entry.value, notes)
            guard reader["JwtConfiguration"] == nil, reader["FunctionArn"] != nil else {
                notes.refuse(
                    "\(reader.owner): authorizers other than Lambda functions come with a later release",
                    at: entry.keyPosition)
                continue
            }
            reader.expect(
                [
                    "FunctionArn", "AuthorizerPayloadFormatVersion", "EnableSimpleResponses", "Identity",
                    "EnableFunctionDefaultPermissions",
                ], ignored: ["FunctionInvokeRole"])
            guard let function = reader.text("FunctionArn", required: true),
                let target = Self.target(function)
            else { continue }
            var sources: [String] = []
            if let identity = reader.inner("Identity") {
                identity.expect(["Headers", "QueryStrings", "ReauthorizeEvery"])
                sources = identity.texts("Headers").map { "$request.header.\($0)" }
                sources += identity.texts("QueryStrings").map { "$request.querystring.\($0)" }
            }
            let format = reader.choice("AuthorizerPayloadFormatVersion", of: ["1.0", "2.0"]).flatMap(
                WebAPI.PayloadFormat.init)
            authorizers[api, default: [:]][entry.key] = WebAPI.Authorizer(
                id: entry.key, function: function, format: format ?? .two, identitySources: sources,
                answersSimply: reader.boolean("EnableSimpleResponses") ?? false)
            guard reader.boolean("EnableFunctionDefaultPermissions") == true else { continue }
            allowed(
                "\(api)\(entry.key)Authorizer", "apigateway.amazonaws.com", to: target,
                from: "arn:aws:execute-api:\(place.region):\(place.account):\(api)/authorizers/*", ending: "Permission")
        }
    }

    /// `CorsConfiguration`; nil for none. `true` allows everything.
    func crossOrigin(
        _ reader: PropertyReader, _ key: String = "CorsConfiguration", methods: String, headers: String
    ) -> WebAPI.CrossOrigin? {
        guard let value = reader[key] else { return nil }
        var cors = WebAPI.CrossOrigin()
        if let isOn = value.boolean {
            (cors.origins, cors.methods, cors.headers) = (["*"], ["*"], ["*"])
            return isOn ? cors : nil
        }
        let inner = PropertyReader("\(key) of \(reader.owner)", value, notes)
        inner.expect([
            "AllowOrigins", methods, headers, "ExposeHeaders", "MaxAge", "AllowCredentials",
        ])
        cors.origins = inner.texts("AllowOrigins")
        (cors.methods, cors.headers) = (inner.texts(methods), inner.texts(headers))
        cors.exposedHeaders = inner.texts("ExposeHeaders")
        cors.maxAgeSeconds = inner.integer("MaxAge", in: -1...86_400)
        cors.allowsCredentials = inner.boolean("AllowCredentials") ?? false
        if cors.allowsCredentials, cors.origins.contains("*") {
            notes.problem(
                "\(inner.owner): AllowCredentials is for named origins, not for *", at: inner.place("AllowOrigins"))
        }
        return cors
    }

    /// The function's ARN of `arn:aws:apigateway:…:path/2015-03-31/functions/ARN/invocations`, or the ARN itself.
    func function(ofURI uri: String, at position: SourcePosition) -> String? {
        let pieces = uri.split(separator: "/functions/", maxSplits: 1)
        let arn = pieces.count == 2 ? String(pieces[1].split(separator: "/invocations").first ?? "") : uri
        guard arn.hasPrefix("arn:aws:lambda:"), let target = Self.target(arn) else {
            notes.refuse("\(uri) is no function; other integrations come with a later release", at: position)
            return nil
        }
        checkKnown(target.function, at: position)
        return arn
    }

    func checkIdentity(_ sources: [String], at position: SourcePosition) {
        for source in sources
        where !source.hasPrefix("$request.header.") && !source.hasPrefix("$request.querystring.") {
            notes.refuse("the identity source \(source) comes with a later release", at: position)
        }
    }

    /// Tells a property that would change what the API does.
    func refuse(_ key: String, of reader: PropertyReader) {
        guard let value = reader[key] else { return }
        notes.refuse("\(key) of \(reader.owner) comes with a later release", at: value.position)
    }
}
