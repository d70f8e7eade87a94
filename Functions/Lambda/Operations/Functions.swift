import FunctionRuntime
import MailTypes

extension LambdaAPI {
    static let functionOperations: [Operation] = [
        Operation("CreateFunction", "POST", "/2015-03-31/functions", create),
        Operation("ListFunctions", "GET", "/2015-03-31/functions", list),
        Operation("GetFunction", "GET", "/2015-03-31/functions/{}", get),
        Operation("DeleteFunction", "DELETE", "/2015-03-31/functions/{}", delete),
        Operation("GetFunctionConfiguration", "GET", "/2015-03-31/functions/{}/configuration", getConfiguration),
        Operation("UpdateFunctionConfiguration", "PUT", "/2015-03-31/functions/{}/configuration", updateConfiguration),
    ]

    private static func create(_ call: LambdaCall) async throws -> HTTPResponse {
        try await call.takingCode { input in
            let text = try input.required("FunctionName")
            guard let reference = FunctionReference(text), reference.qualifier == nil else {
                throw LambdaFailure.pattern("functionName", text, #"(arn:…:function:)?[a-zA-Z0-9-_]{1,64}"#)
            }
            try call.requireHere(reference)
            let name = reference.name
            try await call.allow(on: call.registry.arn(of: name))
            if try await call.registry.entry(name) != nil {
                throw LambdaFailure(.conflict, "Function already exist: \(name)")
            }
            _ = try input.required("Role")
            guard let code = try input.structure("Code") else {
                throw LambdaFailure(
                    .validation,
                    "1 validation error detected: Value null at 'code' failed to satisfy constraint: Member must not be null"
                )
            }
            try LambdaCode.refuseImages(input, code)
            guard input["Runtime"] != nil, input["Handler"] != nil else {
                throw LambdaFailure(
                    .invalidParameter,
                    "Runtime and Handler are mandatory parameters for functions created with deployment packages.")
            }
            var function = LambdaFunction(
                name: name, runtime: "", handler: "", role: "", code: LambdaCode(sha256: "", size: 0, unpackedSize: 0),
                revisionID: call.context.random.identifier(at: call.context.now).description,
                modifiedAt: call.context.now)
            let configuration = FunctionConfiguration(call: call, input: input)
            function = try await configuration.applied(to: function)
            var record = FunctionRecord(function)
            record.shown = try configuration.shown([:])
            record.deadLetterTarget = try configuration.deadLetterTarget().flatMap { $0.isEmpty ? nil : $0 }
            record.tags = try LambdaAPI.tags(try input.map("Tags") ?? [:])
            try await call.prepare(function.runtime)
            record.latest.code = try await call.install(code)
            var entry = FunctionEntry(new: record)
            var shown = entry.record.latest
            if try input.flag("Publish") == true {
                shown = entry.publish(description: nil, at: call.context.now, random: call.context.random)
            }
            do {
                try await call.registry.apply(entry.changes)
            } catch StoreFailure.exists {
                throw LambdaFailure(.conflict, "Function already exist: \(name)")
            }
            return LambdaCall.answer(call.configuration(of: shown, in: entry.record, qualifier: nil), status: 201)
        }
    }

    private static func list(_ call: LambdaCall) async throws -> HTTPResponse {
        try await call.allow(on: "*")
        if let wanted = call.request.queryValue("FunctionVersion"), wanted != "ALL" {
            throw LambdaFailure.constraint("functionVersion", wanted, "Member must satisfy enum value set: [ALL]")
        }
        let isWhole = call.request.queryValue("FunctionVersion") == "ALL"
        let all = try await call.registry.entries().flatMap { entry in
            ([entry.record.latest] + (isWhole ? entry.versions : [])).map { (entry: entry, function: $0) }
        }
        let page = try call.page(all) { "\($0.function.name):\($0.function.version)" }
        return LambdaCall.members([
            "Functions": .array(
                page.elements.map { each in
                    call.configuration(
                        of: each.function, in: each.entry.record, qualifier: isWhole ? each.function.version : nil)
                }), "NextMarker": page.next,
        ])
    }

    private static func get(_ call: LambdaCall) async throws -> HTTPResponse {
        let (entry, reference) = try await call.function()
        guard let function = entry.target(of: reference.qualifier, drawing: 1) else {
            throw LambdaFailure.functionNotFound(call.registry.arn(of: entry.name, qualifier: reference.qualifier))
        }
        let location = call.services.links.address(of: function.code, for: call.request, at: call.context.steady)
        // A bare nil would be JSON's null: `JSONValue` has a literal for it.
        let tags: JSONValue? = entry.record.tags.isEmpty ? Optional.none : LambdaAPI.shown(entry.record.tags)
        return LambdaCall.members([
            "Configuration": call.configuration(of: function, in: entry.record, qualifier: reference.qualifier),
            "Code": ["RepositoryType": "S3", "Location": .string(location)],
            "Tags": tags,
            "Concurrency": entry.record.latest.reservedConcurrency.map {
                ["ReservedConcurrentExecutions": .integer(Int64($0))]
            },
        ])
    }

    private static func getConfiguration(_ call: LambdaCall) async throws -> HTTPResponse {
        let (entry, reference) = try await call.function()
        guard let function = entry.target(of: reference.qualifier, drawing: 1) else {
            throw LambdaFailure.functionNotFound(call.registry.arn(of: entry.name, qualifier: reference.qualifier))
        }
        return LambdaCall.answer(call.configuration(of: function, in: entry.record, qualifier: reference.qualifier))
    }

    private static func updateConfiguration(_ call: LambdaCall) async throws -> HTTPResponse {
        let (old, reference) = try await call.function()
        var entry = old
        guard reference.qualifier == nil || reference.qualifier == LambdaFunction.latest else {
            throw LambdaFailure(.invalidParameter, "Only $LATEST can be changed; versions stay as they are.")
        }
        let input = try await call.input()
        try call.check(try input.text("RevisionId"), against: entry.record.latest.revisionID)
        let configuration = FunctionConfiguration(call: call, input: input)
        let new = try await configuration.applied(to: entry.record.latest)
        entry.record.shown = try configuration.shown(entry.record.shown)
        if let target = try configuration.deadLetterTarget() {
            entry.record.deadLetterTarget = target.isEmpty ? nil : target
        }
        if new.runtime != entry.record.latest.runtime { try await call.prepare(new.runtime) }
        entry.update(at: call.context.now, random: call.context.random) { $0 = new }
        try await call.commit(entry)
        return LambdaCall.answer(call.configuration(of: entry.record.latest, in: entry.record, qualifier: nil))
    }

    private static func delete(_ call: LambdaCall) async throws -> HTTPResponse {
        let (old, reference) = try await call.function()
        var entry = old
        guard let qualifier = reference.qualifier else {
            let urls = try await call.registry.urls(of: entry.name)
            try await call.registry.apply(entry.deletion + urls.flatMap(\.removing))
            await call.services.host.retire(entry.name, keeping: [])
            return LambdaCall.done
        }
        guard qualifier != LambdaFunction.latest else {
            throw LambdaFailure(
                .invalidParameter, "$LATEST version cannot be deleted without deleting the function.")
        }
        guard entry.record.alias(qualifier) == nil else {
            throw LambdaFailure(.invalidParameter, "Deletion of aliases is not currently supported; use DeleteAlias.")
        }
        if let alias = entry.record.aliases.first(where: { $0.version == qualifier || $0.weights[qualifier] != nil }) {
            throw LambdaFailure(
                .conflict, "Version \(qualifier) cannot be deleted: the alias \(alias.name) points to it.")
        }
        entry.withdraw(qualifier)
        try await call.commit(entry)
        return LambdaCall.done
    }
}

extension LambdaCall {
    /// Refuses a change by somebody who saw another revision.
    func check(_ revision: String?, against current: String) throws {
        guard revision == nil || revision == current else { throw LambdaFailure.revision }
    }

    /// Makes a function's changes durable, then ends the environments that run something else.
    func commit(_ entry: FunctionEntry) async throws {
        try await registry.apply(entry.changes)
        await services.host.retire(entry.name, keeping: entry.revisions)
    }

    /// Sees to it that a runtime can run here, or is about to.
    func prepare(_ runtime: String) async throws {
        if case .problem(let sentence) = await services.runtimes.prepare(runtime) {
            throw LambdaFailure(.invalidParameter, sentence)
        }
    }
}
