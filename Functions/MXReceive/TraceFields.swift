import FunctionRuntime
import MailTypes
import MessageFormat

/// The fields that go on top of each message from outside: `ReceiptFields`, with what the session knows in Received.
public enum TraceFields {
    /// The fields as octets, each ended by CRLF.
    public static func octets(
        for session: SMTPSession, _ envelope: Envelope, as queueID: QueueID, at now: Timestamp
    ) -> Octets {
        var text = "from \(clientName(session.helo)) (\(addressLiteral(session.peer)))\r\n"
        text += "\tby \(session.hostname) with \(protocolName(session, envelope))"
        if let tls = session.tls { text += " (\(tls.version) \(tls.cipher))" }
        text += " id \(queueID)"
        // Several recipients must not learn of each other (RFC 5321 §7.2).
        if envelope.recipients.count == 1 { text += "\r\n\tfor \(envelope.recipients[0].forwardPath)" }
        return ReceiptFields.octets(
            reversePath: envelope.reversePath, received: text, hostname: session.hostname, at: now)
    }

    /// RFC 3848 and RFC 6531 §4.3 name the protocols.
    static func protocolName(_ session: SMTPSession, _ envelope: Envelope) -> String {
        guard session.isExtended else { return "SMTP" }
        return (envelope.smtpUTF8 ? "UTF8SMTP" : "ESMTP") + (session.tls == nil ? "" : "S")
            + (session.user == nil ? "" : "A")
    }

    /// The peer's address as `TCP-info` writes it (RFC 5321 §4.4).
    static func addressLiteral(_ peer: NetworkAddress) -> String {
        peer.host.contains(":") ? "[IPv6:\(peer.host)]" : "[\(peer.host)]"
    }

    /// The client's name for itself, with whatever could end the word made harmless. Events from the command line have
    /// not passed the dialogue's check.
    static func clientName(_ name: String) -> String {
        guard !name.isEmpty else { return "unknown" }
        let forbidden = Octets(text: "()<>,;\\\"@")
        return Octets(name.utf8.prefix(255).map { (0x21...0x7E).contains($0) && !forbidden.contains($0) ? $0 : 0x3F })
            .text
    }
}
