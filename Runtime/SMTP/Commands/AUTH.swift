import MailTypes

extension Dialogue {
    /// `auth-command = "AUTH" SP sasl-mech [SP initial-response] CRLF` (RFC 4954 §4). Not on mx: other servers have no
    /// password here, and a client's password must not be asked for where it has no use.
    mutating func auth(_ arguments: ArraySlice<UInt8>) throws(Refusal) -> Step {
        guard !arguments.isEmpty else { throw Refusal(501, "5.5.4", "a mechanism belongs here") }
        guard transaction == nil else { throw Refusal(503, "5.5.1", "no AUTH within a transaction") }
        guard settings.isForUsers else {
            throw Refusal(502, "5.5.1", "no AUTH here; users send through the submission endpoints")
        }
        guard isSecure else { throw Refusal(538, "5.7.11", "STARTTLS comes first") }
        guard isExtended else { throw Refusal(503, "5.5.1", "EHLO comes first") }
        guard !isAuthenticated else { throw Refusal(503, "5.5.1", "logged in already") }
        let words = arguments.split(separator: .space, maxSplits: 1, omittingEmptySubsequences: false)
        let initial = words.count > 1 ? words[1] : nil
        if words[0].equalsIgnoringASCIICase("PLAIN".utf8) {
            exchange = .plain
        } else if words[0].equalsIgnoringASCIICase("LOGIN".utf8) {
            exchange = .loginUser
        } else {
            throw Refusal(504, "5.5.4", "PLAIN and LOGIN are spoken here")
        }
        // "=" is an empty initial response (RFC 4954 §4).
        if let initial { return respond(initial == [0x3D] ? [] : Octets(initial)) }
        return .challenge(challenge)
    }

    /// What the client is asked for next. Clients go by the words of LOGIN, which no standard has.
    private var challenge: Octets {
        switch exchange {
        case .loginUser: Octets(text: "Username:")
        case .loginPassword: Octets(text: "Password:")
        case .plain, nil: []
        }
    }

    /// A line within an AUTH exchange, given without its CRLF: base64, or `*` to give up.
    mutating func receive(response line: Octets) -> Step { account(respond(line)) }

    private mutating func respond(_ line: Octets) -> Step {
        let current = exchange
        exchange = nil
        guard line != [0x2A] else { return .reply(Reply(501, "5.7.0", "cancelled")) }
        guard let octets = line.isEmpty ? [] : Base64.decode(line) else {
            return .reply(Reply(501, "5.5.2", "not base64"))
        }
        switch current {
        case .plain:
            do throws(SASLPlain.Problem) {
                let plain = try SASLPlain(octets)
                return logIn(plain.user, plain.password)
            } catch {
                guard error == .actsForAnother else { return .reply(Reply(501, "5.5.2", "not a PLAIN message")) }
                return loginAnswered(Self.wrongCredentials)
            }
        case .loginUser:
            exchange = .loginPassword(octets)
            return .challenge(challenge)
        case .loginPassword(let user): return logIn(user[...], octets[...])
        case nil: preconditionFailure("a response belongs to an exchange")
        }
    }

    /// What cannot be a user's name or password is answered as a wrong one (reference/faults.md F78, F79).
    private mutating func logIn(_ user: ArraySlice<UInt8>, _ password: ArraySlice<UInt8>) -> Step {
        guard !user.isEmpty, !password.isEmpty, let user = String(validating: user, as: UTF8.self),
            let password = String(validating: password, as: UTF8.self)
        else { return loginAnswered(Self.wrongCredentials) }
        return .logIn(user: user, password: Secret(password))
    }

    static var wrongCredentials: Reply { Reply(535, "5.7.8", "wrong user or password") }

    /// What became of a login: the user is in, or hears why not.
    mutating func loginAnswered(_ reply: Reply) -> Step {
        guard !reply.isPositive else {
            isAuthenticated = true
            return .reply(reply)
        }
        failedLogins += 1
        guard failedLogins < limits.loginFailures else {
            return .close(Reply(421, "4.7.0", "\(settings.hostname) too many failed logins, bye"))
        }
        return .reply(reply)
    }
}
