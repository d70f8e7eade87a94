import FunctionRuntime
import MailTypes

/// `capability = ("AUTH=" auth-type) / atom`; `capability-data = "CAPABILITY" *(SP capability) ...` (RFC 9051 §6.1.1)
extension IMAPSession {
    func capability() -> Completed {
        out.put("* CAPABILITY ")
        putCapabilities()
        out.endLine()
        return Completed("that is all")
    }

    /// What we can do, in this state of the session.
    func putCapabilities() {
        out.put("IMAP4rev2 IMAP4rev1")
        if entity == nil {
            // LITERAL- before login: nobody unknown sends us more than 4096 octets unasked (RFC 7888 §5).
            out.put(" LITERAL- SASL-IR ID ENABLE")
            if canStartTLS { out.put(" STARTTLS") }
            out.put(text: takesPasswords ? " AUTH=PLAIN" : " LOGINDISABLED")
            return
        }
        out.put(
            """
             LITERAL+ ID ENABLE NAMESPACE CHILDREN UIDPLUS UNSELECT IDLE MOVE MULTIAPPEND BINARY ESEARCH SEARCHRES WITHIN \
            LIST-EXTENDED LIST-STATUS SPECIAL-USE CONDSTORE QRESYNC STATUS=SIZE OBJECTID SAVEDATE PREVIEW QUOTA \
            QUOTA=RES-STORAGE APPENDLIMIT=
            """)
        out.put(number: limits.messageOctets)
    }

    var canStartTLS: Bool { connection.tls == nil && settings.offersStartTLS && entity == nil }

    /// Passwords travel over TLS only, unless the endpoint says otherwise (RFC 9051 §11.1).
    var takesPasswords: Bool { connection.tls != nil || settings.allowsPlainText }
}
