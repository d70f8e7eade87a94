import FunctionRuntime
import MailTypes

/// `login = "LOGIN" SP userid SP password`; `authenticate = "AUTHENTICATE" SP auth-type [SP initial-resp] *(CRLF base64)`
/// (RFC 9051 §6.2.2, §6.2.3)
extension IMAPSession {
    func login(_ user: Octets, _ password: Octets) async throws -> Completed {
        try checkMayLogIn()
        return try await logIn(user[...], password[...])
    }

    func authenticate(_ mechanism: String, _ initial: Octets?) async throws -> Completed {
        guard mechanism == "PLAIN" else { throw Refused.no("CANNOT", "mechanism not supported") }
        try checkMayLogIn()
        let encoded: Octets
        if let initial {
            encoded = initial
        } else {
            out.put("+ \r\n")
            try await send()
            encoded = try await line(limitOctets: limits.lineOctetsBeforeLogin)
        }
        if encoded == [0x2A] { throw Refused.bad("cancelled") }
        guard let message = encoded == [0x3D] ? [] : Base64.decode(encoded) else { throw Refused.bad("not base64") }
        let plain: SASLPlain
        do throws(SASLPlain.Problem) {
            plain = try SASLPlain(message)
        } catch {
            guard error == .actsForAnother else { throw Refused.bad("not a PLAIN message") }
            throw Refused.no("AUTHORIZATIONFAILED", "acting for somebody else is not possible")
        }
        return try await logIn(plain.user, plain.password)
    }

    private func checkMayLogIn() throws {
        guard entity == nil else { throw Refused.bad("logged in already") }
        guard takesPasswords else { throw Refused.no("PRIVACYREQUIRED", "use TLS first") }
    }

    private func logIn(_ user: ArraySlice<UInt8>, _ password: ArraySlice<UInt8>) async throws -> Completed {
        guard !user.isEmpty, !password.isEmpty, let user = String(validating: user, as: UTF8.self),
            let password = String(validating: password, as: UTF8.self)
        else { return try await denied("malformed") }
        let attempt = LoginAttempt(
            protocolName: "IMAP", user: user, password: Secret(password), peer: connection.peer,
            isSecure: connection.tls != nil)
        let verdict: LoginVerdict
        do {
            verdict = try await intake.login(attempt)
        } catch {
            log.warning("imap.login-unavailable", .peer(connection.peer), .reason("\(error)"))
            throw Refused.no("UNAVAILABLE", "cannot check this now, try again later")
        }
        switch verdict {
        case .granted(let entity): return try granted(entity)
        case .denied: return try await denied("denied")
        case .later(let seconds):
            loginFailures += 1
            guard loginFailures < limits.loginFailures else { throw Ending("too many failed logins") }
            throw Refused.no("UNAVAILABLE", "too many attempts, try again in \(seconds) seconds")
        }
    }

    private func granted(_ entity: Entity) throws -> Completed {
        guard intake.sessionBegan(entity.id, most: limits.sessionsPerUser) else {
            log.warning("imap.too-many-sessions", .entity(entity.id), .peer(connection.peer))
            // Counted like a failed login, so that nobody has passwords checked without end.
            loginFailures += 1
            guard loginFailures < limits.loginFailures else { throw Ending("too many failed logins") }
            throw Refused.no("LIMIT", "too many sessions, close one first")
        }
        // Nothing may fail between the count and this, which `run` gives it back by.
        self.entity = entity
        log = log.with(.entity(entity.id))
        log.info("imap.login", .peer(connection.peer))
        badCommands = 0
        connection.idleSeconds = limits.silentSeconds
        var code = Response()
        swap(&code, &out)
        out.put("CAPABILITY ")
        putCapabilities()
        swap(&code, &out)
        return Completed("logged in", code: code.octets, news: .none)
    }

    private func denied(_ reason: String) async throws -> Completed {
        loginFailures += 1
        log.warning("imap.login-denied", .peer(connection.peer), .reason(reason))
        guard loginFailures < limits.loginFailures else { throw Ending("too many failed logins") }
        throw Refused.no("AUTHENTICATIONFAILED", "wrong user or password")
    }
}
