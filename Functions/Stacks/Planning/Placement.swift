import MailTypes
import Templates

/// What a plan has to know besides the template: what was built, what is published here, where "here" is.
public struct Placement: Sendable {
    public var region: String
    public var account: String
    /// Built zips by logical id, as SHA-256 in base64.
    public var builds: [String: String]
    /// Zips that stand for layers of other accounts, by the layers' ARN.
    public var mappedLayers: [String: String]
    /// Layer versions that are published here, by ARN.
    public var publishedLayers: [String: String]
    /// Numbers that layers' next versions have, by the layer's name; 1 for those that are not named.
    public var nextLayerNumbers: [String: Int] = [:]
    /// Why functions of a runtime cannot run here, by runtime.
    public var runtimeProblems: [String: String] = [:]
    /// What runs functions of a runtime whose own version is not installed, by runtime.
    public var substitutes: [String: String] = [:]
    /// Functions that exist here outside the stack.
    public var functions: Set<String>
    /// Leave out what this system does not run.
    public var skipsUnknown: Bool

    /// A place; what is left out is not there.
    public init(
        region: String = "us-east-1", account: String = "000000000000", builds: [String: String] = [:],
        mappedLayers: [String: String] = [:], publishedLayers: [String: String] = [:], functions: Set<String> = [],
        skipsUnknown: Bool = false
    ) {
        self.region = region
        self.account = account
        self.builds = builds
        self.mappedLayers = mappedLayers
        self.publishedLayers = publishedLayers
        self.functions = functions
        self.skipsUnknown = skipsUnknown
    }

    func functionARN(_ name: String) -> String { "arn:aws:lambda:\(region):\(account):function:\(name)" }
    func roleARN(_ name: String) -> String { "arn:aws:iam::\(account):role/\(name)" }
}
