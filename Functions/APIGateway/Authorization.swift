import FunctionRuntime
import MailPolicy
import MailTypes

/// Authorizers of HTTP APIs: functions that say whether a request may go on.
extension APIGateway {
    enum Authorization {
        /// With what the authorizer tells the route's function.
        case allowed(JSONObject)
        case refused(GatewayError)
    }

    /// Asks a route's authorizer. What it does not answer clearly is no.
    func authorize(_ call: GatewayCall, by authorizer: WebAPI.Authorizer, in context: Context) async -> Authorization {
        let sources = authorizer.identitySources.map { call.identity($0) }
        // Without what it looks at nobody need be asked.
        guard !sources.contains(nil) else { return .refused(.unauthorized) }
        let event = call.authorizerEvent(authorizer, sources.compactMap { $0 })
        let payload: Octets
        switch await invoke(
            authorizer.function, event, for: service("\(call.arn)/authorizers/\(authorizer.id)"),
            patience: .seconds(10), in: context)
        {
        case .success(let answer): payload = answer
        case .failure(let failure):
            context.log.warning("api.authorizer-failed", .other("authorizer", authorizer.id), .reason(failure.reason))
            return .refused(.inside(call.api.kind))
        }
        guard let answer = try? JSONValue(parsing: payload), let verdict = verdict(answer, authorizer, call) else {
            context.log.warning(
                "api.authorizer-failed", .other("authorizer", authorizer.id),
                .reason(
                    authorizer.answersSimply
                        ? "its answer has no isAuthorized" : "its answer has no policyDocument that can be read"))
            return .refused(.inside(call.api.kind))
        }
        guard verdict else { return .refused(.forbidden(call.api.kind)) }
        var facts = answer["context"]?.object ?? JSONObject()
        if let principal = answer["principalId"] { facts["principalId"] = principal }
        return .allowed(facts)
    }

    private func verdict(_ answer: JSONValue, _ authorizer: WebAPI.Authorizer, _ call: GatewayCall) -> Bool? {
        if authorizer.answersSimply { return answer["isAuthorized"]?.bool }
        guard let policy = answer["policyDocument"], let document = try? PolicyDocument(policy) else { return nil }
        let request = PolicyRequest(
            "execute-api:Invoke", on: call.routeARN,
            by: .account(account, arn: answer["principalId"]?.string ?? ""))
        return document.verdict(on: request) == .allowed
    }
}

extension GatewayCall {
    /// Where identity sources look; an expression with another beginning is refused at deploy.
    static let identityPlaces = ["$request.header.", "$request.querystring."]

    /// What an identity source finds in the request; nil for nothing.
    func identity(_ expression: String) -> String? {
        let found: String?
        if expression.hasPrefix(Self.identityPlaces[0]) {
            found = request.headers[String(expression.dropFirst(Self.identityPlaces[0].count))]
        } else {
            found = request.queryValue(String(expression.dropFirst(Self.identityPlaces[1].count)))
        }
        return found?.isEmpty == true ? nil : found
    }

    /// What an authorizer is given: the request without its body.
    func authorizerEvent(_ authorizer: WebAPI.Authorizer, _ sources: [String]) -> JSONValue {
        guard authorizer.format == .two else {
            guard var event = event(.one).object else { return .null }
            for name in ["body", "isBase64Encoded", "multiValueHeaders", "multiValueQueryStringParameters"] {
                event[name] = nil
            }
            event["type"] = "REQUEST"
            event["methodArn"] = .string(routeARN)
            event["identitySource"] = .string(sources.joined(separator: ","))
            event["authorizationToken"] = .string(sources.joined(separator: ","))
            return .object(event)
        }
        var event = facts
        event["type"] = "REQUEST"
        event["routeArn"] = .string(routeARN)
        event["identitySource"] = .array(sources.map { .string($0) })
        return .object(event)
    }
}
