import FunctionRuntime
import MailTypes
import Templates

extension Expansion {
    private static let known = [
        "FunctionName", "Handler", "Runtime", "CodeUri", "Code", "InlineCode", "Description", "MemorySize", "Timeout",
        "Role", "Policies", "Environment", "Events", "Tags", "AutoPublishAlias", "Layers",
        "ReservedConcurrentExecutions", "EventInvokeConfig", "Architectures", "EphemeralStorage", "LoggingConfig",
        "PackageType", "RolePath", "AssumeRolePolicyDocument",
    ]
    /// Accepted with one line (reference/functions.md §3.3).
    private static let ignored = [
        "VpcConfig", "DeploymentPreference", "Tracing", "TracingConfig", "KmsKeyArn", "ProvisionedConcurrencyConfig",
        "SnapStart", "DeadLetterQueue", "DeadLetterConfig", "RuntimeManagementConfig",
        "RecursiveLoop", "CodeSigningConfigArn", "PermissionsBoundary", "AutoPublishAliasAllProperties",
        "VersionDescription", "PublishToLatestPublished",
    ]

    /// `AWS::Serverless::Function` and `AWS::Lambda::Function`.
    func function(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        if resource.properties["PackageType"]?.text == "Image" {
            return notes.refuse(
                "\(reader.owner) is a container image, which Mailroom does not run", at: reader.place("PackageType"))
        }
        if let files = resource.properties["FileSystemConfigs"], files.list?.isEmpty != true {
            notes.refuse("\(reader.owner): functions have no file systems but /tmp here", at: files.position)
        }
        reader.expect(Self.known + ["FunctionUrlConfig", "FileSystemConfigs"], ignored: Self.ignored)
        let name = resource.physicalName
        if !FunctionReference.isName(name) {
            notes.problem(
                "the name \(name) of \(reader.owner) is no function name: 1 to 64 letters, digits, - and _",
                at: reader.place("FunctionName"))
        }
        let runtime = reader.text("Runtime", required: true) ?? ""
        if let problem = place.runtimeProblems[runtime] {
            notes.problem("\(reader.owner): \(problem)", at: reader.place("Runtime"))
        }
        if let substitute = place.substitutes[runtime] {
            notes.warn(
                "\(runtime) is not installed here: \(reader.owner) runs with \(substitute)", at: reader.place("Runtime")
            )
        }
        let isCustom = runtime.hasPrefix("provided")
        let handler = reader.text("Handler", required: !isCustom) ?? "bootstrap"
        if handler.utf8.count > 128 || handler.utf8.contains(.space) {
            notes.problem(
                "Handler of \(reader.owner) has at most 128 characters and no space", at: reader.place("Handler"))
        }
        var part = FunctionPart(name: name, runtime: runtime, handler: handler, role: role(of: resource, reader))
        part.description = reader.text("Description") ?? ""
        if part.description.utf8.count > 256 {
            notes.problem("Description of \(reader.owner) has at most 256 characters", at: reader.place("Description"))
        }
        part.timeoutSeconds = reader.integer("Timeout", in: 1...900) ?? 3
        part.memoryMB = reader.integer("MemorySize", in: 128...10_240) ?? 128
        part.ephemeralMB = reader.inner("EphemeralStorage")?.integer("Size", in: 512...10_240) ?? 512
        part.reservedConcurrency = reader.integer("ReservedConcurrentExecutions", in: 0...1000)
        part.environment = environment(reader)
        part.tags = reader.pairs("Tags")
        let architectures = reader.texts("Architectures")
        for name in architectures where name != "x86_64" && name != "arm64" {
            notes.problem(
                "Architectures of \(reader.owner) is x86_64 or arm64, not \(name)", at: reader.place("Architectures"))
        }
        if !architectures.isEmpty { part.architectures = architectures }
        if let logging = reader.inner("LoggingConfig") {
            part.logFormat = logging.choice("LogFormat", of: ["Text", "JSON"]) ?? "Text"
            part.logLevel = logging.choice("ApplicationLogLevel", of: LambdaFunction.logLevels)
            part.logGroup = logging.text("LogGroup")
        }
        part.layers = layers(of: reader)
        part.code = place.builds[resource.logicalID] ?? ""
        if !BuildRequest.all(of: template).contains(where: { $0.logicalID == resource.logicalID }) {
            notes.problem("\(reader.owner) names no code", at: reader.place("Code"))
        }
        add(resource, .function(part))
        var qualifier: String?
        if let alias = reader.text("AutoPublishAlias") {
            add(
                implicit: "\(resource.logicalID)Alias\(alias)", "AWS::Lambda::Alias", name: "\(name):\(alias)",
                .alias(AliasPart(function: name, alias: alias)))
            // Named as references to it name it, so that its number can take their place once it is known.
            add(
                implicit: "\(resource.logicalID)Version", "AWS::Lambda::Version",
                name: template.name(of: "\(resource.logicalID).Version"),
                .newestVersion(AliasPart(function: name, alias: alias)))
            qualifier = alias
        }
        if let settings = reader.inner("EventInvokeConfig") {
            add(
                implicit: "\(resource.logicalID)EventInvokeConfig", "AWS::Lambda::EventInvokeConfig", name: name,
                .invokeConfig(invokeConfig(settings, function: name, qualifier: qualifier)))
        }
        if let url = reader.inner("FunctionUrlConfig") { functionURL(url, of: resource.logicalID, (name, qualifier)) }
        for event in resource.properties["Events"]?.map?.entries ?? [] {
            self.event(event, of: resource, function: name, qualifier: qualifier)
        }
    }

    /// The role's ARN: the one named, or the one SAM makes for a function without.
    private func role(of resource: TemplateResource, _ reader: PropertyReader) -> String {
        if let arn = reader.text("Role") {
            if !arn.hasPrefix("arn:") {
                notes.problem(
                    "Role of \(reader.owner) is an ARN, not \(arn)", at: reader.place("Role"),
                    suggestion: "!GetAtt \(arn.split(separator: "-").dropFirst().first ?? "Role").Arn")
            }
            if let policies = resource.properties["Policies"] {
                notes.warn(
                    "Policies of \(reader.owner) have no effect beside a Role", at: policies.position)
            }
            return arn
        }
        guard resource.type == "AWS::Serverless::Function" else {
            notes.problem("\(reader.owner) needs Role", at: reader.position)
            return ""
        }
        let logicalID = resource.logicalID + "Role"
        let name = template.name(of: logicalID)
        let arn = place.roleARN(name)
        let given = policies(of: resource, reader)
        add(
            implicit: logicalID, "AWS::IAM::Role", name: name,
            .role(
                RolePart(
                    name: name, arn: arn, managed: ["AWSLambdaBasicExecutionRole"] + given.managed,
                    policies: given.documents)))
        return arn
    }

    private func environment(_ reader: PropertyReader) -> [String: String] {
        guard let inner = reader.inner("Environment") else { return [:] }
        let variables = inner.pairs("Variables")
        let size = variables.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        if size > 4096 {
            notes.problem(
                "the environment of \(reader.owner) has \(size) octets of names and values; 4096 is the limit",
                at: inner.place("Variables"))
        }
        for name in variables.keys.sorted() where Self.reserved.contains(name) {
            notes.problem("\(name) is a variable that only the host sets", at: inner.place("Variables"))
        }
        return variables
    }

    /// Reserved names of variables (reference/functions.md §1.5).
    private static let reserved: Set<String> = [
        "_HANDLER", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "AWS_REGION",
        "AWS_DEFAULT_REGION", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_EXECUTION_ENV", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN", "_X_AMZN_TRACE_ID",
    ]

    private func layers(of reader: PropertyReader) -> [LayerUse] {
        let elements = reader.list("Layers")
        if elements.count > 5 {
            notes.problem("\(reader.owner) has \(elements.count) layers; 5 is the limit", at: reader.place("Layers"))
        }
        return elements.compactMap { element in
            guard let arn = element.text else {
                notes.problem("Layers of \(reader.owner) holds ARNs", at: element.position)
                return nil
            }
            if let own = layers[arn] { return LayerUse(arn: arn, code: own.code) }
            if let code = place.mappedLayers[arn] ?? place.publishedLayers[arn] {
                return LayerUse(arn: arn, code: code)
            }
            let account = arn.split(separator: ":", omittingEmptySubsequences: false).dropFirst(4).first
            notes.problem(
                account.map(String.init) == place.account
                    ? "layer \(arn) is not published here"
                    : "layer \(arn) is of another account; give a folder or zip for it: --layer \(arn)=FOLDER",
                at: element.position)
            return nil
        }
    }
}
