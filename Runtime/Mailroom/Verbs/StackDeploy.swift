import FunctionRuntime
import MailTypes

/// One `mailroom deploy`: looks, builds, uploads, deploys, tells.
struct StackDeploy {
    private let arguments: Arguments
    /// Nil for a rollback that names its stack.
    private let path: String?
    private let stack: String
    private let template: Octets
    private var parameters = JSONObject()

    init(_ arguments: Arguments) throws(Refusal) {
        self.arguments = arguments
        let isRollback = arguments.has("rollback")
        if isRollback, arguments.operands.isEmpty, arguments["stack"] == nil {
            throw .usage("--rollback needs a stack", hint: "mailroom deploy --stack NAME --rollback")
        }
        path = isRollback ? arguments.operands.first : try arguments.operand(0, "the template")
        template = try path.map { path throws(Refusal) in try File.read(path) } ?? []
        let config = path.map { SamConfig.beside($0) } ?? SamConfig()
        if let given = arguments["stack"] {
            stack = given
        } else if Self.isSystems(template) {
            stack = MailSystem.stack
        } else if let configured = config.stack {
            stack = configured
        } else if let synthesized = Self.assemblyName(of: path ?? "") {
            stack = synthesized
        } else {
            stack = try Self.folderName(of: path ?? "")
        }
        for (name, value) in config.parameters { parameters[name] = .string(value) }
        for assignment in arguments.all("parameter") {
            guard let equals = assignment.firstIndex(of: "=") else {
                throw .usage("--parameter takes KEY=VALUE", hint: "--parameter ContentMax=20MiB")
            }
            parameters[String(assignment[..<equals])] = .string(String(assignment[assignment.index(after: equals)...]))
        }
    }

    /// Deploys. Nothing is changed when it refuses.
    func run() throws(Refusal) -> Int32 {
        let api = try API(arguments)
        if arguments.has("rollback") {
            let answer = try api.mailroom(
                "Deploy", ["Stack": .string(stack), "Rollback": true, "DryRun": .bool(arguments.has("dry-run"))])
            return try tell(answer)
        }
        var request = JSONObject()
        request["Stack"] = .string(stack)
        request["File"] = .string(path ?? "")
        request["Template"] = .string(template.text)
        request["Parameters"] = .object(parameters)
        request["SkipUnknown"] = .bool(arguments.has("skip-unknown"))
        if stack != MailSystem.stack { try build(&request, api) }
        request["DryRun"] = .bool(arguments.has("dry-run"))
        return try tell(try api.mailroom("Deploy", .object(request)))
    }

    /// Has the system look at the template, then builds and uploads what it names.
    private func build(_ request: inout JSONObject, _ api: API) throws(Refusal) {
        let builder = try Builder(arguments)
        var products: [(String, Builder.Product)] = []
        var layers = JSONObject()
        for assignment in arguments.all("layer") {
            guard let equals = assignment.firstIndex(of: "=") else {
                throw .usage("--layer takes ARN=FOLDER", hint: "--layer arn:aws:lambda:…:layer:name:1=layers/name")
            }
            let arn = String(assignment[..<equals])
            let product = try builder.build(
                CodeBuild(layer: arn, path: String(assignment[assignment.index(after: equals)...])))
            layers[arn] = .string(product.digest)
            products.append((arn, product))
        }
        request["Layers"] = .object(layers)
        let answer = try api.mailroom("PrepareDeploy", .object(request))
        try refuse(answer)
        var builds = JSONObject()
        for json in answer["Builds"]?.array ?? [] {
            let build = CodeBuild(json, beside: path ?? "")
            let product = try builder.build(build)
            builds[build.logicalID] = .string(product.digest)
            products.append((build.logicalID, product))
        }
        request["Builds"] = .object(builds)
        guard !arguments.has("dry-run") else { return }
        for (name, product) in products { try api.upload(product, of: name) }
    }

    private func refuse(_ answer: JSONValue) throws(Refusal) {
        guard let problems = answer["Problems"]?.array, !problems.isEmpty else { return }
        for problem in problems { Output.complain(problem.string ?? "") }
        throw .failed(
            "\(path ?? stack) was not deployed: \(problems.count) problem(s)",
            next: "mend the lines above; the system runs on as it was")
    }

    private func tell(_ answer: JSONValue) throws(Refusal) -> Int32 {
        try refuse(answer)
        for warning in answer["Warnings"]?.array ?? [] { Output.complain("note: \(warning.string ?? "")") }
        if arguments.has("json") {
            Output.print(answer.text)
            return 0
        }
        for change in answer["Changes"]?.array ?? [] { Output.print("  \(change.string ?? "")") }
        if answer["Changes"]?.array?.isEmpty ?? true { Output.print("  nothing changes") }
        if arguments.has("dry-run") {
            Output.print("dry run: nothing was deployed")
            return 0
        }
        Output.print("deployed \(stack) as number \(answer["Number"]?.integer ?? 0)")
        for (name, value) in answer["Outputs"]?.object?.members ?? [] {
            Output.print("  \(name)  \(value.string ?? value.text)")
        }
        for function in answer["RuleFunctions"]?.array ?? [] {
            Output.print(
                "next: mailroom rule create --name \(stack) --sender '*' --recipient '*' --action run-lambda --function \(function.string ?? "")"
            )
            Output.print("      with --synchronous --fallback default --timeout 1 when mail is to wait for its answer,")
            Output.print("      with --direction outbound for what users send")
        }
        return 0
    }

    /// A template that binds built-in functions is the system's own.
    private static func isSystems(_ template: Octets) -> Bool {
        template.text.split(whereSeparator: \.isNewline).contains { line in
            let words = line.split { " \t\"'{},".contains($0) }
            return words.contains("Type:") && words.contains("Mailroom::Function") && line.first != "#"
        }
    }

    /// The stack that `cdk synth` writes as `cdk.out/MailStack.template.json`.
    private static func assemblyName(of path: String) -> String? {
        let (file, ending) = (path.split(separator: "/").last ?? "", ".template.json")
        guard file.hasSuffix(ending), file.utf8.count > ending.utf8.count else { return nil }
        return String(file.dropLast(ending.count))
    }

    /// The folder a template lies in, made a stack name: `hello_world/template.yaml` is `hello-world`.
    private static func folderName(of path: String) throws(Refusal) -> String {
        let absolute = path.hasPrefix("/") ? path : "\(File.workingDirectory)/\(path)"
        var steps: [Substring] = []
        for step in absolute.split(separator: "/").dropLast() where step != "." {
            if step == ".." { _ = steps.popLast() } else { steps.append(step) }
        }
        let octets = (steps.last ?? "").utf8.map { $0.isASCIILetter || $0.isASCIIDigit ? $0 : 0x2D }
        let name = String(decoding: octets.drop { !$0.isASCIILetter }, as: UTF8.self)
        guard !name.isEmpty else { throw .usage("the stack needs a name", hint: "--stack NAME") }
        return name
    }
}
