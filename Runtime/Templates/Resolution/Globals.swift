/// Merges what Globals say into a resource's properties: maps deeply, lists appended with Globals first, everything
/// else replaced by the resource (reference/functions.md §3.1).
enum Globals {
    static let sections = ["Api", "Function", "HttpApi", "LayerVersion", "SimpleTable", "StateMachine"]

    /// Properties that a function may take from Globals.
    static let functionKeys = [
        "Handler", "Runtime", "CodeUri", "DeadLetterQueue", "Description", "MemorySize", "Timeout", "VpcConfig",
        "Environment", "Tags", "Tracing", "KmsKeyArn", "AutoPublishAlias", "AutoPublishAliasAllProperties", "Layers",
        "DeploymentPreference", "RolePath", "PermissionsBoundary", "ReservedConcurrentExecutions",
        "ProvisionedConcurrencyConfig", "AssumeRolePolicyDocument", "EventInvokeConfig", "Architectures",
        "EphemeralStorage", "SnapStart", "RuntimeManagementConfig", "LoggingConfig", "FileSystemConfigs",
        "RecursiveLoop", "Settings",
    ]

    /// What of them a built-in function knows.
    static let builtInKeys = ["Description", "Timeout", "ReservedConcurrentExecutions", "Settings"]

    /// The section a type takes from.
    static func section(of type: String) -> String? {
        switch type {
        case "Mailroom::Function", "AWS::Serverless::Function": "Function"
        case "AWS::Serverless::Api": "Api"
        case "AWS::Serverless::HttpApi": "HttpApi"
        case "AWS::Serverless::LayerVersion": "LayerVersion"
        case "AWS::Serverless::SimpleTable": "SimpleTable"
        case "AWS::Serverless::StateMachine": "StateMachine"
        default: nil
        }
    }

    /// The properties of a resource with those of its section.
    static func merge(
        _ globals: TemplateNode?, into properties: TemplateNode?, of type: String, at position: SourcePosition
    )
        -> TemplateNode?
    {
        guard let section = section(of: type), var common = globals?[section]?.entries else { return properties }
        if type == "Mailroom::Function" { common.removeAll { !builtInKeys.contains($0.key) } }
        // `Settings` is for built-in functions alone.
        if type == "AWS::Serverless::Function" { common.removeAll { $0.key == "Settings" } }
        let base = TemplateNode(.mapping(common), at: position)
        return properties.map { merge(base, $0) } ?? base
    }

    private static func merge(_ common: TemplateNode, _ own: TemplateNode) -> TemplateNode {
        if let left = common.entries, let right = own.entries, !isCall(left), !isCall(right) {
            var merged = left.map { entry in
                guard let mine = right.first(where: { $0.key == entry.key }) else { return entry }
                return TemplateNode.Entry(
                    key: mine.key, keyPosition: mine.keyPosition, value: merge(entry.value, mine.value))
            }
            let known = Set(left.map(\.key))
            merged += right.filter { !known.contains($0.key) }
            return TemplateNode(.mapping(merged), at: own.position)
        }
        if let left = common.elements, let right = own.elements {
            return TemplateNode(.sequence(left + right), at: own.position)
        }
        return own
    }

    private static func isCall(_ entries: [TemplateNode.Entry]) -> Bool {
        entries.count == 1 && (entries[0].key == "Ref" || entries[0].key.hasPrefix("Fn::"))
    }
}
