import MailTypes

/// One line of a statement's conditions: `"StringEquals": { "aws:SourceAccount": "000000000000" }`.
public struct PolicyCondition: Sendable, Hashable {
    /// How the request's values are compared.
    public enum Comparison: String, Sendable, CaseIterable {
        case stringEquals = "StringEquals"
        case stringNotEquals = "StringNotEquals"
        case stringEqualsIgnoreCase = "StringEqualsIgnoreCase"
        case stringNotEqualsIgnoreCase = "StringNotEqualsIgnoreCase"
        case stringLike = "StringLike"
        case stringNotLike = "StringNotLike"
        case arnEquals = "ArnEquals"
        case arnLike = "ArnLike"
        case arnNotEquals = "ArnNotEquals"
        case arnNotLike = "ArnNotLike"
        case bool = "Bool"
        case ipAddress = "IpAddress"
        case notIPAddress = "NotIpAddress"
        case numericEquals = "NumericEquals"
        case numericNotEquals = "NumericNotEquals"
        case numericLessThan = "NumericLessThan"
        case numericLessThanEquals = "NumericLessThanEquals"
        case numericGreaterThan = "NumericGreaterThan"
        case numericGreaterThanEquals = "NumericGreaterThanEquals"
        case null = "Null"

        /// True for those that hold when nothing given matches.
        var isNegated: Bool {
            switch self {
            case .stringNotEquals, .stringNotEqualsIgnoreCase, .stringNotLike, .arnNotEquals, .arnNotLike,
                .notIPAddress, .numericNotEquals:
                true
            default: false
            }
        }
    }

    /// What is asked of a key that has several values.
    public enum Quantifier: String, Sendable {
        case forAnyValue = "ForAnyValue"
        case forAllValues = "ForAllValues"
    }

    public var comparison: Comparison
    public var quantifier: Quantifier?
    /// Holds too when the request has no such key.
    public var ifExists: Bool
    /// In lower case: `aws:sourceaccount`.
    public var key: String
    /// One of them is enough; for a negated comparison none may match.
    public var values: [String]

    /// A condition of these parts; the key in any case.
    public init(
        _ comparison: Comparison, _ key: String, _ values: [String], quantifier: Quantifier? = nil,
        ifExists: Bool = false
    ) {
        (self.comparison, self.values, self.quantifier, self.ifExists) = (comparison, values, quantifier, ifExists)
        self.key = key.asciiLowercased
    }

    /// An operator as documents write it, `ForAnyValue:StringLikeIfExists`; nil for one that is not known.
    public static func operation(_ text: String) -> (Comparison, Quantifier?, ifExists: Bool)? {
        var rest = text[...]
        var quantifier: Quantifier?
        if let colon = rest.firstIndex(of: ":") {
            guard let known = Quantifier(rawValue: String(rest[..<colon])) else { return nil }
            quantifier = known
            rest = rest[rest.index(after: colon)...]
        }
        let ifExists = rest.hasSuffix("IfExists")
        if ifExists { rest = rest.dropLast("IfExists".count) }
        guard let comparison = Comparison(rawValue: String(rest)), comparison != .null || !ifExists else { return nil }
        return (comparison, quantifier, ifExists)
    }

    /// True when a request of these facts, by key in lower case, keeps the condition.
    public func holds(_ context: [String: [String]]) -> Bool {
        let found = context[key] ?? []
        if comparison == .null { return values.contains(found.isEmpty ? "true" : "false") }
        guard !found.isEmpty else { return ifExists || comparison.isNegated || quantifier == .forAllValues }
        let isKept: (String) -> Bool = { [self] value in
            values.contains { matches(value, $0) } != comparison.isNegated
        }
        switch quantifier {
        case .forAllValues: return found.allSatisfy(isKept)
        case .forAnyValue: return found.contains(where: isKept)
        case nil: return comparison.isNegated ? found.allSatisfy(isKept) : found.contains(where: isKept)
        }
    }

    /// Compares one value of the request with one of the condition, negation left out.
    private func matches(_ value: String, _ wanted: String) -> Bool {
        switch comparison {
        case .stringEquals, .stringNotEquals: return value == wanted
        case .stringEqualsIgnoreCase, .stringNotEqualsIgnoreCase, .bool:
            return value.asciiLowercased == wanted.asciiLowercased
        case .stringLike, .stringNotLike: return PolicyPattern(wanted).matches(value)
        case .arnEquals, .arnLike, .arnNotEquals, .arnNotLike: return PolicyPattern(wanted).matchesARN(value)
        case .ipAddress, .notIPAddress: return AddressRange(wanted)?.contains(value) ?? false
        case .numericEquals, .numericNotEquals: return compare(value, wanted) { $0 == $1 }
        case .numericLessThan: return compare(value, wanted) { $0 < $1 }
        case .numericLessThanEquals: return compare(value, wanted) { $0 <= $1 }
        case .numericGreaterThan: return compare(value, wanted) { $0 > $1 }
        case .numericGreaterThanEquals: return compare(value, wanted) { $0 >= $1 }
        case .null: return false
        }
    }

    private func compare(_ value: String, _ wanted: String, _ holds: (Double, Double) -> Bool) -> Bool {
        guard let value = Double(value), let wanted = Double(wanted) else { return false }
        return holds(value, wanted)
    }
}
