import FunctionRuntime
import MailTypes

extension ClientDialogue {
    /// `AUTH PLAIN` (RFC 4616), else `AUTH LOGIN`, which is in no standard and the only one at many gateways (RFC 4954).
    mutating func logIn() -> Step {
        guard let login = hop.login else { return begin() }
        // A password is for the server whose certificate was checked, and for nobody else.
        guard isSecure, hop.security == .verified else { return unavailable(nil, "a login needs verified TLS") }
        if extensions.authPlain {
            return ask(.authPlain(mayAskAgain: true), "AUTH PLAIN \(response(of: login))", isSecret: true)
        }
        if extensions.authLogin { return ask(.authLogin(.nothing), "AUTH LOGIN") }
        return unavailable(nil, "it offers neither AUTH PLAIN nor AUTH LOGIN")
    }

    mutating func receivePlain(_ reply: Reply, mayAskAgain: Bool) -> Step {
        switch reply.code {
        case 200...299: return begin()
        case 334:
            // It overlooked what came with the command, and asks for it once.
            guard mayAskAgain, let login = hop.login else { return confused(reply) }
            return ask(.authPlain(mayAskAgain: false), response(of: login), isSecret: true)
        // RFC 4954 §4: it does not know the mechanism after all.
        case 504 where extensions.authLogin: return ask(.authLogin(.nothing), "AUTH LOGIN")
        case 400...: return unavailable(reply, "it refuses the login")
        default: return confused(reply)
        }
    }

    mutating func receiveLogin(_ reply: Reply, _ turn: LoginTurn) -> Step {
        guard let login = hop.login else { return begin() }
        switch (reply.code, turn) {
        case (334, .nothing): return ask(.authLogin(.user), base64(login.user), isSecret: true)
        case (334, .user): return ask(.authLogin(.password), base64(login.password.reveal()), isSecret: true)
        case (200...299, .password): return begin()
        case (400..., _): return unavailable(reply, "it refuses the login")
        default: return confused(reply)
        }
    }

    /// `message = [authzid] UTF8NUL authcid UTF8NUL passwd`.
    private func response(of login: NextHop.Login) -> String { base64("\0\(login.user)\0\(login.password.reveal())") }

    private func base64(_ text: String) -> String { Base64.encode(text.utf8).text }
}
