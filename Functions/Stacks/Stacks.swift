import FunctionRuntime
import MailTypes
import Templates

/// Deploys users' templates as stacks, all or nothing (reference/functions.md §3.3).
///
/// What a stack holds in records changes in one commit, the stack's own record with it; buckets are made just before,
/// and taken back when that commit fails. One deploy runs at a time: the caller sees to it.
public struct Stacks: Sendable {
    /// Where built zips lie, by digest.
    public static let artifacts = "mailroom-artifacts"
    /// Octets of a zip (reference/functions.md §1.7: 50 MB in a request, 250 MB unpacked).
    static let zipLimitOctets = 262_144_000

    let registry: FunctionRegistry
    let records: any RecordStore
    let buckets: any ObjectStore
    let hosting: any LambdaHosting
    let jobs: any JobStore
    let time: any TimeSource
    let random: any RandomSource
    /// Where this system answers HTTP; nil while it does not yet.
    let endpoint: @Sendable () -> String?
    /// Makes a zip of one file, for code that stands in the template.
    let zip: @Sendable (_ name: String, _ content: Octets) -> Octets

    /// Stacks over these stores.
    public init(
        registry: FunctionRegistry, records: any RecordStore, buckets: any ObjectStore,
        hosting: any LambdaHosting, jobs: any JobStore, time: any TimeSource, random: any RandomSource,
        endpoint: @escaping @Sendable () -> String? = { nil },
        zip: @escaping @Sendable (_ name: String, _ content: Octets) -> Octets
    ) {
        self.registry = registry
        self.records = records
        self.buckets = buckets
        self.hosting = hosting
        self.jobs = jobs
        self.time = time
        self.random = random
        self.endpoint = endpoint
        self.zip = zip
    }

    /// The stack of a name; nil when there is none.
    public func stack(_ name: String) async throws(StoreFailure) -> StackState? {
        try await records.value(StackState.key(name), as: StackState.self)?.value
    }

    /// All stacks by name.
    public func all() async throws(StoreFailure) -> [StackState] {
        var states: [StackState] = []
        for record in try await records.records(of: StackState.kind) {
            states.append(try record.decoded(as: StackState.self))
        }
        return states
    }

    /// The deploy of a number; nil when it is not kept any more.
    func deployment(_ number: Int, of stack: String) async throws(StoreFailure) -> StackDeployment? {
        try await records.value(StackDeployment.key(stack, number), as: StackDeployment.self)?.value
    }

    /// Looks at a template before anything is built: its problems, or what somebody has to build.
    public func prepare(_ request: StackRequest) async throws -> StackOutcome {
        try Self.checkName(request.stack)
        let draft = try await draft(request, state: try await stack(request.stack), codes: nil)
        var outcome = StackOutcome()
        outcome.problems = draft.problems
        outcome.warnings = draft.plan.warnings
        outcome.builds = draft.builds
        return outcome
    }

    /// Brings a stack to what its template says, or says why not and leaves it as it is.
    public func deploy(_ request: StackRequest) async throws -> StackOutcome {
        try Self.checkName(request.stack)
        return try await deploy(request, restores: nil)
    }

    /// Goes back to the deploy before the one that stands; asked again, one further.
    public func rollBack(_ name: String, isDryRun: Bool) async throws -> StackOutcome {
        guard let state = try await stack(name) else { throw Self.unknown(name, try await all()) }
        let current = try await deployment(state.number, of: name)
        let wanted = (current?.restores ?? state.number) - 1
        guard wanted > 0, let former = try await deployment(wanted, of: name) else {
            throw StackFailure(
                .invalid, "stack \(name) has no deploy before this one; the last \(StackDeployment.kept) are kept")
        }
        var request = StackRequest(
            stack: name, file: former.file, template: Octets(text: former.template), parameters: former.parameters,
            builds: former.builds.filter { former.uploaded.contains($0.key) }.mapValues(\.sha256),
            mappedLayers: former.mappedLayers.mapValues(\.sha256),
            skipsUnknown: former.skipsUnknown, isDryRun: isDryRun)
        request.keepsParameters = false
        return try await deploy(request, restores: former.restores ?? wanted)
    }

    private func deploy(_ request: StackRequest, restores: Int?) async throws -> StackOutcome {
        let state = try await stack(request.stack)
        var last: StackDeployment?
        if let state { last = try await deployment(state.number, of: request.stack) }
        let codes = try await codes(request, last: last)
        guard codes.problems.isEmpty else {
            var outcome = StackOutcome()
            outcome.problems = codes.problems
            return outcome
        }
        let draft = try await draft(request, state: state, codes: codes)
        var outcome = StackOutcome()
        outcome.problems = draft.problems
        outcome.warnings = draft.plan.warnings
        outcome.changes = draft.plan.changes
        outcome.outputs = draft.plan.outputs.map { $0.naming(versionsOf: state?.resources ?? []) }
        outcome.number = state?.number ?? 0
        outcome.ruleFunctions = ruleFunctions(draft.plan.resources)
        guard outcome.problems.isEmpty, !request.isDryRun else {
            outcome.outputs = reachable(outcome.outputs, of: draft.plan.resources)
            return outcome
        }
        if let state, let last, draft.plan.changes.isEmpty, outcome.outputs == state.outputs,
            last.template == request.template.text, last.parameters == draft.plan.parameters
        {
            outcome.outputs = reachable(outcome.outputs, of: draft.plan.resources)
            return outcome
        }
        let now = time.now()
        let number = (state?.number ?? 0) + 1
        let deployment = StackDeployment(
            number: number, deployedAt: now, file: request.file, template: request.template.text,
            parameters: draft.plan.parameters, builds: codes.builds, uploaded: request.builds.keys.sorted(),
            mappedLayers: codes.mappedLayers,
            skipsUnknown: request.skipsUnknown, restores: restores)
        let new = StackState(
            name: request.stack, id: draft.id, number: number, createdAt: state?.createdAt ?? now, updatedAt: now,
            description: draft.plan.description, parameters: draft.plan.shownParameters,
            resources: draft.plan.resources, outputs: draft.plan.outputs)
        outcome.outputs = reachable(try await apply(from: state, to: new, deployment, codes))
        outcome.number = number
        return outcome
    }

    private struct Draft {
        var plan: StackPlan
        var id: String
        /// The plan's, and what other stacks have against it.
        var problems: [String] = []
        var builds: [BuildRequest] = []
    }

    /// A plan for a request. Without codes nothing was built yet, and nothing counts as changed because of that.
    private func draft(_ request: StackRequest, state: StackState?, codes: StackCodes?) async throws -> Draft {
        let id =
            state?.id
            ?? "arn:aws:cloudformation:\(registry.region):\(registry.account):stack/\(request.stack)/\(random.identifier(at: time.now()))"
        var previous: [String: String] = [:]
        if request.keepsParameters, let state {
            previous = try await deployment(state.number, of: request.stack)?.parameters ?? [:]
        }
        let pseudo = try await surroundings(of: request.stack, id: id)
        var place = Placement(region: registry.region, account: registry.account, skipsUnknown: request.skipsUnknown)
        place.builds = codes?.builds.mapValues(\.sha256) ?? [:]
        place.mappedLayers = codes?.mappedLayers.mapValues(\.sha256) ?? request.mappedLayers
        for layer in try await registry.layers() {
            place.publishedLayers[registry.layerARN(of: layer.name, number: layer.number)] = layer.code.sha256
        }
        for entry in try await registry.entries() where entry.record.stack != request.stack {
            place.functions.insert(entry.name)
        }
        func plan() -> StackPlan {
            StackPlan.make(
                request.template, file: request.file, parameters: request.parameters, previous: previous,
                pseudo: pseudo, current: state?.resources ?? [], at: place)
        }
        // What this machine can run and which numbers are free is asked for what the template turns out to name.
        for resource in plan().resources {
            switch resource.part {
            case .function(let function) where place.runtimeProblems[function.runtime] == nil:
                place.runtimeProblems[function.runtime] = await hosting.problem(ofRuntime: function.runtime)
                place.substitutes[function.runtime] = await hosting.substitute(forRuntime: function.runtime)
            case .layer(let layer):
                place.nextLayerNumbers[layer.name] = try await registry.nextNumber(ofLayer: layer.name)
            default: break
            }
        }
        var draft = Draft(plan: plan(), id: id)
        draft.problems = draft.plan.problems.map(\.description)
        if draft.problems.isEmpty {
            draft.problems = try await exportProblems(
                of: request.stack, from: state?.outputs ?? [], to: draft.plan.outputs
            ).map { "\(request.file): \($0)" }
        }
        if let template = try? Template.load(
            request.template, file: request.file, parameters: request.parameters, previous: previous, pseudo: pseudo)
        {
            draft.builds = BuildRequest.all(of: template)
        }
        return draft
    }

    /// A stack's outputs for people and scripts: addresses that AWS would serve its APIs at are those that answer here.
    public func reachable(_ state: StackState) -> [StackOutput] { reachable(state.outputs, of: state.resources) }

    private func reachable(_ outputs: [StackOutput], of resources: [StackResource]) -> [StackOutput] {
        guard let endpoint = endpoint() else { return outputs }
        return outputs.map { output in
            var output = output
            for resource in resources {
                guard case .api(let api) = resource.part else { continue }
                output.value = output.value.split(
                    separator: "https://\(api.host(in: registry.region))", omittingEmptySubsequences: false
                ).joined(separator: endpoint + api.path)
            }
            return output
        }
    }

    /// Functions that a flow rule may call: their policy lets WorkMail in.
    private func ruleFunctions(_ resources: [StackResource]) -> [(logicalID: String, arn: String)] {
        var allowed: Set<String> = []
        for resource in resources {
            if case .permission(let part) = resource.part, part.principal.hasPrefix("workmail.") {
                allowed.insert(part.function)
            }
        }
        return resources.compactMap { resource in
            guard case .function(let part) = resource.part, allowed.contains(part.name) else { return nil }
            return (resource.logicalID, registry.arn(of: part.name))
        }
    }

    /// Stack names are CloudFormation's: a letter, then letters, digits and dashes, 128 at most.
    static func checkName(_ name: String) throws {
        let octets = Octets(text: name)
        guard let first = octets.first, first.isASCIILetter, octets.count <= 128,
            octets.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D })
        else {
            throw StackFailure(
                .invalid, "\(name) is no stack name: a letter, then letters, digits and dashes, 128 at most")
        }
    }

    static func unknown(_ name: String, _ stacks: [StackState]) -> StackFailure {
        let names = stacks.map(\.name)
        let hint =
            Suggestion.nearest(to: name, in: names).map { "did you mean \($0)?" }
            ?? (names.isEmpty ? "nothing is deployed yet" : "there are \(names.joined(separator: ", "))")
        return StackFailure(.notFound, "there is no stack \(name); \(hint)")
    }
}
