import MailPolicy
import MailTypes

/// Why a policy is not taken: one sentence for whoever wrote it.
public struct PolicyProblem: Error, Sendable, Hashable, CustomStringConvertible {
    public let sentence: String
    public var description: String { sentence }

    init(_ sentence: String) { self.sentence = sentence }
}

extension PolicyDocument {
    /// Reads a policy's JSON text, at most `PolicyLimits.octets` of it.
    public init(parsing octets: Octets) throws(PolicyProblem) {
        let json: JSONValue
        do throws(JSONProblem) {
            json = try JSONValue(parsing: octets, limitOctets: PolicyLimits.octets, limitDepth: PolicyLimits.depth)
        } catch { throw PolicyProblem("The policy is not valid JSON: \(error)") }
        try self.init(json)
    }

    /// Reads a policy. What is not understood is refused: a condition that nobody looks at would allow too much.
    public init(_ json: JSONValue) throws(PolicyProblem) {
        guard let document = json.object else { throw PolicyProblem("A policy is an object") }
        for (name, _) in document.members where !["Version", "Id", "Statement"].contains(name) {
            throw PolicyProblem("A policy has no member \(name)")
        }
        if let version = document["Version"], version != "2012-10-17", version != "2008-10-17" {
            throw PolicyProblem("The policy's Version is 2012-10-17")
        }
        guard let statement = document["Statement"] else { throw PolicyProblem("The policy has no Statement") }
        let statements = statement.array ?? [statement]
        guard statements.count <= PolicyLimits.statements else {
            throw PolicyProblem("The policy has more than \(PolicyLimits.statements) statements")
        }
        var read: [PolicyStatement] = []
        for one in statements { read.append(try PolicyStatement(one)) }
        self.init(id: document["Id"]?.string, statements: read)
    }
}

extension PolicyStatement {
    private static let members = [
        "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
    ]

    /// Reads a statement.
    public init(_ json: JSONValue) throws(PolicyProblem) {
        guard let statement = json.object else { throw PolicyProblem("A statement is an object") }
        for (name, _) in statement.members where !Self.members.contains(name) {
            throw PolicyProblem("A statement has no member \(name)")
        }
        guard let effect = statement["Effect"]?.string.flatMap(Effect.init(rawValue:)) else {
            throw PolicyProblem("A statement's Effect is Allow or Deny")
        }
        var principals: PolicyPrincipals?
        switch (statement["Principal"], statement["NotPrincipal"]) {
        case (let named?, nil): principals = try PolicyPrincipals(named, isNegated: false)
        case (nil, let others?): principals = try PolicyPrincipals(others, isNegated: true)
        case (nil, nil): break
        default: throw PolicyProblem("A statement has Principal or NotPrincipal, not both")
        }
        var conditions: [PolicyCondition] = []
        if let condition = statement["Condition"] {
            guard let operators = condition.object else { throw PolicyProblem("A Condition is an object") }
            for (name, keys) in operators.members { conditions += try Self.conditions(name, keys) }
        }
        self.init(
            id: statement["Sid"]?.string, effect: effect, principals: principals,
            actions: try Self.selection("Action", in: statement, ignoresCase: true),
            resources: try Self.selection("Resource", in: statement, ignoresCase: false), conditions: conditions)
    }

    private static func selection(_ name: String, in statement: JSONObject, ignoresCase: Bool)
        throws(PolicyProblem) -> Selection
    {
        switch (statement[name], statement["Not" + name]) {
        case (let named?, nil): return .only(try patterns(named, name, ignoresCase))
        case (nil, let others?): return .allBut(try patterns(others, "Not" + name, ignoresCase))
        default: throw PolicyProblem("A statement has either \(name) or Not\(name)")
        }
    }

    private static func patterns(_ json: JSONValue, _ name: String, _ ignoresCase: Bool)
        throws(PolicyProblem) -> [PolicyPattern]
    {
        try texts(json, name).map { PolicyPattern($0, ignoresCase: ignoresCase) }
    }

    /// One text or several. Booleans and numbers count as their text, as `"aws:SecureTransport": true` is written too.
    fileprivate static func texts(_ json: JSONValue, _ name: String) throws(PolicyProblem) -> [String] {
        var texts: [String] = []
        for one in json.array ?? [json] {
            switch one {
            case .string(let text): texts.append(text)
            case .bool(let bool): texts.append(bool ? "true" : "false")
            case .integer(let number): texts.append(String(number))
            case .number(let number): texts.append("\(number)")
            default: throw PolicyProblem("\(name) is a text or a list of texts")
            }
        }
        guard !texts.isEmpty else { throw PolicyProblem("\(name) is empty") }
        return texts
    }

    private static func conditions(_ name: String, _ keys: JSONValue) throws(PolicyProblem) -> [PolicyCondition] {
        guard let (comparison, quantifier, ifExists) = PolicyCondition.operation(name) else {
            throw PolicyProblem("The condition operator \(name) is not known here")
        }
        guard let keys = keys.object else { throw PolicyProblem("\(name) is an object of keys and values") }
        var conditions: [PolicyCondition] = []
        for (key, values) in keys.members {
            let values = try texts(values, key)
            if comparison == .ipAddress || comparison == .notIPAddress {
                guard values.allSatisfy({ AddressRange($0) != nil }) else {
                    throw PolicyProblem("\(key) is compared with something that is no range of addresses")
                }
            }
            conditions.append(
                PolicyCondition(comparison, key, values, quantifier: quantifier, ifExists: ifExists))
        }
        return conditions
    }
}

extension PolicyPrincipals {
    /// Reads `"*"` or `{"AWS": …, "Service": …}`.
    init(_ json: JSONValue, isNegated: Bool) throws(PolicyProblem) {
        self.init(isNegated: isNegated)
        if json == "*" {
            isEverybody = true
            return
        }
        guard let kinds = json.object, !kinds.isEmpty else {
            throw PolicyProblem("A Principal is \"*\" or an object such as {\"AWS\": …}")
        }
        for (kind, names) in kinds.members {
            let names = try PolicyStatement.texts(names, kind)
            switch kind {
            case "AWS": accounts += names
            case "Service": services += names
            // Nobody here is one of these.
            case "Federated", "CanonicalUser": break
            default: throw PolicyProblem("A Principal has no \(kind)")
            }
        }
    }
}
