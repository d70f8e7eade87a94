import FunctionRuntime
import MailTypes
import Templates

/// What calls functions over HTTP: APIs of the API Gateway (reference/functions.md §3.3).
extension Expansion {
    /// A route as a template has it, before its API and its authorizer are known.
    struct PendingRoute {
        let api: String
        var route: WebAPI.Route
        /// An authorizer's id, or its name in the API's Auth; nil for the API's default.
        let authorizer: String?
        let position: SourcePosition
    }

    /// What stands instead of an authorizer's name where there shall be none.
    static let noAuthorizer = "NONE"

    /// `AWS::Serverless::Api`.
    func restAPI(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        let refused = [
            "Auth", "Cors", "DefinitionBody", "DefinitionUri", "Domain", "GatewayResponses", "Models", "Mode",
        ]
        reader.expect(
            ["Name", "Description", "StageName", "Tags", "Variables", "BinaryMediaTypes"] + refused,
            ignored: [
                "AccessLogSetting", "AlwaysDeploy", "ApiKeySourceType", "CacheClusterEnabled", "CacheClusterSize",
                "CanarySetting", "DisableExecuteApiEndpoint", "EndpointConfiguration", "FailOnWarnings",
                "MergeDefinitions", "MethodSettings", "MinimumCompressionSize", "OpenApiVersion", "PropagateTags",
                "TracingEnabled",
            ])
        for key in refused { refuse(key, of: reader) }
        let isImplied = resource.logicalID == "ServerlessRestApi"
        let stage = reader.text("StageName", required: !isImplied) ?? "Prod"
        var api = WebAPI(id: resource.physicalName, kind: .rest, stage: stage)
        api.stageVariables = reader.pairs("Variables")
        // SAM wants the slash of a type written as in JSON pointers.
        api.binaryTypes = reader.texts("BinaryMediaTypes").map {
            $0.split(separator: "~1", omittingEmptySubsequences: false).joined(separator: "/")
        }
        add(resource, .api(api))
    }

    /// `AWS::Serverless::HttpApi`.
    func httpAPI(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        let refused = ["DefinitionBody", "DefinitionUri", "Domain"]
        reader.expect(
            ["Name", "Description", "StageName", "Tags", "StageVariables", "CorsConfiguration", "Auth"] + refused,
            ignored: [
                "AccessLogSettings", "DefaultRouteSettings", "DisableExecuteApiEndpoint", "FailOnWarnings",
                "PropagateTags", "RouteSettings",
            ])
        for key in refused { refuse(key, of: reader) }
        var api = WebAPI(
            id: resource.physicalName, kind: .http, stage: reader.text("StageName") ?? WebAPI.defaultStage)
        api.stageVariables = reader.pairs("StageVariables")
        api.crossOrigin = crossOrigin(reader, methods: "AllowMethods", headers: "AllowHeaders")
        if let auth = reader.inner("Auth") { authorizers(auth, of: api.id) }
        add(resource, .api(api))
    }

    /// `AWS::ApiGatewayV2::Api`.
    func gatewayAPI(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        let refused = ["Body", "BodyS3Location", "CredentialsArn"]
        reader.expect(
            ["Name", "Description", "ProtocolType", "CorsConfiguration", "Tags", "RouteKey", "Target"] + refused,
            ignored: ["DisableExecuteApiEndpoint", "FailOnWarnings", "RouteSelectionExpression", "Version"])
        for key in refused { refuse(key, of: reader) }
        if reader.text("ProtocolType") ?? "HTTP" != "HTTP" { refuse("ProtocolType", of: reader) }
        var api = WebAPI(id: resource.physicalName, kind: .http, stage: WebAPI.defaultStage)
        api.crossOrigin = crossOrigin(reader, methods: "AllowMethods", headers: "AllowHeaders")
        add(resource, .api(api))
        guard let target = reader.text("Target"), let function = function(ofURI: target, at: reader.place("Target"))
        else { return }
        route(
            reader.text("RouteKey") ?? WebAPI.Route.defaultPath, of: api.id, to: function, .two, authorizer: nil,
            at: reader.position)
    }

    /// `AWS::ApiGatewayV2::Stage`: the stage its API has.
    func gatewayStage(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        reader.expect(
            ["ApiId", "StageName", "Description", "StageVariables", "AutoDeploy", "Tags"],
            ignored: [
                "AccessLogSettings", "AccessPolicyId", "ClientCertificateId", "DefaultRouteSettings", "DeploymentId",
                "RouteSettings",
            ])
        guard let api = reader.text("ApiId", required: true), let name = reader.text("StageName", required: true)
        else { return }
        if let former = stages[api] {
            return notes.refuse(
                "\(reader.owner): a second stage beside \(former.name) comes with a later release", at: reader.position)
        }
        stages[api] = (name, reader.pairs("StageVariables"))
        add(resource, .nothing)
    }

    /// `AWS::ApiGatewayV2::Integration`.
    func gatewayIntegration(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        reader.expect(
            ["ApiId", "IntegrationType", "IntegrationUri", "PayloadFormatVersion", "IntegrationMethod", "Description"],
            ignored: ["ConnectionType", "TimeoutInMillis"])
        guard reader.text("IntegrationType", required: true) == "AWS_PROXY" else {
            return notes.refuse(
                "\(reader.owner): integrations other than AWS_PROXY come with a later release",
                at: reader.place("IntegrationType"))
        }
        guard let uri = reader.text("IntegrationUri", required: true),
            let function = function(ofURI: uri, at: reader.place("IntegrationUri"))
        else { return }
        let format = reader.choice("PayloadFormatVersion", of: ["1.0", "2.0"]).flatMap(WebAPI.PayloadFormat.init)
        integrations[resource.physicalName] = (function, format ?? .one)
        add(resource, .nothing)
    }

    /// `AWS::ApiGatewayV2::Authorizer`.
    func gatewayAuthorizer(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        reader.expect(
            [
                "Name", "ApiId", "AuthorizerType", "AuthorizerUri", "AuthorizerPayloadFormatVersion", "IdentitySource",
                "EnableSimpleResponses", "JwtConfiguration",
            ], ignored: ["AuthorizerCredentialsArn", "AuthorizerResultTtlInSeconds", "IdentityValidationExpression"])
        guard reader.text("AuthorizerType", required: true) == "REQUEST" else {
            return notes.refuse(
                "\(reader.owner): authorizers other than REQUEST come with a later release",
                at: reader.place("AuthorizerType"))
        }
        guard let api = reader.text("ApiId", required: true), let uri = reader.text("AuthorizerUri", required: true),
            let function = function(ofURI: uri, at: reader.place("AuthorizerUri"))
        else { return }
        let format = reader.choice("AuthorizerPayloadFormatVersion", of: ["1.0", "2.0"]).flatMap(
            WebAPI.PayloadFormat.init)
        let sources = reader.texts("IdentitySource")
        checkIdentity(sources, at: reader.place("IdentitySource"))
        authorizers[api, default: [:]][resource.physicalName] = WebAPI.Authorizer(
            id: resource.physicalName, function: function, format: format ?? .one, identitySources: sources,
            answersSimply: reader.boolean("EnableSimpleResponses") ?? false)
        add(resource, .nothing)
    }

    /// `AWS::ApiGatewayV2::Route`.
    func gatewayRoute(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        reader.expect(
            ["ApiId", "RouteKey", "Target", "AuthorizationType", "AuthorizerId", "OperationName"],
            ignored: ["ModelSelectionExpression", "RequestModels", "RouteResponseSelectionExpression"])
        let type = reader.text("AuthorizationType") ?? Self.noAuthorizer
        guard ["NONE", "CUSTOM"].contains(type) else {
            return notes.refuse(
                "\(reader.owner): AuthorizationType \(type) comes with a later release",
                at: reader.place("AuthorizationType"))
        }
        guard let api = reader.text("ApiId", required: true), let key = reader.text("RouteKey", required: true),
            let target = reader.text("Target", required: true)
        else { return }
        add(resource, .nothing)
        gatewayRoutes.append(
            (
                api: api, key: key, integration: target.split(separator: "/").last.map(String.init) ?? "",
                authorizer: type == "CUSTOM" ? reader.text("AuthorizerId", required: true) : Self.noAuthorizer,
                position: reader.position
            ))
    }
}
