import FunctionRuntime
import MailTypes
import Relay

/// Looks at what other servers see of mail that leaves: the name it comes by, and whether the DNS vouches for it. Nothing
/// is sent: whether the network lets port 25 out is told, and not tried.
struct SendingCheck: Sendable {
    /// Addresses of our own name that are looked at.
    private static let addressesMax = 4
    /// Characters of a record that are shown.
    private static let shownMax = 200

    let resolver: any Resolver
    let hostname: String
    /// Nil where nothing is bound that hands mail on.
    let settings: RelaySettings?

    /// How mail leaves, and whether our name and address lead to each other.
    func findings() async -> [Finding] {
        guard let settings else {
            return [good("sending", "no function Relay is bound: what users send waits in queue outbound")]
        }
        guard !settings.holdsOutside else {
            return [
                good(
                    "sending",
                    "mail for other servers waits in queue outbound; to let it leave, deploy with Outside=send")
            ]
        }
        if let host = settings.smartHost {
            return [good("sending", "all mail for the outside goes to \(host.host), port \(host.port), as \(hostname)")]
        }
        let how = good(
            "sending",
            "to port \(settings.port) of each domain's mail exchanges, as \(hostname); only a message shows whether this network lets it out: mailroom trace last"
        )
        return DomainCheck.isLocalOnly(hostname) ? [how] : [how, await nameFinding()]
    }

    /// Does the name we greet with have an address that leads back to it? Many servers take no mail otherwise.
    private func nameFinding() async -> Finding {
        let what = "name \(hostname)"
        do throws(ResolverFailure) {
            let records = try await resolver.resolve(hostname, .a).records + resolver.resolve(hostname, .aaaa).records
            let addresses = records.compactMap { record -> String? in
                switch record {
                case .a(let text), .aaaa(let text): text
                default: nil
                }
            }
            guard !addresses.isEmpty else {
                return bad(
                    what, "has no address in the DNS", "add an A record with the address this machine sends from")
            }
            for address in addresses.prefix(Self.addressesMax) {
                let question = NetworkAddress(host: address, port: 0).reverseName ?? ""
                let names = try await resolver.resolve(question, .ptr).records.compactMap { record -> String? in
                    if case .ptr(let name) = record { name } else { nil }
                }
                guard names.contains(hostname.asciiLowercased) else {
                    let leads = names.isEmpty ? "no name" : names.prefix(Self.addressesMax).joined(separator: ", ")
                    return bad(
                        what, "\(address) leads back to \(leads)",
                        "ask whoever gave you \(address) to set its PTR record to \(hostname), or start with --hostname"
                    )
                }
            }
            return good(what, "\(addresses.joined(separator: ", ")), and back")
        } catch {
            return bad(
                what, "cannot be looked up: \(error)", "check this machine's resolver and its way to the internet")
        }
    }

    /// Does a domain say who may send its mail (SPF, RFC 7208)? Whether that covers this machine is for a person to see.
    /// - Returns: nil where nothing is sent to other servers.
    func finding(of domain: String) async -> Finding? {
        guard let settings, !settings.holdsOutside else { return nil }
        let what = "SPF \(domain)"
        let advice =
            settings.smartHost == nil
            ? "add: \(domain). TXT \"v=spf1 mx a:\(hostname) -all\""
            : "add a TXT record \"v=spf1 ... -all\" that lets \(settings.smartHost?.host ?? "") send for it"
        do throws(ResolverFailure) {
            let policies = try await resolver.resolve(domain, .txt).records.compactMap { record -> String? in
                guard case .txt(let text) = record, Self.isPolicy(text) else { return nil }
                return Octets(text.prefix(Self.shownMax).filter { (0x20..<0x7F).contains($0) }).text
            }
            switch policies.count {
            case 0: return bad(what, "no record says who may send its mail", advice)
            case 1: return good(what, policies[0])
            default: return bad(what, "\(policies.count) records, which count as none", "leave one of them")
            }
        } catch {
            return bad(
                what, "cannot be looked up: \(error)", "check this machine's resolver and its way to the internet")
        }
    }

    /// True for `v=spf1`, alone or before a space (RFC 7208 §4.5).
    private static func isPolicy(_ text: Octets) -> Bool {
        let words = Octets(text.prefix(7)).text.asciiLowercased
        return words == "v=spf1" || words == "v=spf1 "
    }

    private func good(_ what: String, _ detail: String) -> Finding {
        Finding(what: what, isGood: true, detail: detail, next: nil)
    }

    private func bad(_ what: String, _ detail: String, _ next: String) -> Finding {
        Finding(what: what, isGood: false, detail: detail, next: next)
    }
}
