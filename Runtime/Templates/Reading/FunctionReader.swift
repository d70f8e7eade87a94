import FunctionRuntime
import MailTypes

/// Reads the properties of resources of our own types.
struct FunctionReader {
    let problems: ProblemCollector
    /// Names under which handlers are registered; nil when nobody knows.
    let handlers: [String]?
    private var checker: PropertyChecker { PropertyChecker(problems: problems) }

    /// Reads a `Mailroom::Function`; nil when it has no handler.
    func function(_ id: TemplateNode.Entry, _ head: ResourceHead, _ entries: [TemplateMap.Entry])
        -> FunctionDeclaration?
    {
        checker.require(
            PropertySchema.function.required, in: head.properties, of: "function \(id.key)", at: id.keyPosition)
        let good = checker.check(entries, .function, of: head.type, at: id.keyPosition)
        guard let handler = good["Handler"], let name = handler.text else { return nil }
        if let handlers, !handlers.contains(name) {
            problems.add("there is no handler \(name)", at: handler.position, misspelt: name, candidates: handlers)
        }
        var triggers: [TriggerDeclaration] = []
        for entry in good["Events"]?.map?.entries ?? [] {
            if let trigger = TriggerReader(problems: problems).read(entry) { triggers.append(trigger) }
        }
        var settings: [String: TemplateValue] = [:]
        for entry in good["Settings"]?.map?.entries ?? [] { settings[entry.key] = entry.value }
        let timeout = good["Timeout"].map { value in
            value.integer ?? Int(value.duration?.components.seconds ?? 60)
        }
        return FunctionDeclaration(
            name: FunctionName(id.key), handler: name, handlerPosition: handler.position,
            description: good["Description"]?.text, timeoutSeconds: timeout ?? 60,
            concurrency: good["ReservedConcurrentExecutions"]?.integer, settings: settings,
            uses: good["Policies"].map(uses) ?? [], triggers: triggers, position: id.keyPosition)
    }

    /// Reads a `Mailroom::Queue`.
    func queue(_ id: TemplateNode.Entry, _ name: String, _ entries: [TemplateMap.Entry]) -> QueueDeclaration {
        let good = checker.check(entries, .queue, of: "Mailroom::Queue", at: id.keyPosition)
        let first = good["RetryFirst"]?.duration ?? .seconds(30)
        let last = good["RetryLast"]?.duration ?? max(first, .seconds(4 * 3600))
        if first > last {
            problems.add("RetryFirst is longer than RetryLast", at: good["RetryFirst"]?.position ?? id.keyPosition)
        }
        return QueueDeclaration(
            name: QueueName(name), retryFirst: first, retryLast: last,
            lifetime: good["Lifetime"]?.duration ?? .seconds(5 * 86400), maxDepth: good["DepthMax"]?.integer ?? 100_000,
            position: id.keyPosition)
    }

    /// Reads a `Mailroom::Endpoint`.
    func endpoint(_ id: TemplateNode.Entry, _ head: ResourceHead, _ entries: [TemplateMap.Entry])
        -> EndpointDeclaration?
    {
        checker.require(
            PropertySchema.endpoint.required, in: head.properties, of: "endpoint \(id.key)", at: id.keyPosition)
        var good = checker.check(entries, .endpoint, of: head.type, at: id.keyPosition)
        guard let name = good.removeValue(forKey: "Endpoint")?.text else { return nil }
        return EndpointDeclaration(name: name, properties: good, position: id.keyPosition)
    }

    /// `Policies: [{Uses: {Spool: write}}]`: what is not named cannot be reached.
    private func uses(_ policies: TemplateValue) -> [StoreUse] {
        var found: [StoreUse.Resource: StoreUse.Access] = [:]
        for policy in policies.list ?? [policies] {
            guard let map = policy.map else {
                problems.add(
                    "a policy of a built-in function is {Uses: {Spool: read}}, not \(policy.kindName)",
                    at: policy.position)
                continue
            }
            let good = checker.check(map.entries, PropertySchema(["Uses": .map]), of: "a policy", at: policy.position)
            for entry in good["Uses"]?.map?.entries ?? [] {
                guard let resource = StoreUse.Resource(rawValue: entry.key) else {
                    problems.add(
                        "there is nothing called \(entry.key) to use", at: entry.keyPosition, misspelt: entry.key,
                        candidates: StoreUse.Resource.allCases.map(\.rawValue))
                    continue
                }
                guard let access = entry.value.text.flatMap(StoreUse.Access.init) else {
                    problems.add(
                        "\(entry.key) is used to read or write, not \(entry.value.text ?? entry.value.kindName)",
                        at: entry.value.position, misspelt: entry.value.text,
                        candidates: StoreUse.Access.allCases.map(\.rawValue))
                    continue
                }
                found[resource] = max(found[resource] ?? .read, access)
            }
        }
        return found.map { StoreUse(resource: $0.key, access: $0.value) }
            .sorted { $0.resource.rawValue < $1.resource.rawValue }
    }
}
