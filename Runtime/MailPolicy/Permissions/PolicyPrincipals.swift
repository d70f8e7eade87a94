import MailTypes

/// Whom a statement is about.
public struct PolicyPrincipals: Sendable, Hashable {
    /// True for `NotPrincipal`: about everybody but these.
    public var isNegated: Bool
    /// Everybody, anonymous callers and services too: `"*"`.
    public var isEverybody: Bool
    /// Account numbers and ARNs; `*` for everybody but services.
    public var accounts: [String]
    /// Service names: `workmail.us-east-1.amazonaws.com`.
    public var services: [String]

    /// Principals of these names.
    public init(
        isNegated: Bool = false, isEverybody: Bool = false, accounts: [String] = [], services: [String] = []
    ) {
        (self.isNegated, self.isEverybody) = (isNegated, isEverybody)
        (self.accounts, self.services) = (accounts, services)
    }

    func holds(_ principal: PolicyPrincipal) -> Bool { names(principal) != isNegated }

    private func names(_ principal: PolicyPrincipal) -> Bool {
        if isEverybody { return true }
        switch principal {
        case .anonymous: return accounts.contains("*")
        case .service(let name): return services.contains { $0.asciiLowercased == name.asciiLowercased }
        case .account(let number, let arn):
            // An account's number, or its root, stands for everybody in it.
            return accounts.contains { $0 == "*" || $0 == number || $0 == "arn:aws:iam::\(number):root" || $0 == arn }
        }
    }
}

/// Who makes a request.
public enum PolicyPrincipal: Sendable, Hashable {
    case anonymous
    /// Somebody of an account, by the account's number and their own ARN.
    case account(String, arn: String)
    /// A service acting for itself: `workmail.us-east-1.amazonaws.com`.
    case service(String)
}
