import MailTypes

/// A sender or destination pattern of a flow rule (reference/email-flow.md §3.2), in the spelling it is compared in.
public enum FlowPattern: Hashable, Sendable {
    /// `mailbox@example.com`: that address.
    case address(localPart: String, domain: String)
    /// `example.com`: every address in exactly that domain.
    case domain(String)
    /// `*.example.com`: the domain and all its subdomains. Holds `example.com`.
    case subdomains(String)
    /// `*`: anything, even a message without a sender.
    case any

    /// Most octets of a pattern: the longest address.
    public static let limitOctets = Address.localPartOctets + 1 + Address.domainOctets

    /// Reads a pattern.
    /// - Throws: a sentence for the administrator when it is none of the four forms.
    public init(parsing text: String) throws(FlowPatternProblem) {
        guard text.utf8.count <= Self.limitOctets else {
            throw FlowPatternProblem("is longer than \(Self.limitOctets) octets")
        }
        if text == "*" {
            self = .any
        } else if text.utf8.contains(0x2B) {
            throw FlowPatternProblem("holds a +, which patterns do not take")
        } else if let at = text.lastIndex(of: "@") {
            let local = text[..<at]
            guard !local.utf8.contains(0x2A) else {
                throw FlowPatternProblem("has a * before the @; a whole address has none")
            }
            guard AddressReader.isDotString(local.utf8), local.utf8.count <= Address.localPartOctets else {
                throw FlowPatternProblem("is no address: what stands before the @ is not a local part")
            }
            let domain = try Self.domain(text[text.index(after: at)...])
            self = .address(localPart: String(local).asciiLowercased, domain: domain)
        } else if text.hasPrefix("*.") {
            self = .subdomains(try Self.domain(text.dropFirst(2)))
        } else {
            self = .domain(try Self.domain(text[...]))
        }
    }

    private static func domain(_ text: Substring) throws(FlowPatternProblem) -> String {
        guard !text.utf8.contains(0x2A) else {
            throw FlowPatternProblem("has a * that is not at the front, before a dot")
        }
        let canonical = DomainName.canonical(String(text))
        // One label is a domain too: test systems and intranets have them.
        guard DomainName.isHostName("a." + canonical) else { throw FlowPatternProblem("names no domain: \"\(text)\"") }
        return canonical
    }

    /// How closely a pattern describes what it matches: address, domain, wildcard domain by its length, `*` (§3.4).
    public var specificity: Int {
        switch self {
        case .address: 1000
        case .domain: 999
        // A longer suffix of the same domain has more labels.
        case .subdomains(let domain): 1 + domain.utf8.count(where: { $0 == 0x2E })
        case .any: 0
        }
    }

    /// True when the address is one the pattern describes. Rule sets decide faster, by looking up.
    public func matches(_ address: Address) -> Bool {
        switch self {
        case .any: return true
        case .address(let localPart, let domain):
            return address.localPart.asciiLowercased == localPart && address.canonicalDomain == domain
        case .domain(let domain): return address.canonicalDomain == domain
        case .subdomains(let domain):
            let other = address.canonicalDomain
            return other == domain || other.hasSuffix("." + domain)
        }
    }

    /// What the compiled set looks up: `ann@example.com`, `example.com`, `.example.com`, `*`.
    var key: Substring {
        switch self {
        case .address(let localPart, let domain): "\(localPart)@\(domain)"
        case .domain(let domain): Substring(domain)
        case .subdomains(let domain): ".\(domain)"
        case .any: "*"
        }
    }

    /// The keys that match an address, the most specific first.
    static func keys(matching address: Address) -> [Substring] {
        let domain = address.canonicalDomain
        // No pattern names an address literal.
        guard !domain.hasPrefix("[") else { return ["*"] }
        var keys: [Substring] = ["\(address.localPart.asciiLowercased)@\(domain)", Substring(domain)]
        var rest = Substring("." + domain)
        while true {
            keys.append(rest)
            guard let dot = rest.dropFirst().firstIndex(of: ".") else { break }
            rest = rest[dot...]
        }
        keys.append("*")
        return keys
    }
}

extension FlowPattern: CustomStringConvertible {
    /// The pattern in the spelling it is compared in.
    public var description: String {
        switch self {
        case .subdomains(let domain): "*.\(domain)"
        default: String(key)
        }
    }
}

/// What is wrong with a pattern, to be put behind it: `a+b@example.com holds a +, …`.
public struct FlowPatternProblem: Error, Sendable, Hashable {
    public let what: String
    init(_ what: String) { self.what = what }
}
