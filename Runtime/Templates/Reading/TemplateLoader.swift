import MailTypes

/// Reads the sections of a template in the order in which they depend on each other.
struct TemplateLoader {
    static let sections = [
        "AWSTemplateFormatVersion", "Transform", "Description", "Metadata", "Globals", "Mappings", "Parameters",
        "Rules",
        "Conditions", "Resources", "Outputs",
    ]
    private static let serverless = "AWS::Serverless-2016-10-31"

    let problems: ProblemCollector
    let given: [String: String]
    let previous: [String: String]
    let pseudo: PseudoParameters
    let handlers: [String]?
    let hidesSecrets: Bool

    /// The template as far as it could be read. It counts only when no problem was found.
    func load(_ octets: Octets, file: String) -> Template? {
        guard let root = YAMLReader.read(octets, problems: problems) else { return nil }
        guard let entries = root.entries else {
            problems.add("a template is a map of sections, not \(root.kindName)", at: root.position)
            return nil
        }
        for entry in entries where !Self.sections.contains(entry.key) {
            problems.add(
                "a template has no section \(entry.key)", at: entry.keyPosition, misspelt: entry.key,
                candidates: Self.sections)
        }
        checkVersion(root["AWSTemplateFormatVersion"])
        let sections = Dictionary(
            ["Globals", "Mappings", "Parameters", "Conditions", "Resources", "Outputs"].map { ($0, map($0, of: root)) },
            uniquingKeysWith: { first, _ in first })
        func section(_ name: String) -> TemplateNode? { sections[name] ?? nil }
        let parameters = ParameterReader(
            problems: problems, given: given, previous: previous, store: pseudo.storedParameters
        ).read(section("Parameters"))
        let resolver = Resolver(
            problems: problems, pseudo: pseudo,
            parameters: Dictionary(parameters.map { ($0.name, hidesSecrets ? $0.hidden : $0.value) }) { first, _ in
                first
            },
            missingParameters: Dictionary(parameters.compactMap { one in one.missing.map { (one.name, $0) } }) { $1 },
            mappings: mappings(section("Mappings")),
            conditions: Dictionary((section("Conditions")?.entries ?? []).map { ($0.key, $0.value) }) { first, _ in
                first
            })
        for entry in section("Conditions")?.entries ?? [] { _ = resolver.holds(entry.key, at: entry.keyPosition) }
        checkGlobals(section("Globals"))
        if root["Resources"]?.isNull ?? true {
            problems.add("the template has no Resources", at: root.position)
        }
        let reader = ResourceReader(problems: problems, resolver: resolver, handlers: handlers)
        let result = reader.read(section("Resources"), globals: section("Globals"))
        let outputs = outputs(section("Outputs"), resolver)
        return Template(
            file: file, description: plainText(root["Description"]),
            usesServerlessTransform: transforms(root["Transform"]).contains(Self.serverless), parameters: parameters,
            resources: result.resources, outputs: outputs, functions: result.functions, queues: result.queues,
            endpoints: result.endpoints, pseudo: pseudo)
    }

    private func checkVersion(_ node: TemplateNode?) {
        guard let node, let version = plainText(node), version != "2010-09-09" else { return }
        problems.add("AWSTemplateFormatVersion is 2010-09-09, not \(version)", at: node.position)
    }

    private func transforms(_ node: TemplateNode?) -> [String] {
        guard let node else { return [] }
        return (node.elements ?? [node]).compactMap { element in
            guard let text = plainText(element) else { return nil }
            if text != Self.serverless {
                problems.add(
                    "transform \(text) is not supported", at: element.position, misspelt: text,
                    candidates: [Self.serverless])
            }
            return text
        }
    }

    /// A section that is a map; reported when it is something else.
    private func map(_ name: String, of root: TemplateNode) -> TemplateNode? {
        guard let node = root[name] else { return nil }
        guard node.entries != nil else {
            // An empty section is one whose entries were all taken out.
            if !node.isNull { problems.add("\(name) is a map, not \(node.kindName)", at: node.position) }
            return node.isNull ? TemplateNode(.mapping([]), at: node.position) : nil
        }
        return node
    }

    private func mappings(_ section: TemplateNode?) -> [String: TemplateValue] {
        // Mappings hold plain values: what they are looked up with is resolved, they are not.
        let resolver = Resolver(problems: problems, pseudo: pseudo, parameters: [:], mappings: [:], conditions: [:])
        var mappings: [String: TemplateValue] = [:]
        for entry in section?.entries ?? [] {
            for inner in entry.value.entries ?? [] where inner.value.entries == nil {
                problems.add("\(entry.key).\(inner.key) is a map of values", at: inner.keyPosition)
            }
            if entry.value.entries == nil {
                problems.add("mapping \(entry.key) is a map of maps", at: entry.keyPosition)
            } else if let value = resolver.resolve(entry.value).value {
                mappings[entry.key] = value
            }
        }
        return mappings
    }

    private func checkGlobals(_ section: TemplateNode?) {
        for entry in section?.entries ?? [] {
            guard Globals.sections.contains(entry.key) else {
                problems.add(
                    "Globals has no section \(entry.key)", at: entry.keyPosition, misspelt: entry.key,
                    candidates: Globals.sections)
                continue
            }
            if entry.value.entries == nil, !entry.value.isNull {
                problems.add("Globals.\(entry.key) is a map, not \(entry.value.kindName)", at: entry.value.position)
            }
            guard entry.key == "Function" else { continue }
            for key in entry.value.entries ?? [] where !Globals.functionKeys.contains(key.key) {
                problems.add(
                    "Globals.Function has no property \(key.key)", at: key.keyPosition, misspelt: key.key,
                    candidates: Globals.functionKeys)
            }
        }
    }

    private func outputs(_ section: TemplateNode?, _ resolver: Resolver) -> [TemplateOutput] {
        let keys = ["Value", "Description", "Export", "Condition"]
        return (section?.entries ?? []).compactMap { entry in
            guard let parts = entry.value.entries else {
                problems.add("an output is a map with a Value, not \(entry.value.kindName)", at: entry.value.position)
                return nil
            }
            for part in parts where !keys.contains(part.key) {
                problems.add(
                    "an output has no key \(part.key)", at: part.keyPosition, misspelt: part.key, candidates: keys)
            }
            guard let node = entry.value["Value"] else {
                problems.add("output \(entry.key) needs a Value", at: entry.keyPosition)
                return nil
            }
            if let condition = entry.value["Condition"], let name = plainText(condition),
                resolver.holds(name, at: condition.position) == false
            {
                return nil
            }
            var exportName: String?
            if let export = entry.value["Export"] {
                exportName = export["Name"].flatMap { resolver.resolve($0).value?.text }
                if export["Name"] == nil { problems.add("Export needs a Name", at: export.position) }
            }
            guard let value = resolver.resolve(node).value else { return nil }
            return TemplateOutput(
                name: entry.key, value: value,
                description: entry.value["Description"].flatMap { resolver.resolve($0).value?.text },
                exportName: exportName)
        }
    }

    private func plainText(_ node: TemplateNode?) -> String? {
        guard let node else { return nil }
        if case .scalar(let text, _) = node.kind, node.tag == nil { return text }
        problems.add("a text is wanted here, not \(node.tag ?? node.kindName)", at: node.position)
        return nil
    }
}
