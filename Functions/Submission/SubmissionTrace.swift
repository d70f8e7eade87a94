import FunctionRuntime
import MailTypes

/// The field that goes on top of a user's message (RFC 5321 §4.4).
///
/// It does not tell the client's address: recipients are to know who wrote to them, not from where.
public enum SubmissionTrace {
    /// The field as octets, ended by CRLF.
    public static func octets(for session: SMTPSession, _ envelope: Envelope, as queueID: QueueID, at now: Timestamp)
        -> Octets
    {
        var text = "Received: from authenticated-user\r\n\tby \(session.hostname) with "
        text += (envelope.smtpUTF8 ? "UTF8SMTP" : "ESMTP") + (session.tls == nil ? "A" : "SA")
        if let tls = session.tls { text += " (\(tls.version) \(tls.cipher))" }
        text += " id \(queueID); \(now.rfc5322)\r\n"
        return Octets(text: text)
    }
}
