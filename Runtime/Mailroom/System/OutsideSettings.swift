import FunctionRuntime
import MailTypes
import Relay
import Templates

/// How mail leaves, as the settings of the template's function `Relay` say.
struct OutsideSettings {
    /// A setting that cannot be used.
    struct Problem: Error {
        let value: TemplateValue
        let sentence: String
        let suggestion: String
    }

    /// Names the handler reads.
    static let names = [
        "Outside", "SmartHost", "DelayNotice", "GatewayLifetime", "GatewayAuthorities", "Nameservers", "Port",
        "ReachesPrivate",
    ]

    var relay: RelaySettings
    var nameservers: [String] = []
    /// PEM text.
    var authorities: String?

    private init(relay: RelaySettings) { self.relay = relay }

    /// As if a template declared nothing.
    static func standard(_ system: SystemSettings) -> OutsideSettings {
        OutsideSettings(relay: RelaySettings(hostname: system.hostname, holdsOutside: system.isDevelopment))
    }

    /// Reads what a template declares; `queue` is how the outbound queue retries.
    init(_ declaration: FunctionDeclaration, _ system: SystemSettings, queue: QueueSettings) throws(Problem) {
        func setting(_ name: String) -> TemplateValue? {
            declaration.settings[name].flatMap { $0.text == "" ? nil : $0 }
        }
        relay = RelaySettings(
            hostname: system.hostname, retry: queue.retry, lifetime: queue.lifetime,
            holdsOutside: system.isDevelopment)
        if let value = setting("Outside") {
            guard let word = value.text, ["send", "hold"].contains(word) else {
                throw Problem(value: value, sentence: "Outside is send or hold", suggestion: "send")
            }
            relay.holdsOutside = word == "hold"
        }
        if let value = setting("SmartHost") {
            guard let host = value.text.flatMap(Self.smartHost) else {
                throw Problem(
                    value: value, sentence: "SmartHost is a host, or host:port", suggestion: "relay.example.net:25")
            }
            relay.smartHost = host
        }
        relay.delayNotice = try Self.duration("DelayNotice", setting) ?? relay.delayNotice
        relay.gatewayLifetime = try Self.duration("GatewayLifetime", setting) ?? relay.gatewayLifetime
        if let value = setting("Port") {
            guard let port = value.integer.flatMap(UInt16.init(exactly:)), port > 0 else {
                throw Problem(value: value, sentence: "Port is 1 to 65535", suggestion: "25")
            }
            relay.port = port
        }
        if let value = setting("ReachesPrivate") { relay.allowsPrivate = value.text == "true" || value.boolean == true }
        if let value = setting("Nameservers") {
            nameservers = (value.text ?? "").split(separator: ",").map {
                $0.trimmingPrefix { $0 == " " }.description
            }
        }
        if let value = setting("GatewayAuthorities") {
            do throws(Refusal) {
                authorities = try File.read(value.text ?? "").text
            } catch {
                throw Problem(value: value, sentence: error.what, suggestion: "a PEM file that can be read")
            }
        }
    }

    private static func duration(_ name: String, _ setting: (String) -> TemplateValue?) throws(Problem) -> Duration? {
        guard let value = setting(name) else { return nil }
        guard let duration = value.duration, duration > .zero else {
            throw Problem(value: value, sentence: "\(name) is a duration", suggestion: "4h")
        }
        return duration
    }

    /// Reads `host`, `host:port` or `[address]:port`.
    private static func smartHost(_ text: String) -> RelaySettings.SmartHost? {
        let isBracketed = text.hasPrefix("[")
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if !isBracketed, parts.count == 1 { return .init(host: text) }
        guard let colon = text.lastIndex(of: ":"), isBracketed || parts.count == 2,
            let port = UInt16(text[text.index(after: colon)...]), port > 0
        else { return nil }
        let host = text[..<colon]
        guard isBracketed else { return host.isEmpty ? nil : .init(host: String(host), port: port) }
        guard host.hasSuffix("]"), host.count > 2 else { return nil }
        return .init(host: String(host.dropFirst().dropLast()), port: port)
    }
}
