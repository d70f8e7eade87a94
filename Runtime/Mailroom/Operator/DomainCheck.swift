import FunctionRuntime
import MailTypes
import Transport

/// Looks at what the DNS says of a mail domain: does its mail come here? (reference/organization-and-access.md §4.1)
struct DomainCheck: Sendable {
    let resolver: any Resolver
    /// The name that MX records should lead to.
    let hostname: String

    /// Names that no DNS knows: reserved for tests (RFC 6761 §6.2), and the test domain every organization has.
    static func isLocalOnly(_ domain: String) -> Bool {
        domain.hasSuffix(".test") || domain.hasSuffix(".awsapps.com") || domain.hasSuffix(".localhost")
    }

    func finding(of domain: String) async -> Finding {
        let what = "DNS \(domain)"
        do throws(ResolverFailure) {
            let answer = try await resolver.resolve(domain, .mx)
            let exchanges = answer.records.compactMap { record -> String? in
                if case .mx(_, let name) = record { return name.asciiLowercased } else { return nil }
            }
            guard !exchanges.isEmpty else {
                return Finding(
                    what: what, isGood: false, detail: "has no MX record", next: "add: \(domain). MX 10 \(hostname).")
            }
            let ours = hostname.asciiLowercased
            let isHere = exchanges.contains { ($0.hasSuffix(".") ? String($0.dropLast()) : $0) == ours }
            return Finding(
                what: what, isGood: isHere, detail: "MX \(exchanges.joined(separator: ", "))",
                next: isHere ? nil : "mail for it goes elsewhere; to have it come here: \(domain). MX 10 \(hostname).")
        } catch {
            return Finding(
                what: what, isGood: false, detail: "cannot be looked up: \(error)",
                next: "check this machine's resolver and its way to the internet")
        }
    }
}
