import FunctionRuntime
import MailTypes

/// Gathers what a deploy changes of functions and layers, so that one commit takes it all. Used by one deploy.
struct FunctionChanges {
    let stack: String
    /// Installed code by digest.
    let codes: [String: LambdaCode]
    let now: Timestamp
    let random: any RandomSource
    let registry: FunctionRegistry
    private var entries: [String: FunctionEntry] = [:]
    private var made: Set<String> = []
    private var touched: Set<String> = []
    private var removed: Set<String> = []
    private var layerChanges: [RecordChange] = []
    /// What is to go with a function: URLs that others gave it.
    private var hangers: [String: [RecordChange]] = [:]

    init(
        stack: String, codes: [String: LambdaCode], now: Timestamp, random: any RandomSource, registry: FunctionRegistry
    ) {
        (self.stack, self.codes, self.now) = (stack, codes, now)
        (self.random, self.registry) = (random, registry)
    }

    /// What the commit must hold of functions and layers.
    var changes: [RecordChange] {
        layerChanges + removed.sorted().flatMap { (entries[$0]?.deletion ?? []) + (hangers[$0] ?? []) }
            + touched.sorted().flatMap { entries[$0]?.changes ?? [] }
    }

    /// The revisions that calls may run from now on, of every function that changed.
    var revisions: [String: Set<LambdaRevision>] {
        var revisions: [String: Set<LambdaRevision>] = [:]
        for name in removed { revisions[name] = [] }
        for name in touched { revisions[name] = entries[name]?.revisions }
        return revisions
    }

    /// Reads every function that these resources are about.
    mutating func read(_ resources: [StackResource]) async throws(StoreFailure) {
        for name in Set(resources.compactMap(Self.function)) {
            entries[name] = try await registry.entry(name)
            hangers[name] = try await registry.urls(of: name).flatMap(\.removing)
        }
    }

    /// Changes the functions so that they are what `new` says. Resources that did not change are not touched.
    mutating func follow(from old: [StackResource], to new: inout [StackResource]) throws {
        let former = Dictionary(old.map { ($0.logicalID, $0) }) { first, _ in first }
        for index in new.indices where former[new[index].logicalID]?.part == new[index].part {
            new[index].assigned = former[new[index].logicalID]?.assigned
        }
        let wanted = Dictionary(new.map { ($0.logicalID, $0) }) { first, _ in first }
        let gone = old.filter { wanted[$0.logicalID]?.part != $0.part }
        remove(gone, wanted)
        func isNew(_ resource: StackResource) -> Bool { former[resource.logicalID]?.part != resource.part }
        for resource in new {
            switch resource.part {
            case .layer(let part) where isNew(resource): try make(part)
            case .function(let part): try make(part, isNew: isNew(resource))
            default: break
            }
        }
        // Versions before aliases, which point at them; permissions last, which may be a version's or an alias's.
        var versions: [String: String] = [:]
        for index in new.indices {
            guard case .version(let part) = new[index].part else { continue }
            if new[index].assigned == nil || made.contains(part.function) {
                new[index].assigned = publish(part.function, part.description)
            }
            versions["\(new[index].name).Version"] = new[index].assigned
        }
        for resource in new {
            guard case .alias(let part) = resource.part, part.version == nil else { continue }
            guard isNew(resource) || touched.contains(part.function) else { continue }
            try point(part, to: publish(part.function, nil))
        }
        for index in new.indices {
            guard case .newestVersion(let part) = new[index].part else { continue }
            new[index].assigned = entries[part.function]?.record.alias(part.alias)?.version
            versions["\(new[index].name).Version"] = new[index].assigned
        }
        for resource in new {
            guard case .alias(let part) = resource.part, let wanted = part.version.map({ versions[$0] ?? $0 }) else {
                continue
            }
            let isThere = entries[part.function]?.record.alias(part.alias)?.version == wanted
            guard isNew(resource) || made.contains(part.function) || versions[part.version ?? ""] != nil && !isThere
            else { continue }
            try point(part, to: wanted)
        }
        for index in new.indices { hang(&new[index], versions, isNew: isNew(new[index])) }
    }

    /// Puts permissions and settings where they belong. Those of a version go along when its number becomes another.
    private mutating func hang(_ resource: inout StackResource, _ versions: [String: String], isNew: Bool) {
        let qualifier: String?
        let function: String
        switch resource.part {
        case .permission(let part): (function, qualifier) = (part.function, part.qualifier)
        case .invokeConfig(let part): (function, qualifier) = (part.function, part.qualifier)
        default: return
        }
        let number = qualifier.flatMap { versions[$0] }
        let isElsewhere = number != resource.assigned
        guard isNew || made.contains(function) || isElsewhere else { return }
        if isElsewhere, resource.assigned != nil { unhang(resource) }
        resource.assigned = number
        switch resource.part {
        case .permission(let part): permit(part, number ?? part.qualifier)
        case .invokeConfig(let part): configure(part, number ?? part.qualifier)
        default: break
        }
    }

    private mutating func unhang(_ resource: StackResource) {
        switch resource.part {
        case .permission(let part):
            _ = entries[part.function]?.forbid(part.statementID, qualifier: resource.assigned ?? part.qualifier)
        case .invokeConfig(let part):
            entries[part.function]?.record.asynchronous[FunctionRecord.key(resource.assigned ?? part.qualifier)] = nil
        default: break
        }
    }

    private static func function(_ resource: StackResource) -> String? {
        switch resource.part {
        case .function(let part): part.name
        case .alias(let part): part.function
        case .version(let part): part.function
        case .newestVersion(let part): part.function
        case .permission(let part): part.function
        case .invokeConfig(let part): part.function
        default: nil
        }
    }

    /// Takes away what is not wanted any more, or what is to be made anew.
    private mutating func remove(_ gone: [StackResource], _ wanted: [String: StackResource]) {
        for resource in gone {
            switch resource.part {
            case .function(let part):
                if case .function(let next)? = wanted[resource.logicalID]?.part, next.name == part.name { continue }
                if !resource.isRetained, entries[part.name] != nil { removed.insert(part.name) }
            case .layer(let part) where !resource.isRetained:
                layerChanges +=
                    LayerVersion(
                        name: part.name, number: part.version, code: LambdaCode(sha256: "", size: 0, unpackedSize: 0),
                        createdAt: now
                    ).deletion
            default: break
            }
        }
        for resource in gone {
            guard let name = Self.function(resource), !removed.contains(name), entries[name] != nil else { continue }
            switch resource.part {
            case .alias(let part): entries[name]?.removeAlias(part.alias)
            case .permission, .invokeConfig: unhang(resource)
            case .version:
                if let number = resource.assigned { entries[name]?.withdraw(number) }
            default: continue
            }
            touched.insert(name)
        }
    }

    private mutating func make(_ part: LayerPart) throws {
        layerChanges +=
            LayerVersion(
                name: part.name, number: part.version, code: try code(part.code), description: part.description,
                runtimes: part.runtimes, createdAt: now, stack: stack
            ).creation
    }

    private mutating func make(_ part: FunctionPart, isNew: Bool) throws {
        if let entry = entries[part.name], !removed.contains(part.name) {
            guard isNew else { return }
            guard entry.record.stack == stack else {
                throw StackFailure(
                    .conflict,
                    "function \(part.name) is there already and belongs to \(entry.record.stack.map { "stack \($0)" } ?? "no stack"); delete it or give another FunctionName"
                )
            }
            let configured = try function(part, revisionID: entry.record.latest.revisionID)
            var same = configured
            same.modifiedAt = entry.record.latest.modifiedAt
            if same != entry.record.latest {
                var changed = entry
                changed.update(at: now, random: random) { $0 = configured }
                entries[part.name] = changed
            }
        } else {
            let record = FunctionRecord(
                try function(part, revisionID: random.identifier(at: now).description), stack: stack)
            entries[part.name] = FunctionEntry(new: record)
            made.insert(part.name)
        }
        entries[part.name]?.record.tags = part.tags
        touched.insert(part.name)
    }

    private func function(_ part: FunctionPart, revisionID: String) throws -> LambdaFunction {
        LambdaFunction(
            name: part.name, runtime: part.runtime, handler: part.handler, role: part.role,
            description: part.description, timeoutSeconds: part.timeoutSeconds, memoryMB: part.memoryMB,
            ephemeralMB: part.ephemeralMB, environment: part.environment, code: try code(part.code),
            layers: try part.layers.map { LambdaLayer(arn: $0.arn, code: try code($0.code)) },
            architectures: part.architectures, logFormat: part.logFormat, logLevel: part.logLevel,
            logGroup: part.logGroup,
            reservedConcurrency: part.reservedConcurrency, revisionID: revisionID, modifiedAt: now)
    }

    private func code(_ digest: String) throws -> LambdaCode {
        guard let code = codes[digest] else {
            throw StackFailure(.invalid, "code \(digest) was not built; deploy the template again")
        }
        return code
    }

    private mutating func publish(_ function: String, _ description: String?) -> String? {
        guard var entry = entries[function] else { return nil }
        let version = entry.publish(description: description, at: now, random: random).version
        entries[function] = entry
        touched.insert(function)
        return version
    }

    private mutating func point(_ part: AliasPart, to version: String?) throws {
        guard let version, entries[part.function]?.version(version) != nil else {
            throw StackFailure(
                .invalid, "alias \(part.alias): function \(part.function) has no version \(version ?? "")")
        }
        let alias = FunctionAlias(
            name: part.alias, version: version, revisionID: random.identifier(at: now).description)
        entries[part.function]?.setAlias(alias)
        touched.insert(part.function)
    }

    private mutating func permit(_ part: PermissionPart, _ qualifier: String?) {
        entries[part.function]?.permit(
            FunctionPermission(
                statementID: part.statementID, action: part.action, principal: part.principal,
                sourceARN: part.sourceARN, sourceAccount: part.sourceAccount, eventSourceToken: part.eventSourceToken,
                functionURLAuthType: part.functionURLAuthType, invokedViaFunctionURL: part.invokedViaFunctionURL,
                principalOrganization: part.organizationID), qualifier: qualifier)
        touched.insert(part.function)
    }

    private mutating func configure(_ part: InvokeConfigPart, _ qualifier: String?) {
        let settings = EventInvokeSettings(
            retriesMax: part.retryAttempts, ageMaxSeconds: part.eventAgeSeconds, onSuccess: part.onSuccess,
            onFailure: part.onFailure, modifiedAt: now.milliseconds)
        entries[part.function]?.record.asynchronous[FunctionRecord.key(qualifier)] = settings
        touched.insert(part.function)
    }
}
