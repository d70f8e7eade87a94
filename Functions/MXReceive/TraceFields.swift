import FunctionRuntime
import MailTypes

/// The fields that go on top of each message from outside, in the order functions know them (reference/email-flow.md §9):
/// Return-Path, Received, X-SES-Spam-Verdict, X-SES-Virus-Verdict, Authentication-Results.
///
/// What the message brought along stays below, octet for octet. A sender can write fields of these names too, so
/// whoever reads a verdict takes the topmost field only.
public enum TraceFields {
    /// The fields as octets, each ended by CRLF.
    public static func octets(
        for session: SMTPSession, _ envelope: Envelope, as queueID: QueueID, at now: Timestamp
    ) -> Octets {
        var text = "Return-Path: \(envelope.reversePath)\r\n"
        text += "Received: from \(clientName(session.helo)) (\(addressLiteral(session.peer)))\r\n"
        text += "\tby \(session.hostname) with \(protocolName(session, envelope))"
        if let tls = session.tls { text += " (\(tls.version) \(tls.cipher))" }
        text += " id \(queueID)"
        // Several recipients must not learn of each other (RFC 5321 §7.2).
        if envelope.recipients.count == 1 { text += "\r\n\tfor \(envelope.recipients[0].forwardPath)" }
        text += "; \(now.rfc5322)\r\n"
        text += "X-SES-Spam-Verdict: PASS\r\n"
        text += "X-SES-Virus-Verdict: PASS\r\n"
        // RFC 8601 §2.2: nothing was checked yet; the place is taken, so that a forged field is never the topmost.
        text += "Authentication-Results: \(session.hostname); none\r\n"
        return Octets(text: text)
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
