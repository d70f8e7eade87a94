import FunctionRuntime
import MailTypes

/// What calls a function: one entry of its Events.
public struct TriggerDeclaration: Sendable, Hashable {
    /// The event's name in the template.
    public let name: String
    public let kind: Kind
    public let position: SourcePosition

    public enum Kind: Sendable, Hashable {
        /// `endpoint` asks this question. The properties are limits, named and checked as `PropertySchema.smtp` says.
        case smtp(endpoint: String, question: SMTPQuestion, properties: [String: TemplateValue])
        /// Every command of this endpoint's sessions; properties as `PropertySchema.imap` says.
        case imap(endpoint: String, properties: [String: TemplateValue])
        case httpApi(HTTPRouteDeclaration)
        case queue(QueueName, batchSize: Int)
        /// The input is JSON; nil for a `ScheduledEvent`.
        case schedule(ScheduleExpression, input: Octets?)
        /// A Run Lambda rule calls it.
        case flowRule(properties: [String: TemplateValue])
        /// A change in a mailbox.
        case mailboxEvent(properties: [String: TemplateValue])
        /// An object came or went.
        case s3(properties: [String: TemplateValue])
    }

    /// What the SMTP endpoint asks.
    public enum SMTPQuestion: String, Sendable, CaseIterable {
        case connection = "Connection"
        case recipient = "Recipient"
        /// Where users send: the header section, before anything is stored.
        case header = "Header"
        case message = "Message"
    }
}

/// Which HTTP requests a function answers.
public struct HTTPRouteDeclaration: Sendable, Hashable {
    /// Who has to be named before the function is asked.
    public enum Authorization: String, Sendable, CaseIterable {
        case none
        /// A mailbox user's password.
        case basic
        /// An access key's signature.
        case sigV4
    }

    /// `GET` and so on, or `ANY`.
    public let method: String
    /// `/messages/{messageId}`; `{name+}` at the end takes the rest.
    public let path: String
    /// For methods that have one of their own.
    public let authorizationByMethod: [String: Authorization]
    /// For all others.
    public let defaultAuthorization: Authorization
    /// Only for this Host; `*.example.org` for any below it.
    public let host: String?
    /// Only with this X-Amz-Target; `WorkMailService.*` for any that starts so.
    public let target: String?
    /// The service a signature must be for.
    public let service: String?
    /// Most octets of a body; nil for the endpoint's.
    public let bodyMax: Int?

    /// What a request of this method needs.
    public func authorization(for method: String) -> Authorization {
        authorizationByMethod[method] ?? defaultAuthorization
    }
}
