import FunctionRuntime
import MailTypes

extension LambdaAPI {
    static let aliasOperations: [Operation] = [
        Operation("CreateAlias", "POST", "/2015-03-31/functions/{}/aliases", createAlias),
        Operation("ListAliases", "GET", "/2015-03-31/functions/{}/aliases", listAliases),
        Operation("GetAlias", "GET", "/2015-03-31/functions/{}/aliases/{}", getAlias),
        Operation("UpdateAlias", "PUT", "/2015-03-31/functions/{}/aliases/{}", updateAlias),
        Operation("DeleteAlias", "DELETE", "/2015-03-31/functions/{}/aliases/{}", deleteAlias),
    ]

    private static func createAlias(_ call: LambdaCall) async throws -> HTTPResponse {
        var (entry, _) = try await call.function()
        let input = try await call.input()
        let name = try input.required("Name")
        guard FunctionReference.isQualifier(name), name != LambdaFunction.latest,
            !name.utf8.allSatisfy(\.isASCIIDigit)
        else { throw LambdaFailure.pattern("name", name, "(?!^[0-9]+$)([a-zA-Z0-9-_]+)") }
        guard entry.record.alias(name) == nil else {
            throw LambdaFailure(
                .conflict, "Alias already exists: \(call.registry.arn(of: entry.name, qualifier: name))")
        }
        let alias = FunctionAlias(
            name: name, version: try version(try input.required("FunctionVersion"), in: entry, call),
            description: try input.text("Description", upTo: 256) ?? "",
            weights: try weights(input, in: entry, call) ?? [:], revisionID: call.newRevision())
        try check(alias)
        entry.setAlias(alias)
        try await call.registry.apply(entry.changes)
        return LambdaCall.answer(shown(alias, of: entry, call), status: 201)
    }

    private static func listAliases(_ call: LambdaCall) async throws -> HTTPResponse {
        let (entry, _) = try await call.function()
        let wanted = call.request.queryValue("FunctionVersion")
        let aliases = entry.record.aliases.filter { wanted == nil || $0.version == wanted }
        let page = try call.page(aliases.sorted { $0.name < $1.name }) { $0.name }
        return LambdaCall.members([
            "Aliases": .array(page.elements.map { shown($0, of: entry, call) }), "NextMarker": page.next,
        ])
    }

    private static func getAlias(_ call: LambdaCall) async throws -> HTTPResponse {
        let (entry, _) = try await call.function()
        return LambdaCall.answer(shown(try alias(in: entry, call), of: entry, call))
    }

    private static func updateAlias(_ call: LambdaCall) async throws -> HTTPResponse {
        var (entry, _) = try await call.function()
        var alias = try alias(in: entry, call)
        let input = try await call.input()
        try call.check(try input.text("RevisionId"), against: alias.revisionID)
        if let text = try input.text("FunctionVersion") { alias.version = try version(text, in: entry, call) }
        alias.description = try input.text("Description", upTo: 256) ?? alias.description
        alias.weights = try weights(input, in: entry, call) ?? alias.weights
        try check(alias)
        alias.revisionID = call.newRevision()
        entry.setAlias(alias)
        try await call.registry.apply(entry.changes)
        return LambdaCall.answer(shown(alias, of: entry, call))
    }

    private static func deleteAlias(_ call: LambdaCall) async throws -> HTTPResponse {
        var (entry, _) = try await call.function()
        entry.removeAlias(call.parameters[1])
        let url = try await call.registry.url(of: entry.name, qualifier: call.parameters[1])
        try await call.registry.apply(entry.changes + (url?.removing ?? []))
        return LambdaCall.done
    }

    private static func alias(in entry: FunctionEntry, _ call: LambdaCall) throws -> FunctionAlias {
        let name = call.parameters[1]
        guard let alias = entry.record.alias(name) else {
            throw LambdaFailure(
                .notFound, "Cannot find alias arn: \(call.registry.arn(of: entry.name, qualifier: name))")
        }
        return alias
    }

    /// A version that an alias may stand for.
    private static func version(_ text: String, in entry: FunctionEntry, _ call: LambdaCall) throws -> String {
        guard text == LambdaFunction.latest || text.utf8.allSatisfy(\.isASCIIDigit) else {
            throw LambdaFailure.pattern("functionVersion", text, #"(\$LATEST|[0-9]+)"#)
        }
        guard entry.version(text) != nil else {
            throw LambdaFailure.functionNotFound(call.registry.arn(of: entry.name, qualifier: text))
        }
        return text
    }

    /// The second version's share; nil when the input does not speak of it.
    private static func weights(_ input: LambdaInput, in entry: FunctionEntry, _ call: LambdaCall) throws
        -> [String: Double]?
    {
        guard let routing = try input.structure("RoutingConfig") else { return nil }
        var weights: [String: Double] = [:]
        for (text, share) in routing["AdditionalVersionWeights"]?.object?.members ?? [] {
            guard let share = share.number, (0...1).contains(share) else {
                throw LambdaFailure.constraint(
                    "routingConfig.additionalVersionWeights", text, "Member must be between 0.0 and 1.0")
            }
            weights[try version(text, in: entry, call)] = share
        }
        guard weights.count <= 1 else {
            throw LambdaFailure(
                .invalidParameter, "Number of items in AdditionalVersionWeights cannot be greater than 1")
        }
        return weights
    }

    private static func check(_ alias: FunctionAlias) throws {
        guard !alias.weights.isEmpty else { return }
        guard alias.version != LambdaFunction.latest, alias.weights[LambdaFunction.latest] == nil else {
            throw LambdaFailure(
                .invalidParameter, "$LATEST is not supported for an alias pointing to more than 1 version")
        }
        guard alias.weights[alias.version] == nil else {
            throw LambdaFailure(
                .invalidParameter,
                "Invalid function version \(alias.version). Function version \(alias.version) is already included in routing configuration."
            )
        }
    }

    private static func shown(_ alias: FunctionAlias, of entry: FunctionEntry, _ call: LambdaCall) -> JSONValue {
        var shown = JSONObject()
        shown["AliasArn"] = .string(call.registry.arn(of: entry.name, qualifier: alias.name))
        shown["Name"] = .string(alias.name)
        shown["FunctionVersion"] = .string(alias.version)
        shown["Description"] = .string(alias.description)
        shown["RevisionId"] = .string(alias.revisionID)
        if !alias.weights.isEmpty {
            var weights = JSONObject()
            for (version, share) in alias.weights { weights[version] = .number(share) }
            shown["RoutingConfig"] = ["AdditionalVersionWeights": .object(weights)]
        }
        return .object(shown)
    }
}

extension LambdaCall {
    /// A revision that nothing had before.
    func newRevision() -> String { context.random.identifier(at: context.now).description }
}
