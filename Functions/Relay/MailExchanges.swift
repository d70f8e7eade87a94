import FunctionRuntime
import MailTypes

/// The servers that take mail for a domain, in the order in which they are tried, as its MX records say (RFC 5321 §5.1).
enum MailExchanges: Equatable {
    /// Exchanges by preference, those of equal preference in random order.
    case named([String])
    /// No MX record: the domain is its own exchange.
    case implicit
    /// Mail for the domain can go nowhere.
    case none(DeliveryFailure.Code, detail: String?)

    /// Exchanges that are looked at; a domain may name thousands (reference/faults.md F87).
    static let most = 20

    /// Chooses by what the DNS said of the domain.
    /// - Parameter hostname: our own name: exchanges of the same or less preference would bring the message back.
    init(_ answer: DNSAnswer, of domain: String, hostname: String, random: any RandomSource) {
        guard answer.nameExists else {
            self = .none(.noSuchDomain, detail: nil)
            return
        }
        let records = answer.records.compactMap { record -> (preference: UInt16, name: String)? in
            guard case .mx(let preference, let name) = record else { return nil }
            return (preference, Self.plain(name))
        }
        guard !records.isEmpty else {
            self = .implicit
            return
        }
        let named = records.filter { !$0.name.isEmpty }
        guard !named.isEmpty else {
            self = .none(.nullMX, detail: nil)
            return
        }
        let own = Self.plain(hostname)
        let limit = named.filter { $0.name == own }.map(\.preference).min()
        let usable = named.filter { record in limit.map { record.preference < $0 } ?? true }
        guard !usable.isEmpty else {
            self = .none(.mailLoop, detail: "the mail exchange of \(domain) is this server, which has no such domain")
            return
        }
        let order = usable.map { (record: $0, lot: random.next()) }.sorted {
            ($0.record.preference, $0.lot) < ($1.record.preference, $1.lot)
        }
        self = .named(order.prefix(Self.most).map(\.record.name))
    }

    /// A name in lower case without its closing dot.
    private static func plain(_ name: String) -> String {
        let name = name.asciiLowercased
        return name.hasSuffix(".") ? String(name.dropLast()) : name
    }
}
