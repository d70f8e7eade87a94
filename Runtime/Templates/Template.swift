import MailTypes

/// A template that was read, resolved and found in order.
public struct Template: Sendable {
    /// The name it was loaded under, for messages about its values.
    public let file: String
    public let description: String?
    /// True when it names the SAM transform.
    public let usesServerlessTransform: Bool
    public let parameters: [TemplateParameter]
    /// Those whose condition holds, in the order of the template.
    public let resources: [TemplateResource]
    public let outputs: [TemplateOutput]
    /// Resources of type `Mailroom::Function`.
    public let functions: [FunctionDeclaration]
    /// Resources of type `Mailroom::Queue`.
    public let queues: [QueueDeclaration]
    /// Resources of type `Mailroom::Endpoint`.
    public let endpoints: [EndpointDeclaration]
    /// Where it was loaded for.
    let pseudo: PseudoParameters

    /// Resources that are none of ours, for the one who deploys them or says that nobody does.
    public var foreignResources: [TemplateResource] { resources.filter { !$0.type.hasPrefix("Mailroom::") } }

    /// Reads a template in YAML or JSON, resolves it, and checks all of it.
    /// - Parameter file: the name that stands before line and column in problems.
    /// - Parameter parameters: values for the template's Parameters; the others have their Default.
    /// - Parameter previous: values of an earlier deploy, which stand where none is given now. Names that the template no
    ///   longer has are no problem.
    /// - Parameter handlers: names of the built-in handlers; nil accepts any.
    /// - Parameter hidesSecrets: the template as people may see it: `****` stands where a NoEcho parameter would.
    /// - Throws: every problem at once.
    public static func load(
        _ octets: Octets, file: String, parameters: [String: String] = [:], previous: [String: String] = [:],
        pseudo: PseudoParameters = .init(), handlers: [String]? = nil, hidesSecrets: Bool = false
    ) throws(TemplateProblems) -> Template {
        let problems = ProblemCollector(file: file)
        let loader = TemplateLoader(
            problems: problems, given: parameters, previous: previous, pseudo: pseudo, handlers: handlers,
            hidesSecrets: hidesSecrets)
        let template = loader.load(octets, file: file)
        if let found = problems.result { throw found }
        guard let template else {
            preconditionFailure("a template that cannot be read has a problem that says why")
        }
        return template
    }

    /// The stack's name.
    public var stackName: String { pseudo.stackName }

    /// What `Ref` gives for a resource of this template.
    public func reference(of resource: TemplateResource) -> String {
        ResourceNames.reference(resource.type, resource.logicalID, name: resource.physicalName, pseudo)
    }

    /// The name of something that the template implies, as references to it by this logical id give it.
    public func name(of logicalID: String, type: String = "") -> String {
        ResourceNames.made(for: logicalID, type, pseudo)
    }

    /// A problem with a value of this template, found by whoever reads it: `settings` of a function, for example.
    public func problem(_ message: String, at position: SourcePosition, suggestion: String? = nil) -> TemplateProblem {
        TemplateProblem(
            file: file, line: position.line, column: position.column, message: message, suggestion: suggestion)
    }
}
