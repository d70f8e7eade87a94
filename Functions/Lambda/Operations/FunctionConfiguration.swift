import FunctionRuntime
import MailTypes

/// The members of CreateFunction and UpdateFunctionConfiguration that configure a function, checked.
struct FunctionConfiguration {
    /// Octets of all environment variables, as they are measured (reference/functions.md §1.7).
    static let environmentOctets = 4096
    static let layersMax = 5

    /// Names that the service sets itself (reference/functions.md §1.5).
    private static let reserved: Set<String> = [
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
    ]

    /// Runtimes that the API knows by name; the host says which of them run here.
    static let runtimes = [
        "nodejs16.x", "nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x", "python3.8", "python3.9", "python3.10",
        "python3.11", "python3.12", "python3.13", "python3.14", "java8.al2", "java11", "java17", "java21", "java25",
        "dotnet6", "dotnet8", "dotnet10", "ruby3.2", "ruby3.3", "ruby3.4", "provided.al2", "provided.al2023",
    ]

    let call: LambdaCall
    let input: LambdaInput

    /// The function with what the input says in place of what it had. What it does not name stays.
    func applied(to function: LambdaFunction) async throws -> LambdaFunction {
        var new = function
        if let role = try input.text("Role") {
            guard Self.isRole(role) else {
                throw LambdaFailure.pattern(
                    "role", role, #"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"#)
            }
            new.role = role
        }
        if let runtime = try input.text("Runtime") {
            guard Self.runtimes.contains(runtime) else {
                throw LambdaFailure(
                    .invalidParameter,
                    "Value \(runtime) at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
                        + "[\(Self.runtimes.joined(separator: ", "))] or be a valid ARN")
            }
            new.runtime = runtime
        }
        if let handler = try input.text("Handler", upTo: 128) {
            guard !handler.isEmpty, handler.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
                throw LambdaFailure.pattern("handler", handler, #"[^\s]+"#)
            }
            new.handler = handler
        }
        new.description = try input.text("Description", upTo: 256) ?? new.description
        new.timeoutSeconds = try input.integer("Timeout", 1...900) ?? new.timeoutSeconds
        new.memoryMB = try input.integer("MemorySize", 128...10_240) ?? new.memoryMB
        new.ephemeralMB =
            try input.structure("EphemeralStorage")?.integer("Size", 512...10_240) ?? new.ephemeralMB
        if let environment = try input.structure("Environment") {
            new.environment = try Self.checked(environment.map("Variables") ?? [:])
        }
        if let architectures = try input.texts("Architectures", upTo: 1) {
            guard architectures.allSatisfy({ $0 == "x86_64" || $0 == "arm64" }) else {
                throw LambdaFailure.constraint(
                    "architectures", architectures.joined(), "Member must satisfy enum value set: [x86_64, arm64]")
            }
            if !architectures.isEmpty { new.architectures = architectures }
        }
        if let logging = try input.structure("LoggingConfig") {
            new.logFormat = try logging.word("LogFormat", ["JSON", "Text"]) ?? new.logFormat
            new.logLevel = try logging.word("ApplicationLogLevel", LambdaFunction.logLevels)
            if let group = try logging.text("LogGroup", upTo: 512) {
                guard Self.isLogGroup(group) else {
                    throw LambdaFailure.pattern("loggingConfig.logGroup", group, #"[\.\-_/#A-Za-z0-9]+"#)
                }
                new.logGroup = group
            }
        }
        if let layers = try input.texts("Layers", upTo: Self.layersMax) { new.layers = try await self.layers(layers) }
        return new
    }

    /// What is kept to be shown: it changes nothing about how functions run here.
    func shown(_ old: [String: JSONValue]) throws -> [String: JSONValue] {
        var shown = old
        if let mode = try input.structure("TracingConfig")?.word("Mode", ["Active", "PassThrough"]) {
            shown["TracingConfig"] = ["Mode": .string(mode)]
        }
        if let network = try input.structure("VpcConfig") {
            let subnets = try network.texts("SubnetIds", upTo: 16) ?? []
            let groups = try network.texts("SecurityGroupIds", upTo: 5) ?? []
            let configuration: JSONValue = [
                "SubnetIds": .array(subnets.map { .string($0) }),
                "SecurityGroupIds": .array(groups.map { .string($0) }), "VpcId": "",
            ]
            shown["VpcConfig"] = subnets.isEmpty ? Optional.none : configuration
        }
        if let key = try input.text("KMSKeyArn", upTo: 2048) {
            shown["KMSKeyArn"] = key.isEmpty ? Optional.none : .string(key)
        }
        if let apply = try input.structure("SnapStart")?.word("ApplyOn", ["PublishedVersions", "None"]) {
            shown["SnapStart"] = ["ApplyOn": .string(apply), "OptimizationStatus": "Off"]
        }
        if let logging = try input.structure("LoggingConfig") {
            shown["SystemLogLevel"] = try logging.word("SystemLogLevel", ["DEBUG", "INFO", "WARN"]).map { .string($0) }
        }
        return shown
    }

    /// The new dead letter target: nil when the input does not speak of it, "" to have none.
    func deadLetterTarget() throws -> String? {
        guard let configuration = try input.structure("DeadLetterConfig") else { return nil }
        let target = try configuration.text("TargetArn", upTo: 1024) ?? ""
        guard target.isEmpty || target.hasPrefix("arn:") else {
            throw LambdaFailure.pattern(
                "deadLetterConfig.targetArn", target, #"(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"#)
        }
        return target
    }

    private static func checked(_ variables: [String: String]) throws -> [String: String] {
        for name in variables.keys where !isVariableName(name) {
            throw LambdaFailure.pattern("environment.variables", name, "[a-zA-Z]([a-zA-Z0-9_])+")
        }
        let taken = variables.keys.filter(reserved.contains).sorted()
        guard taken.isEmpty else {
            throw LambdaFailure(
                .invalidParameter,
                "Lambda was unable to configure your environment variables because the environment variables you have "
                    + "provided contains reserved keys that are currently not supported for modification. "
                    + "Reserved keys used in this request: \(taken.joined(separator: ", "))")
        }
        guard variables.reduce(0, { $0 + $1.key.utf8.count + $1.value.utf8.count }) <= environmentOctets else {
            let measured = variables.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\"…\"" }.joined(separator: ",")
            throw LambdaFailure(
                .invalidParameter,
                "Lambda was unable to configure your environment variables because the environment variables you have "
                    + "provided exceeded the 4KB limit. String measured: {\(measured)}")
        }
        return variables
    }

    /// The layers' code; each must be there.
    private func layers(_ arns: [String]) async throws -> [LambdaLayer] {
        var layers: [LambdaLayer] = []
        for arn in arns {
            guard let reference = LayerReference(arn), let number = reference.number else {
                throw LambdaFailure.pattern(
                    "layers", arn, #"arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+"#)
            }
            guard let layer = try await call.registry.layer(reference.name, number) else {
                throw LambdaFailure(.invalidParameter, "Layer version \(arn) does not exist.")
            }
            layers.append(LambdaLayer(arn: arn, code: layer.code))
        }
        return layers
    }

    private static func isVariableName(_ text: String) -> Bool {
        text.utf8.first?.isASCIILetter == true && text.utf8.count >= 2
            && text.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x5F } || reserved.contains(text)
    }

    private static func isLogGroup(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || ".-_/#".utf8.contains($0) }
    }

    /// `arn:aws:iam::000000000000:role/service/name`.
    private static func isRole(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws"), parts[2] == "iam", parts[3].isEmpty,
            parts[4].utf8.count == 12, parts[4].utf8.allSatisfy(\.isASCIIDigit), parts[5].hasPrefix("role")
        else { return false }
        let name = parts[5].dropFirst(4)
        return name.utf8.count > 1
            && name.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || "+=,.@-_/".utf8.contains($0) }
    }
}
