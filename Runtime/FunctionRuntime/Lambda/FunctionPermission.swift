import MailPolicy

/// One statement of a function's resource policy, as AddPermission makes it (reference/functions.md §2.5).
public struct FunctionPermission: Codable, Sendable, Hashable {
    public var statementID: String
    /// `lambda:InvokeFunction`.
    public var action: String
    /// As it was given: `s3.amazonaws.com`, an account's number, an ARN, or `*`.
    public var principal: String
    public var sourceARN: String?
    public var sourceAccount: String?
    public var eventSourceToken: String?
    public var functionURLAuthType: String?
    /// For calls through the function's URL only.
    public var invokedViaFunctionURL: Bool?
    public var principalOrganization: String?

    /// A statement; what is left out is no condition.
    public init(
        statementID: String, action: String = "lambda:InvokeFunction", principal: String, sourceARN: String? = nil,
        sourceAccount: String? = nil, eventSourceToken: String? = nil, functionURLAuthType: String? = nil,
        invokedViaFunctionURL: Bool? = nil, principalOrganization: String? = nil
    ) {
        self.statementID = statementID
        self.action = action
        self.principal = principal
        self.sourceARN = sourceARN
        self.sourceAccount = sourceAccount
        self.eventSourceToken = eventSourceToken
        self.functionURLAuthType = functionURLAuthType
        self.invokedViaFunctionURL = invokedViaFunctionURL
        self.principalOrganization = principalOrganization
    }

    /// True for a principal that is a service, an account, an ARN, or everybody.
    public static func isPrincipal(_ text: String) -> Bool {
        text == "*" || isAccount(text) || text.hasPrefix("arn:") || text.hasSuffix(".amazonaws.com")
    }

    private static func isAccount(_ text: String) -> Bool {
        text.utf8.count == 12 && text.utf8.allSatisfy { 0x30...0x39 ~= $0 }
    }

    private var equalities: [(key: String, value: String)] {
        [
            ("AWS:SourceAccount", sourceAccount), ("lambda:EventSourceToken", eventSourceToken),
            ("lambda:FunctionUrlAuthType", functionURLAuthType), ("aws:PrincipalOrgID", principalOrganization),
        ].compactMap { key, value in value.map { (key, $0) } }
    }

    /// The statement as it is shown, for a function of this ARN.
    public func json(resource: String) -> JSONValue {
        var statement = JSONObject()
        statement["Sid"] = .string(statementID)
        statement["Effect"] = "Allow"
        if principal == "*" {
            statement["Principal"] = "*"
        } else if Self.isAccount(principal) {
            statement["Principal"] = ["AWS": .string("arn:aws:iam::\(principal):root")]
        } else if principal.hasPrefix("arn:") {
            statement["Principal"] = ["AWS": .string(principal)]
        } else {
            statement["Principal"] = ["Service": .string(principal)]
        }
        statement["Action"] = .string(action)
        statement["Resource"] = .string(resource)
        var condition = JSONObject()
        var equal = JSONObject()
        for (key, value) in equalities { equal[key] = .string(value) }
        if !equal.isEmpty { condition["StringEquals"] = .object(equal) }
        if let invokedViaFunctionURL {
            condition["Bool"] = ["lambda:InvokedViaFunctionUrl": .string(invokedViaFunctionURL ? "true" : "false")]
        }
        if let sourceARN { condition["ArnLike"] = ["AWS:SourceArn": .string(sourceARN)] }
        if !condition.isEmpty { statement["Condition"] = .object(condition) }
        return .object(statement)
    }

    /// The statement as a policy decides with it.
    public func statement(resource: String) -> PolicyStatement {
        var principals = PolicyPrincipals()
        if principal == "*" {
            principals.isEverybody = true
        } else if Self.isAccount(principal) || principal.hasPrefix("arn:") {
            principals.accounts = [principal]
        } else {
            principals.services = [principal]
        }
        var conditions = equalities.map { PolicyCondition(.stringEquals, $0.key, [$0.value]) }
        if let invokedViaFunctionURL {
            let wanted = invokedViaFunctionURL ? "true" : "false"
            conditions.append(PolicyCondition(.bool, "lambda:InvokedViaFunctionUrl", [wanted]))
        }
        if let sourceARN { conditions.append(PolicyCondition(.arnLike, "AWS:SourceArn", [sourceARN])) }
        return PolicyStatement(
            id: statementID, effect: .allow, principals: principals,
            actions: .only([PolicyPattern(action, ignoresCase: true)]), resources: .only([PolicyPattern(resource)]),
            conditions: conditions)
    }
}
