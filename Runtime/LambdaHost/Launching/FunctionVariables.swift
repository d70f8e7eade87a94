import FunctionRuntime
import MailTypes

/// The environment of a function's process: these variables and nothing of the host's own (reference/functions.md §1.5).
struct FunctionVariables {
    let function: LambdaFunction
    let placement: Placement
    let kind: RuntimeKind
    let runtimeAPI: String
    let key: AccessKey
    let region: String
    let logStream: String
    let endpointURL: String?
    /// The channel's, and behind it the event count's.
    let channelDescriptors: Range<Int>

    /// Name and value, sorted by name.
    var list: [(name: String, value: String)] {
        var all = defaults
        // The template's may replace defaults, and nothing else.
        for (name, value) in function.environment where !name.isEmpty && !name.utf8.contains(0x3D) { all[name] = value }
        for (name, value) in fixed { all[name] = value }
        return all.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }

    private static func paths(_ parts: [String]) -> String { parts.joined(separator: ":") }

    private var defaults: [String: String] {
        var all = Self.places(placement, kind)
        all["AWS_XRAY_CONTEXT_MISSING"] = "LOG_ERROR"
        // Calls of this system's own endpoint go straight to it, whatever proxy a function is given.
        (all["NO_PROXY"], all["no_proxy"]) = ("127.0.0.1,localhost", "127.0.0.1,localhost")
        if let endpointURL { all["AWS_ENDPOINT_URL"] = endpointURL }
        return all
    }

    /// What an interpreter reads while it starts: the same for all functions of a runtime, unless the template says otherwise.
    static func places(_ placement: Placement, _ kind: RuntimeKind) -> [String: String] {
        func optional(_ path: String) -> [String] { placement.optionals.map { "\($0)/\(path)" } }
        var all = [
            "TZ": ":UTC", "LANG": "en_US.UTF-8",
            "PATH": paths(["/var/lang/bin", "/usr/local/bin", "/usr/bin/", "/bin"] + optional("bin")),
            "LD_LIBRARY_PATH": paths(
                ["\(placement.runtimeFolder)/lib", placement.taskRoot, "\(placement.taskRoot)/lib"] + optional("lib")),
        ]
        switch kind {
        case .python(let version):
            let layers =
                placement.isolation == .plain
                ? optional("python/lib/python\(version)/site-packages") + optional("python") : []
            all["PYTHONPATH"] = paths(layers + [placement.runtimeFolder])
        case .node(let version):
            all["NODE_PATH"] = paths(
                optional("nodejs/node\(version)/node_modules") + optional("nodejs/node_modules") + [
                    "\(placement.runtimeFolder)/node_modules", placement.runtimeFolder, placement.taskRoot,
                ])
        case .provided: break
        }
        return all
    }

    private var fixed: [String: String] {
        var all = [
            "_HANDLER": function.handler, "AWS_LAMBDA_RUNTIME_API": runtimeAPI,
            "LAMBDA_TASK_ROOT": placement.taskRoot, "LAMBDA_RUNTIME_DIR": placement.runtimeFolder,
            "AWS_REGION": region, "AWS_DEFAULT_REGION": region, "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": function.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": String(function.memoryMB),
            "AWS_LAMBDA_LOG_GROUP_NAME": function.logGroup, "AWS_LAMBDA_LOG_STREAM_NAME": logStream,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_ACCESS_KEY_ID": key.id,
            "AWS_SECRET_ACCESS_KEY": key.secret.reveal(),
        ]
        if let token = key.sessionToken { all["AWS_SESSION_TOKEN"] = token.reveal() }
        if case .provided = kind {} else { all["AWS_EXECUTION_ENV"] = "AWS_Lambda_\(function.runtime)" }
        // For our bootstrap, which takes it out.
        if !channelDescriptors.isEmpty {
            all["_MAILROOM_CHANNEL"] = channelDescriptors.map(String.init).joined(separator: ",")
        }
        if function.logFormat == "JSON" {
            (all["AWS_LAMBDA_LOG_FORMAT"], all["AWS_LAMBDA_LOG_LEVEL"]) = ("JSON", function.logLevel ?? "INFO")
        }
        return all
    }
}
