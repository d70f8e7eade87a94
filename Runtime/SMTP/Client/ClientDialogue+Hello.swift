import FunctionRuntime
import MailTypes

extension ClientDialogue {
    /// `220` opens the session, anything else closes it (RFC 5321 §3.1).
    mutating func receiveGreeting(_ reply: Reply) -> Step {
        switch reply.code {
        case 200...299: return hello()
        case 400...: return unavailable(reply, "it greets with a refusal")
        default: return confused(reply)
        }
    }

    /// `ehlo = "EHLO" SP ( Domain / address-literal ) CRLF` (RFC 5321 §4.1.1.1).
    private mutating func hello() -> Step { ask(.ehlo, "EHLO \(hostname)") }

    mutating func receiveEHLO(_ reply: Reply) -> Step {
        switch reply.code {
        case 200...299:
            extensions = ServerExtensions(lines: reply.lines)
            return afterHello()
        // RFC 5321 §3.2: a server that does not know EHLO may know HELO.
        case 500...: return ask(.helo, "HELO \(hostname)")
        case 400...499: return unavailable(reply, "it refuses EHLO")
        default: return confused(reply)
        }
    }

    mutating func receiveHELO(_ reply: Reply) -> Step {
        switch reply.code {
        case 200...299: return afterHello()
        case 400...: return unavailable(reply, "it refuses EHLO and HELO")
        default: return confused(reply)
        }
    }

    /// TLS first, then the login, then the message.
    private mutating func afterHello() -> Step {
        if !isSecure {
            if extensions.startTLS, allowsTLS { return ask(.startTLS, "STARTTLS") }
            if hop.security == .verified { return unavailable(nil, "it does not offer STARTTLS") }
        }
        return hop.login == nil ? begin() : logIn()
    }

    /// `STARTTLS` (RFC 3207 §4).
    mutating func receiveStartTLS(_ reply: Reply) -> Step {
        switch reply.code {
        case 200...299: return .startTLS
        case 300...399: return confused(reply)
        case _ where hop.security == .verified: return unavailable(reply, "it refuses STARTTLS")
        // RFC 3207 §4.1: whoever can do without goes on.
        default: return hop.login == nil ? begin() : logIn()
        }
    }

    /// TLS is up. What the server said before it may have been said by somebody else (RFC 3207 §4.2).
    mutating func tlsStarted() -> Step {
        isSecure = true
        extensions = ServerExtensions()
        return hello()
    }

    /// The handshake failed, and nothing can be said over this connection any more.
    func tlsFailed(_ failure: ConnectionFailure) -> End {
        // More than a go-ahead before the handshake is an attack or a confusion, and neither gets better in plain text.
        let isOrdinary = failure != .injection && failure != .draining
        return End(
            report: .unavailable(nil, reason: "STARTTLS: \(failure.reason)"),
            mayRetryInPlainText: hop.security == .opportunistic && isOrdinary)
    }
}
