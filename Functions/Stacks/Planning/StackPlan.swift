import MailTypes
import Templates

/// What a deploy would do: the stack as its template wants it, against the stack as it stands. A pure value; making one
/// changes nothing.
public struct StackPlan: Sendable {
    /// Everything that stands in the way, in the order of the lines; empty when it can be done.
    public var problems: [TemplateProblem] = []
    /// What is accepted without effect, a line each.
    public var warnings: [String] = []
    /// The stack as it is to be.
    public var resources: [StackResource] = []
    public var changes: [StackChange] = []
    public var outputs: [StackOutput] = []
    /// Values of parameters that do not have their default: those given now and those kept.
    public var parameters: [String: String] = [:]
    /// Values of all parameters, for people.
    public var shownParameters: [String: String] = [:]
    public var description: String?

    /// Makes a plan.
    /// - Parameter previous: values of parameters of the deploy before, for those not given now.
    public static func make(
        _ octets: Octets, file: String, parameters: [String: String], previous: [String: String],
        pseudo: PseudoParameters, current: [StackResource], at place: Placement
    ) -> StackPlan {
        var plan = StackPlan()
        var pseudo = pseudo
        pseudo.layerVersions = versions(of: current)
        do throws(TemplateProblems) {
            func read(hidesSecrets: Bool) throws(TemplateProblems) -> Template {
                try Template.load(
                    octets, file: file, parameters: parameters, previous: previous, pseudo: pseudo,
                    hidesSecrets: hidesSecrets)
            }
            func load() throws(TemplateProblems) -> Expansion {
                let template = try read(hidesSecrets: false)
                // Looking for a secret's text in what is shown would hide other texts that happen to hold it, and tell
                // by that what it is.
                let hasSecrets = template.parameters.contains(where: \.isSecret)
                let expansion = Expansion(
                    template, shown: hasSecrets ? try? read(hidesSecrets: true) : template, at: place)
                expansion.run()
                return expansion
            }
            var expansion = try load()
            // A layer with other content is another version, which every reference to it has to name.
            let next = nextVersions(expansion.resources, current, place)
            if next.contains(where: { pseudo.layerVersions[$0.key] ?? 1 != $0.value }) {
                pseudo.layerVersions = next
                expansion = try load()
            }
            plan.resources = expansion.resources
            plan.problems = expansion.notes.problems.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
            plan.warnings = expansion.notes.warnings + expansion.emptyOutputs
            plan.changes = StackChange.all(from: current, to: expansion.resources)
            plan.outputs = expansion.template.outputs.map { output in
                StackOutput(
                    name: output.name, value: expansion.shown(output),
                    description: output.description, exportName: output.exportName)
            }
            plan.description = expansion.template.description
            for parameter in expansion.template.parameters { plan.shownParameters[parameter.name] = parameter.shown }
            for parameter in expansion.template.parameters where !parameter.isDefault {
                plan.parameters[parameter.name] = parameters[parameter.name] ?? previous[parameter.name]
            }
        } catch {
            plan.problems = error.problems
        }
        return plan
    }

    private static func versions(of resources: [StackResource]) -> [String: Int] {
        var versions: [String: Int] = [:]
        for resource in resources {
            if case .layer(let layer) = resource.part { versions[resource.logicalID] = layer.version }
        }
        return versions
    }

    /// The version each layer has: the one it had while nothing of it changed, else the next that is free.
    private static func nextVersions(
        _ resources: [StackResource], _ current: [StackResource], _ place: Placement
    ) -> [String: Int] {
        var versions: [String: Int] = [:]
        for resource in resources {
            guard case .layer(let layer) = resource.part else { continue }
            let former = current.first { $0.logicalID == resource.logicalID }
            // Nothing was built yet: nothing is known to have changed.
            if let former, former.part == resource.part || layer.code.isEmpty && former.type == resource.type {
                versions[resource.logicalID] = layer.version
                continue
            }
            versions[resource.logicalID] = place.nextLayerNumbers[layer.name] ?? 1
        }
        return versions
    }
}

/// An output of a stack.
public struct StackOutput: Codable, Sendable, Hashable {
    public var name: String
    /// Without values that must not be echoed.
    public var value: String
    public var description: String?
    /// The name other stacks import it by.
    public var exportName: String?

    /// An output.
    public init(name: String, value: String, description: String?, exportName: String?) {
        (self.name, self.value) = (name, value)
        (self.description, self.exportName) = (description, exportName)
    }

    /// The output with the numbers that versions among these resources have by now.
    func naming(versionsOf resources: [StackResource]) -> StackOutput {
        var output = self
        for resource in resources {
            guard let placeholder = resource.versionPlaceholder, let number = resource.assigned else { continue }
            let parts = output.value.split(separator: placeholder, omittingEmptySubsequences: false)
            output.value = parts.joined(separator: number)
        }
        return output
    }
}
