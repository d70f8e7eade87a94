import MailTypes

/// Templates as they were deployed, so that a restart starts what ran before.
public protocol StackStore: Sendable {
    /// The newest deployment of a stack; nil when there is none.
    func currentDeployment(of stack: String) async throws(StoreFailure) -> StoredDeployment?
    /// The deployment of a number, of the last 20; nil when it is not kept.
    func deployment(_ number: Int, of stack: String) async throws(StoreFailure) -> StoredDeployment?
    /// Records a deployment; its number is one more than the last. Returns the number.
    func recordDeployment(of stack: String, template: Octets, parameters: [String: String], at now: Timestamp)
        async throws(StoreFailure) -> Int
    /// Names of all stacks with their newest deployment.
    func stacks() async throws(StoreFailure) -> [StoredDeployment]
}

/// A template with the parameters it was deployed with.
public struct StoredDeployment: Sendable, Codable, Hashable {
    public var stack: String
    public var number: Int
    public var template: Octets
    public var parameters: [String: String]
    public var deployedAt: Timestamp

    /// A deployment of these facts.
    public init(stack: String, number: Int, template: Octets, parameters: [String: String], deployedAt: Timestamp) {
        self.stack = stack
        self.number = number
        self.template = template
        self.parameters = parameters
        self.deployedAt = deployedAt
    }
}
