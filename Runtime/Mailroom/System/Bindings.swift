import FunctionRuntime
import HTTP
import MailTypes
import Templates

/// Everything one deployment decides: functions and triggers, routes, limits. A value: a redeploy makes a new one.
struct Bindings: Sendable {
    /// Why a template was refused, a line for each problem.
    struct Problems: Error, Sendable {
        let lines: [String]
    }

    let deployment: Deployment
    let router: HTTPRouter
    let endpoints: EndpointSettings
    /// How mail leaves; nil where nothing is bound that hands it on.
    let outside: OutsideSettings?
    /// Triggers in words, for people.
    let triggers: [FunctionName: [String]]
    let outputs: [(name: String, value: String)]
    /// What stands in the template, for telling what a deploy changes: parameters and resources by name, each with what is set
    /// in it, by its path; a parameter has one value with an empty path.
    let facts: [String: [String: String]]

    /// Nothing bound.
    static let none = Bindings(
        deployment: Deployment(number: 0, functions: []), router: HTTPRouter([]), endpoints: EndpointSettings(),
        outside: nil, triggers: [:],
        outputs: [], facts: [:])

    /// Reads, checks and binds a template. Refuses with every problem at once.
    static func make(_ stored: StoredDeployment, for system: MailSystem, file: String = "deployed template") throws
        -> Bindings
    {
        try make(stored, previous: [:], for: system, file: file).0
    }

    /// The same where parameters that are not given keep the value of the deploy before.
    /// - Returns: also the values that hold from now on, as a later deploy takes them.
    static func make(
        _ stored: StoredDeployment, previous: [String: String], for system: MailSystem, file: String
    ) throws -> (Bindings, parameters: [String: String]) {
        let template: Template
        do throws(TemplateProblems) {
            template = try Template.load(
                stored.template, file: file, parameters: stored.parameters, previous: previous,
                pseudo: PseudoParameters(
                    region: system.settings.region, accountID: system.settings.account, stackName: stored.stack),
                handlers: HandlerRegistry.names)
        } catch {
            throw Problems(lines: error.problems.map(\.description))
        }
        var builder = BindingsBuilder(template, number: stored.number, system: system)
        let bindings = builder.build()
        guard builder.problems.isEmpty else { throw Problems(lines: builder.problems.map(\.description)) }
        let kept = previous.filter { name, _ in template.parameters.contains { $0.name == name } }
        return (bindings, kept.merging(stored.parameters) { $1 })
    }

    /// What is different from another deployment, a line for each difference.
    func changes(from old: Bindings) -> [String] {
        let names = Set(facts.keys).union(old.facts.keys).sorted()
        return names.flatMap { name -> [String] in
            switch (old.facts[name], facts[name]) {
            case (nil, let new?): ["+ \(name)\(new[""].map { "  \($0)" } ?? "")"]
            case (_?, nil): ["- \(name)"]
            case (let was?, let new?): Self.changes(of: name, from: was, to: new)
            case (nil, nil): []
            }
        }
    }

    private static func changes(of name: String, from was: [String: String], to new: [String: String]) -> [String] {
        Set(was.keys).union(new.keys).sorted().filter { was[$0] != new[$0] }.map { path in
            "~ \(name)  \(path.isEmpty ? "" : path + "  ")\(was[path] ?? "nothing") -> \(new[path] ?? "nothing")"
        }
    }
}
