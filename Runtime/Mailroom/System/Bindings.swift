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
    /// Triggers in words, for people.
    let triggers: [FunctionName: [String]]
    let outputs: [(name: String, value: String)]
    /// What stands in the template, for telling what a deploy changes: parameters and resources by name, each with what is set
    /// in it, by its path; a parameter has one value with an empty path.
    let facts: [String: [String: String]]

    /// Nothing bound.
    static let none = Bindings(
        deployment: Deployment(number: 0, functions: []), router: HTTPRouter([]), endpoints: EndpointSettings(),
        triggers: [:],
        outputs: [], facts: [:])

    /// Reads, checks and binds a template. Refuses with every problem at once.
    static func make(_ stored: StoredDeployment, for system: MailSystem, file: String = "deployed template") throws
        -> Bindings
    {
        let template: Template
        do throws(TemplateProblems) {
            template = try Template.load(
                stored.template, file: file, parameters: stored.parameters,
                pseudo: PseudoParameters(
                    region: system.settings.region, accountID: system.settings.account, stackName: stored.stack),
                handlers: HandlerRegistry.names)
        } catch {
            throw Problems(lines: error.problems.map(\.description))
        }
        var builder = BindingsBuilder(template, number: stored.number, system: system)
        let bindings = builder.build()
        guard builder.problems.isEmpty else { throw Problems(lines: builder.problems.map(\.description)) }
        return bindings
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
