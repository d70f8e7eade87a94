/// What a template may ask of the place it is deployed to (`AWS::Region` and so on).
public struct PseudoParameters: Sendable, Hashable {
    public var region: String
    public var accountID: String
    public var stackName: String
    /// The stack's identity: names made for its resources depend on it, so that they stay over later deploys.
    public var stackID: String
    public var partition: String
    public var urlSuffix: String
    public var notificationARNs: [String]
    /// What other stacks export, for `Fn::ImportValue`.
    public var exports: [String: String]
    /// Values of the Parameter Store by name, for parameters of type `AWS::SSM::Parameter::Value<…>`.
    public var storedParameters: [String: String]
    /// Versions of the stack's layers by logical id; 1 for those that are not named. A layer whose content changes gets
    /// another version, and what refers to it follows.
    public var layerVersions: [String: Int]

    /// Pseudo parameters; what is left out has the value of a local system.
    public init(
        region: String = "us-east-1", accountID: String = "000000000000", stackName: String = "mailroom",
        stackID: String? = nil, partition: String = "aws", urlSuffix: String = "amazonaws.com",
        notificationARNs: [String] = [], exports: [String: String] = [:], storedParameters: [String: String] = [:],
        layerVersions: [String: Int] = [:]
    ) {
        self.region = region
        self.accountID = accountID
        self.stackName = stackName
        self.stackID = stackID ?? "arn:\(partition):cloudformation:\(region):\(accountID):stack/\(stackName)"
        self.partition = partition
        self.urlSuffix = urlSuffix
        self.notificationARNs = notificationARNs
        self.exports = exports
        self.storedParameters = storedParameters
        self.layerVersions = layerVersions
    }

    static let names = [
        "AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region", "AWS::StackId",
        "AWS::StackName", "AWS::URLSuffix",
    ]

    /// The value of one; nil for another name. `AWS::NoValue` has none and is the caller's.
    func value(_ name: String, at position: SourcePosition) -> TemplateValue? {
        let text: String
        switch name {
        case "AWS::Region": text = region
        case "AWS::AccountId": text = accountID
        case "AWS::StackName": text = stackName
        case "AWS::StackId": text = stackID
        case "AWS::Partition": text = partition
        case "AWS::URLSuffix": text = urlSuffix
        case "AWS::NotificationARNs":
            return TemplateValue(.list(notificationARNs.map { TemplateValue(.string($0), at: position) }), at: position)
        default: return nil
        }
        return TemplateValue(.string(text), at: position)
    }
}
