import AWSWire
import FunctionRuntime
import MailPolicy
import MailTypes

// Flow rules (reference/email-flow.md §3). IAM names the operations of each direction, so those names work too.
extension Administration {
    private static let organization: [Member] = [.required("OrganizationId", .organizationID)]
    private static let direction = Shape.oneOf("INBOUND", "OUTBOUND")

    static let flowRuleOperations: [Operation<DirectoryServices>] =
        inEachDirection("Create", "MailFlowRule", FlowRuleForm.members) { services, input, direction in
            let (rule, warning) = try await services.checkedRule(input, direction, replacesOne: false)
            let taken = APIFailure(.nameAvailability, "there is a rule \(rule.name) already")
            try await services.telling(.exists, as: taken) { () throws(StoreFailure) in
                try await services.rules.createRule(rule, in: input.organization, direction: direction)
            }
            return warned(warning)
        }
        + inEachDirection("Update", "MailFlowRule", FlowRuleForm.members) { services, input, direction in
            let (rule, warning) = try await services.checkedRule(input, direction, replacesOne: true)
            try await services.telling(.notFound, as: noRule(rule.name)) { () throws(StoreFailure) in
                try await services.rules.updateRule(rule, in: input.organization, direction: direction)
            }
            return warned(warning)
        }
        + inEachDirection("Delete", "MailFlowRule", [.required("Name", .text(1...256))]) { services, input, direction in
            let name = input.required("Name")
            try await services.telling(.notFound, as: noRule(name)) { () throws(StoreFailure) in
                try await services.rules.deleteRule(name, in: input.organization, direction: direction)
            }
            return JSONObject()
        }
        + inEachDirection("Describe", "MailFlowRule", [.required("Name", .text(1...256))]) {
            services, input, direction in
            let rules = try await services.rules.rules(of: input.organization, direction: direction)
            guard let rule = rules.first(where: { $0.name == input.required("Name") }) else {
                throw noRule(input.required("Name"))
            }
            return FlowRuleForm.json(rule).object ?? JSONObject()
        }
        + inEachDirection(
            "List", "MailFlowRules", [.optional("MaxResults", .maxResults), .optional("NextToken", .nextToken)]
        ) { services, input, direction in
            let rules = try await services.rules.rules(of: input.organization, direction: direction)
            // Without MaxResults the list comes whole: an organization has few rules.
            guard input["MaxResults"] != nil || input["NextToken"] != nil else {
                return JSONObject(["Rules": .array(rules.map { FlowRuleForm.json($0) })])
            }
            return try Page(of: rules, for: input, operation: "ListMailFlowRules") { $0.name }
                .output("Rules") { FlowRuleForm.json($0) }
        }
        + inEachDirection(
            "Test", "MailFlowRules", [.required("Sender", .text(1...512)), .required("Recipient", .text(1...512))]
        ) { services, input, direction in
            let set = try await services.rules.ruleSet(of: input.organization, direction: direction)
            let sender = try input.address("Sender")
            let match = set.match(senders: [sender], recipient: try input.address("Recipient"), direction: direction)
            guard let match else {
                return JSONObject(["Action": "default", "Explanation": "no rule matches, so the default holds"])
            }
            return JSONObject([
                "Action": .string(FlowRuleForm.name(of: match.rule.action)), "Rule": .string(match.rule.name),
                "SenderPattern": .string(match.senderPattern), "RecipientPattern": .string(match.recipientPattern),
                "Explanation": .string(
                    "rule \(match.rule.name) is the most specific one: sender \(match.senderPattern), "
                        + "recipient \(match.recipientPattern)"),
            ])
        }

    /// An empty answer, or one that says what will go wrong although the rule was taken.
    private static func warned(_ warning: String?) -> JSONObject {
        var output = JSONObject()
        output["Warning"] = warning.map { .string($0) }
        return output
    }

    private static func noRule(_ name: String) -> APIFailure {
        APIFailure(.resourceNotFound, "there is no rule \(name)")
    }

    private typealias Run = @Sendable (DirectoryServices, Input, FlowDirection) async throws -> JSONObject

    /// `CreateMailFlowRule` with `Direction`, `CreateInboundMailFlowRule`, `CreateOutboundMailFlowRule`.
    private static func inEachDirection(_ verb: String, _ noun: String, _ members: [Member], _ run: @escaping Run)
        -> [Operation<DirectoryServices>]
    {
        [
            .init(verb + noun, organization + [.required("Direction", direction)] + members) { services, input, _ in
                try await services.usable(input.organization)
                let direction = FlowDirection(rawValue: input.required("Direction")) ?? .inbound
                return try await run(services, input, direction)
            },
            .init("\(verb)Inbound\(noun)", organization + members) { services, input, _ in
                try await services.usable(input.organization)
                return try await run(services, input, .inbound)
            },
            .init("\(verb)Outbound\(noun)", organization + members) { services, input, _ in
                try await services.usable(input.organization)
                return try await run(services, input, .outbound)
            },
        ]
    }
}

extension DirectoryServices {
    /// The rule of the input, within the limits of a rule and of the organization; and what will go wrong with its function or gateway.
    fileprivate func checkedRule(_ input: Input, _ direction: FlowDirection, replacesOne: Bool) async throws -> (
        FlowRule, warning: String?
    ) {
        var rule = try FlowRuleForm.rule(input)
        var warning: String?
        if case .runLambda(var lambda) = rule.action {
            lambda.functionARN = try RuleFunction.arn(lambda.functionARN, settings)
            rule.action = .runLambda(lambda)
            warning = try await RuleFunction.warning(about: lambda.functionARN, for: input.organization, self)
        }
        if case .smtpGateway(let gateway) = rule.action {
            warning = try await self.warning(aboutGateway: gateway, in: input.organization)
        }
        let problems = rule.problems(direction: direction)
        guard problems.isEmpty else { throw APIFailure.invalid(problems.joined(separator: "; ")) }
        var all = [rule]
        for each in FlowDirection.allCases {
            all += try await rules.rules(of: input.organization, direction: each)
                .filter { !(replacesOne && each == direction && $0.name == rule.name) }
        }
        let limits = FlowRuleLimits.problems(ofOrganization: all)
        guard limits.isEmpty else { throw APIFailure(.limitExceeded, limits.joined(separator: "; ")) }
        return (rule, warning)
    }
}
