import AWSWire
import FunctionRuntime
import MailPolicy
import MailTypes

/// A flow rule as the API writes it.
enum FlowRuleForm {
    static let members: [Member] = [
        .required("Name", .text(1...256)), .required("SenderPatterns", .list(1...250, of: .text(1...512))),
        .required("RecipientPatterns", .list(1...250, of: .text(1...512))), .required("Action", .text(1...64)),
        .optional("BounceMessage", .text(0...4096)), .optional("Gateway", .text(1...256)),
        .optional("Function", .text(1...512)), .optional("Synchronous", .boolean),
        .optional("Fallback", .text(1...64)), .optional("TimeoutMinutes", .integer(0...240)),
    ]

    /// Reads a rule.
    static func rule(_ input: Input) throws(APIFailure) -> FlowRule {
        FlowRule(
            name: input.required("Name"), senderPatterns: input.texts("SenderPatterns"),
            recipientPatterns: input.texts("RecipientPatterns"), action: try action(input))
    }

    private static func action(_ input: Input) throws(APIFailure) -> FlowAction {
        let action: FlowAction
        switch word(input.required("Action")) {
        case "drop": action = .drop
        case "bounce": action = .bounce(message: input.text("BounceMessage"))
        case "junk", "movetojunk": action = .junk
        case "default": action = .default
        case "neverjunk", "bypassspamcheck": action = .neverJunk
        case "smtpgateway": action = .smtpGateway(try needed("Gateway", with: "smtp-gateway", input))
        case "runlambda": action = .runLambda(try lambda(input))
        default:
            throw .invalid("Action has to be drop, bounce, junk, default, never-junk, smtp-gateway or run-lambda")
        }
        // A member that the action has no use for is a misunderstanding, and silence would hide it.
        var uses: Set<String> = []
        switch action {
        case .bounce: uses = ["BounceMessage"]
        case .smtpGateway: uses = ["Gateway"]
        case .runLambda: uses = ["Function", "Synchronous", "Fallback", "TimeoutMinutes"]
        default: break
        }
        for name in ["BounceMessage", "Gateway", "Function", "Synchronous", "Fallback", "TimeoutMinutes"]
        where input[name] != nil && !uses.contains(name) {
            throw .invalid("\(name) has no meaning with Action \(input.required("Action"))")
        }
        return action
    }

    private static func lambda(_ input: Input) throws(APIFailure) -> LambdaRule {
        var fallback: FlowFallback?
        if let text = input.text("Fallback") {
            let wanted = word(text)
            guard let found = FlowFallback.allCases.first(where: { $0.rawValue.asciiLowercased == wanted }) else {
                throw .invalid("Fallback has to be drop, bounce, junk, default or never-junk")
            }
            fallback = found
        }
        return LambdaRule(
            functionARN: try needed("Function", with: "run-lambda", input),
            isSynchronous: input.flag("Synchronous") ?? false,
            fallback: fallback, timeoutMinutes: input.integer("TimeoutMinutes") ?? 0)
    }

    private static func needed(_ name: String, with action: String, _ input: Input) throws(APIFailure) -> String {
        guard let text = input.text(name) else { throw .invalid("\(name) is required with Action \(action)") }
        return text
    }

    /// `never-junk`, `NEVER_JUNK` and `neverJunk` are the same word.
    private static func word(_ text: String) -> String {
        text.asciiLowercased.filter { $0 != "-" && $0 != "_" }
    }

    /// Writes a rule.
    static func json(_ rule: FlowRule) -> JSONValue {
        var object = JSONObject([
            "Name": .string(rule.name), "SenderPatterns": .array(rule.senderPatterns.map { .string($0) }),
            "RecipientPatterns": .array(rule.recipientPatterns.map { .string($0) }),
            "Action": .string(name(of: rule.action)),
        ])
        switch rule.action {
        case .bounce(let message): object["BounceMessage"] = .text(message)
        case .smtpGateway(let gateway): object["Gateway"] = .string(gateway)
        case .runLambda(let lambda):
            object["Function"] = .string(lambda.functionARN)
            object["Synchronous"] = .bool(lambda.isSynchronous)
            if lambda.isSynchronous {
                object["Fallback"] = .text(lambda.fallback.map { $0 == .neverJunk ? "never-junk" : $0.rawValue })
                object["TimeoutMinutes"] = .integer(Int64(lambda.timeoutMinutes))
            }
        default: break
        }
        return .object(object)
    }

    /// The action's name on the wire.
    static func name(of action: FlowAction) -> String {
        switch action {
        case .drop: "drop"
        case .bounce: "bounce"
        case .junk: "junk"
        case .default: "default"
        case .neverJunk: "never-junk"
        case .smtpGateway: "smtp-gateway"
        case .runLambda: "run-lambda"
        }
    }
}
