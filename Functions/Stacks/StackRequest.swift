import MailTypes

/// A deploy as it is asked for.
public struct StackRequest: Sendable {
    public var stack: String
    /// The name that stands before line and column in problems.
    public var file: String
    public var template: Octets
    /// Values given now; others keep what they had.
    public var parameters: [String: String]
    /// Zips built by whoever has the files, by logical id, as SHA-256 in base64.
    public var builds: [String: String]
    /// Zips that stand for layers of other accounts, by ARN, as SHA-256 in base64.
    public var mappedLayers: [String: String]
    /// Leave out what this system does not run, instead of refusing the template.
    public var skipsUnknown: Bool
    public var isDryRun: Bool
    /// Whether parameters that are not given keep the value of the deploy before.
    public var keepsParameters = true

    /// A request; what is left out is not there.
    public init(
        stack: String, file: String, template: Octets, parameters: [String: String] = [:],
        builds: [String: String] = [:], mappedLayers: [String: String] = [:], skipsUnknown: Bool = false,
        isDryRun: Bool = false
    ) {
        self.stack = stack
        self.file = file
        self.template = template
        self.parameters = parameters
        self.builds = builds
        self.mappedLayers = mappedLayers
        self.skipsUnknown = skipsUnknown
        self.isDryRun = isDryRun
    }
}

/// What came of a deploy.
public struct StackOutcome: Sendable {
    /// Lines that say what stands in the way; the stack is as it was then.
    public var problems: [String] = []
    public var warnings: [String] = []
    public var changes: [StackChange] = []
    public var outputs: [StackOutput] = []
    /// The deploy's number; the former one when nothing changed; 0 for a dry run of a new stack.
    public var number = 0
    /// ARNs of the functions that flow rules may call, by logical id.
    public var ruleFunctions: [(logicalID: String, arn: String)] = []
    /// What somebody has to build before the deploy, as `Stacks.prepare` says it.
    public var builds: [BuildRequest] = []
}

/// Why a stack cannot be changed: one sentence with the next step.
public struct StackFailure: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable { case invalid, notFound, conflict }

    public var code: Code
    public var sentence: String
    public var description: String { sentence }

    /// A failure.
    public init(_ code: Code, _ sentence: String) { (self.code, self.sentence) = (code, sentence) }
}
