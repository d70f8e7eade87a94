import HTTP
import IMAP
import MailTypes
import SMTP
import Templates
import Transport

/// Limits and certificates of the endpoints, as the template says.
struct EndpointSettings: Sendable {
    struct CertificateFiles: Sendable, Hashable {
        var certificate: String
        var key: String
    }

    var smtp = SMTPLimits()
    /// Of `submission` and `submissions`.
    var submission = SMTPLimits()
    var imap = IMAPLimits()
    var http = HTTPLimits()
    /// Sessions at once, for each kind of door.
    var smtpSessions = ConnectionLimits()
    var submissionSessions = ConnectionLimits()
    var imapSessions = ConnectionLimits()
    var httpSessions = ConnectionLimits()
    var certificates: [CertificateFiles] = []
    /// Networks that `/readyz` and `/metrics` answer beside this machine itself.
    var probeNetworks: [NetworkRange] = []

    init() {}

    /// Takes the limits from the triggers and endpoints of a checked template.
    init(_ template: Template) {
        for function in template.functions {
            for trigger in function.triggers {
                switch trigger.kind {
                case .smtp("mx", _, let properties): Self.take(smtp: properties, &smtp, &smtpSessions)
                case .smtp(_, _, let properties): Self.take(smtp: properties, &submission, &submissionSessions)
                case .imap(_, let properties): take(imap: properties)
                default: break
                }
            }
        }
        for endpoint in template.endpoints { take(http: endpoint.properties) }
        func parameter(_ name: String) -> String? {
            template.parameters.first { $0.name == name }?.value.text.flatMap { $0.isEmpty ? nil : $0 }
        }
        if let certificate = parameter("CertificateFile"), let key = parameter("CertificateKeyFile") {
            certificates = [CertificateFiles(certificate: certificate, key: key)]
        }
    }

    /// True when the template lets this peer ask `/readyz` and `/metrics` without a signature.
    func mayProbe(_ peer: NetworkAddress) -> Bool { probeNetworks.contains { $0.contains(peer.host) } }

    /// From one address; four times that from its network, sixteen times from its provider.
    private static func setPerPeer(_ limits: inout ConnectionLimits, _ most: Int?) {
        guard let most else { return }
        (limits.perAddress, limits.perNetwork, limits.perProvider) = (most, most * 4, most * 16)
    }

    private static func seconds(_ value: TemplateValue) -> Int? { value.duration.map { Int($0.components.seconds) } }

    private static func take(
        smtp properties: [String: TemplateValue], _ smtp: inout SMTPLimits, _ sessions: inout ConnectionLimits
    ) {
        for (name, value) in properties {
            switch name {
            case "SessionsMax": sessions.overall = value.integer ?? sessions.overall
            case "SessionsPerPeerMax": setPerPeer(&sessions, value.integer)
            case "ContentMax": smtp.contentOctets = value.octets ?? smtp.contentOctets
            case "RecipientsMax": smtp.recipients = value.integer ?? smtp.recipients
            case "RefusedRecipientsMax": smtp.refusedRecipients = value.integer ?? smtp.refusedRecipients
            case "TransactionsMax": smtp.transactions = value.integer ?? smtp.transactions
            case "ErrorsMax": smtp.errors = value.integer ?? smtp.errors
            case "UnknownCommandsMax": smtp.unknownCommands = value.integer ?? smtp.unknownCommands
            case "IdleCommandsMax": smtp.idleCommands = value.integer ?? smtp.idleCommands
            case "CommandOctets": smtp.commandLineOctets = value.octets ?? smtp.commandLineOctets
            case "TextLineOctets": smtp.textLineOctets = value.octets ?? smtp.textLineOctets
            case "HeaderOctets": smtp.headerOctets = value.octets ?? smtp.headerOctets
            case "HeaderLines": smtp.headerLines = value.integer ?? smtp.headerLines
            case "Idle": smtp.commandSeconds = seconds(value) ?? smtp.commandSeconds
            case "ContentIdle": smtp.contentSeconds = seconds(value) ?? smtp.contentSeconds
            case "TransactionTime": smtp.transactionSeconds = seconds(value) ?? smtp.transactionSeconds
            case "GreetingPause":
                if let pause = value.duration { smtp.greetingPauseMilliseconds = Int(pause / .milliseconds(1)) }
            default: break
            }
        }
    }

    private mutating func take(imap properties: [String: TemplateValue]) {
        for (name, value) in properties {
            switch name {
            case "SessionsMax": imapSessions.overall = value.integer ?? imapSessions.overall
            case "SessionsPerPeerMax": Self.setPerPeer(&imapSessions, value.integer)
            case "SessionsPerUserMax": imap.sessionsPerUser = value.integer ?? imap.sessionsPerUser
            case "Idle": imap.silentSeconds = Self.seconds(value) ?? imap.silentSeconds
            case "IdleBeforeLogin": imap.silentSecondsBeforeLogin = Self.seconds(value) ?? imap.silentSecondsBeforeLogin
            case "CommandOctets": imap.commandOctets = value.octets ?? imap.commandOctets
            case "LineOctets": imap.lineOctets = value.octets ?? imap.lineOctets
            case "LiteralOctets": imap.literalOctets = value.octets ?? imap.literalOctets
            case "ContentMax": imap.messageOctets = value.octets ?? imap.messageOctets
            case "AppendOctets": imap.appendOctets = value.octets ?? imap.appendOctets
            case "ErrorsMax": imap.badCommands = value.integer ?? imap.badCommands
            case "LoginFailuresMax": imap.loginFailures = value.integer ?? imap.loginFailures
            default: break
            }
        }
    }

    private mutating func take(http properties: [String: TemplateValue]) {
        for (name, value) in properties {
            switch name {
            case "SessionsMax": httpSessions.overall = value.integer ?? httpSessions.overall
            case "SessionsPerPeerMax": Self.setPerPeer(&httpSessions, value.integer)
            case "ProbesFrom": probeNetworks = value.text.flatMap(NetworkRange.list) ?? []
            case "Idle": http.keepAliveSeconds = Self.seconds(value) ?? http.keepAliveSeconds
            case "HeadTime": http.headSeconds = Self.seconds(value) ?? http.headSeconds
            case "BodyIdle": http.idleSeconds = Self.seconds(value) ?? http.idleSeconds
            case "HeadOctets": http.headOctets = value.octets ?? http.headOctets
            case "FieldsMax": http.fieldCount = value.integer ?? http.fieldCount
            case "TargetOctets": http.targetOctets = value.octets ?? http.targetOctets
            case "BodyMax": http.bodyOctets = value.octets ?? http.bodyOctets
            case "RequestsMax": http.requestsPerConnection = value.integer ?? http.requestsPerConnection
            default: break
            }
        }
    }
}
