import MailTypes

/// Reads the Resources section.
struct ResourceReader {
    struct Result {
        var resources: [TemplateResource] = []
        var functions: [FunctionDeclaration] = []
        var queues: [QueueDeclaration] = []
        var endpoints: [EndpointDeclaration] = []
    }

    private static let keys = [
        "Type", "Properties", "Condition", "DependsOn", "Metadata", "DeletionPolicy", "UpdateReplacePolicy",
        "CreationPolicy", "UpdatePolicy",
    ]
    private static let ownTypes = ["Mailroom::Function", "Mailroom::Queue", "Mailroom::Endpoint"]
    /// Most resources of a template; CloudFormation's limit is 500.
    private static let limit = 1000

    let problems: ProblemCollector
    let resolver: Resolver
    let handlers: [String]?

    func read(_ section: TemplateNode?, globals: TemplateNode?) -> Result {
        let entries = section?.entries ?? []
        if entries.count > Self.limit {
            problems.add("a template has at most \(Self.limit) resources", at: section?.position ?? .start)
            return Result()
        }
        for entry in entries { resolver.resources[entry.key] = head(entry, globals) }
        resolver.resources.merge(ImplicitResources.heads(for: resolver.resources, globals: globals)) {
            declared, _ in declared
        }
        var result = Result()
        let declared = Set(entries.map(\.key))
        for entry in entries { read(entry, declared, into: &result) }
        for id in ImplicitResources.apis where !declared.contains(id) {
            guard let head = resolver.resources[id], head.leftOutBy == nil else { continue }
            result.resources.append(
                TemplateResource(
                    logicalID: id, type: head.type, typePosition: head.typePosition,
                    physicalName: resolver.physicalName(of: id, head, at: head.typePosition) ?? id,
                    properties: TemplateMap(head.properties.map { resolver.resolveEntries($0) } ?? []), dependsOn: [],
                    isRetained: false, metadata: nil, position: head.typePosition))
        }
        checkCircles(result.resources)
        BindingChecker(problems: problems).check(result.functions, result.queues, result.endpoints)
        return result
    }

    /// Type, condition and properties of a resource, unresolved.
    private func head(_ entry: TemplateNode.Entry, _ globals: TemplateNode?) -> ResourceHead {
        if entry.key.isEmpty || !entry.key.utf8.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit }) {
            problems.add("the name of a resource has letters and digits only", at: entry.keyPosition)
        }
        guard let parts = entry.value.entries else {
            problems.add(
                "resource \(entry.key) is a map with Type and Properties, not \(entry.value.kindName)",
                at: entry.keyPosition)
            return ResourceHead(type: "", typePosition: entry.keyPosition, properties: nil, leftOutBy: nil)
        }
        for part in parts where !Self.keys.contains(part.key) {
            if part.value["Type"] != nil {
                problems.add(
                    "\(part.key) looks like a resource but stands within \(entry.key); it is indented too far",
                    at: part.keyPosition)
            } else {
                problems.add(
                    "a resource has no key \(part.key)", at: part.keyPosition, misspelt: part.key, candidates: Self.keys
                )
            }
        }
        let type = entry.value["Type"].flatMap(plainText) ?? ""
        let typePosition = entry.value["Type"]?.position ?? entry.keyPosition
        checkType(type, of: entry, at: typePosition)
        var leftOutBy: String?
        if let condition = entry.value["Condition"], let name = plainText(condition),
            resolver.holds(name, at: condition.position) == false
        {
            leftOutBy = name
        }
        var properties = entry.value["Properties"]
        if let node = properties, node.entries == nil {
            if !node.isNull { problems.add("Properties is a map, not \(node.kindName)", at: node.position) }
            properties = nil
        }
        properties = Globals.merge(globals, into: properties, of: type, at: entry.keyPosition)
        return ResourceHead(type: type, typePosition: typePosition, properties: properties, leftOutBy: leftOutBy)
    }

    private func checkType(_ type: String, of entry: TemplateNode.Entry, at position: SourcePosition) {
        let parts = type.split(separator: ":", omittingEmptySubsequences: false)
        if type.isEmpty {
            if entry.value["Type"] == nil { problems.add("resource \(entry.key) needs a Type", at: entry.keyPosition) }
        } else if type.hasPrefix("Mailroom::") ? !Self.ownTypes.contains(type) : parts.count < 5 || parts[1] != "" {
            problems.add(
                "\(type) is not a type of resource", at: position, misspelt: type,
                candidates: Self.ownTypes + ["AWS::Serverless::Function"])
        }
    }

    private func read(_ entry: TemplateNode.Entry, _ declared: Set<String>, into result: inout Result) {
        guard let head = resolver.resources[entry.key] else { return }
        let isDead = head.leftOutBy != nil
        resolver.references = []
        if isDead { resolver.deadDepth += 1 }
        defer { if isDead { resolver.deadDepth -= 1 } }
        // What calls a function waits for it, not it for that: an API's authorizer may have a route of the API.
        let callers = head.type == "AWS::Serverless::Function" ? "Events" : nil
        let properties = head.properties.map { resolver.resolveEntries($0, withoutReferencesOf: callers) } ?? []
        let metadata = entry.value["Metadata"].flatMap { resolver.resolve($0).value }
        let named = dependencies(entry)
        let name = resolver.physicalName(of: entry.key, head, at: entry.keyPosition) ?? entry.key
        guard !isDead else { return }
        if head.type == "AWS::Serverless::Function" { checkServerless(properties) }
        result.resources.append(
            TemplateResource(
                logicalID: entry.key, type: head.type, typePosition: head.typePosition, physicalName: name,
                properties: TemplateMap(properties),
                dependsOn: named.union(resolver.references.filter(declared.contains)).sorted(),
                isRetained: isRetained(entry), metadata: metadata, position: entry.keyPosition))
        let reader = FunctionReader(problems: problems, handlers: handlers)
        switch head.type {
        case "Mailroom::Function":
            if let function = reader.function(entry, head, properties) { result.functions.append(function) }
        case "Mailroom::Queue": result.queues.append(reader.queue(entry, name, properties))
        case "Mailroom::Endpoint":
            if let endpoint = reader.endpoint(entry, head, properties) { result.endpoints.append(endpoint) }
        default: break
        }
    }

    private func dependencies(_ entry: TemplateNode.Entry) -> Set<String> {
        guard let node = entry.value["DependsOn"] else { return [] }
        var names: Set<String> = []
        for element in node.elements ?? [node] {
            guard let name = plainText(element) else { continue }
            guard let other = resolver.resources[name] else {
                problems.add(
                    "there is no resource \(name)", at: element.position, misspelt: name,
                    candidates: resolver.resources.keys)
                continue
            }
            // What is left out need not be waited for.
            if other.leftOutBy == nil { names.insert(name) }
        }
        return names
    }

    private func isRetained(_ entry: TemplateNode.Entry) -> Bool {
        guard let node = entry.value["DeletionPolicy"], let policy = plainText(node) else { return false }
        let policies = ["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"]
        if !policies.contains(policy) {
            problems.add(
                "\(policy) is not a DeletionPolicy", at: node.position, misspelt: policy, candidates: policies)
        }
        return policy == "Retain"
    }

    /// The one foreign type whose misspelt properties are likely and costly.
    private func checkServerless(_ properties: [TemplateMap.Entry]) {
        let keys =
            Globals.functionKeys.filter { $0 != "Settings" } + [
                "FunctionName", "Role", "Policies", "Events", "PackageType", "ImageUri", "ImageConfig", "InlineCode",
                "FunctionUrlConfig", "CodeSigningConfigArn", "VersionDescription", "PublishToLatestPublished",
            ]
        for entry in properties where !keys.contains(entry.key) {
            problems.add(
                "AWS::Serverless::Function has no property \(entry.key)", at: entry.keyPosition, misspelt: entry.key,
                candidates: keys)
        }
    }

    /// Tells resources that wait for each other. A resource may refer to itself in nothing either.
    private func checkCircles(_ resources: [TemplateResource]) {
        let needs = Dictionary(resources.map { ($0.logicalID, $0) }) { first, _ in first }
        var done: Set<String> = []
        for resource in resources where !done.contains(resource.logicalID) {
            // Depth first without recursion: a chain may be as long as the template.
            var path: [(id: String, next: Int)] = [(resource.logicalID, 0)]
            var onPath: Set<String> = [resource.logicalID]
            while let top = path.last {
                let needed = needs[top.id]?.dependsOn ?? []
                guard top.next < needed.count else {
                    path.removeLast()
                    onPath.remove(top.id)
                    done.insert(top.id)
                    continue
                }
                path[path.count - 1].next += 1
                let id = needed[top.next]
                if onPath.contains(id) {
                    let circle = (path.map(\.id).drop { $0 != id } + [id]).joined(separator: " → ")
                    problems.add("resources wait for each other: \(circle)", at: needs[id]?.position ?? .start)
                } else if !done.contains(id) {
                    path.append((id, 0))
                    onPath.insert(id)
                }
            }
        }
    }

    private func plainText(_ node: TemplateNode) -> String? {
        if case .scalar(let text, _) = node.kind, node.tag == nil { return text }
        problems.add("a text is wanted here, not \(node.tag ?? node.kindName)", at: node.position)
        return nil
    }
}
