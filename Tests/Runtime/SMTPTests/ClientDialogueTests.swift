import FunctionRuntime
import MailTypes
import Testing

@testable import SMTP

/// Every question of the dialogue, answered by every class of replies.
@Suite struct ClientDialogueTests {
    private static let codes = [
        200, 220, 235, 250, 251, 252, 299, 300, 334, 354, 399, 400, 421, 450, 452, 454, 499, 500, 502, 504, 530, 535,
        550,
        552, 554, 599,
    ]

    /// What the client does, without the words.
    private enum Deed: Equatable {
        case hears
        case says(String)
        case startsTLS
        case sends(ClientDialogue.Framing)
        case answers([Int])
        case gives(up: Int?)

        init(_ step: ClientDialogue.Step) {
            switch step {
            case .hear: self = .hears
            case .say(let octets, _):
                self = .says(
                    octets.text.split(separator: "\r\n").map { String($0.prefix { $0 != " " }) }.joined(separator: " "))
            case .startTLS: self = .startsTLS
            case .sendContent(let framing, _): self = .sends(framing)
            case .end(let end):
                switch end.report {
                case .answered(let replies): self = .answers(replies.map(\.code))
                case .unavailable(let reply, _): self = .gives(up: reply?.code)
                }
            }
        }
    }

    private static let login = NextHop.Login(user: "ann", password: Secret("secret"))

    private static func dialogue(
        to recipients: Int = 1, body: Envelope.Body = .sevenBit, security: NextHop.Security = .opportunistic,
        login: NextHop.Login? = nil, isSecure: Bool = false, after replies: String...
    ) -> ClientDialogue {
        let addresses = (0..<recipients).map { Address(localPart: "user\($0)", domain: "example.org") }
        let hop = NextHop(
            name: "mx.example.org", address: NetworkAddress(host: "192.0.2.7", port: 25), security: security,
            login: login)
        var dialogue = ClientDialogue(
            envelope: Envelope(
                reversePath: .null, recipients: addresses.map { EnvelopeRecipient(ForwardPath($0)) }, body: body),
            size: 33, hostname: "out.example.net", hop: hop, isSecure: isSecure)
        for text in replies {
            let lines = text.split(separator: "|").map(String.init)
            let step = dialogue.receive(Reply(Int(lines[0]) ?? 599, nil, lines: lines))
            if step == .startTLS { _ = dialogue.tlsStarted() }
        }
        return dialogue
    }

    /// Asks what the client does on each code, and compares.
    private func check(
        _ name: String, _ dialogue: ClientDialogue, sourceLocation: SourceLocation = #_sourceLocation,
        _ expected: (Int) -> Deed
    ) {
        for code in Self.codes {
            var dialogue = dialogue
            let deed = Deed(dialogue.receive(Reply(code, nil, "so")))
            #expect(deed == expected(code), "\(name) answered \(code)", sourceLocation: sourceLocation)
        }
    }

    @Test func `greeting, EHLO and HELO`() {
        check("greeting", Self.dialogue()) { code in
            code < 300 ? .says("EHLO") : code < 400 ? .gives(up: nil) : .gives(up: code)
        }
        check("EHLO", Self.dialogue(after: "220")) { code in
            switch code {
            case ..<300: .says("MAIL")
            case ..<400: .gives(up: nil)
            case ..<500: .gives(up: code)
            default: .says("HELO")
            }
        }
        check("HELO", Self.dialogue(after: "220", "502")) { code in
            code < 300 ? .says("MAIL") : code < 400 ? .gives(up: nil) : .gives(up: code)
        }
        check("EHLO where TLS is demanded", Self.dialogue(security: .verified, after: "220")) { code in
            switch code {
            case ..<400: .gives(up: nil)
            case ..<500: .gives(up: code)
            default: .says("HELO")
            }
        }
        check("HELO where TLS is demanded", Self.dialogue(security: .verified, after: "220", "502")) { code in
            code < 400 ? .gives(up: nil) : .gives(up: code)
        }
    }

    @Test func `STARTTLS`() {
        check("STARTTLS, optional", Self.dialogue(after: "220", "250|STARTTLS")) { code in
            switch code {
            case ..<300: .startsTLS
            case ..<400: .gives(up: nil)
            case 421: .gives(up: 421)
            default: .says("MAIL")
            }
        }
        check("STARTTLS, demanded", Self.dialogue(security: .verified, after: "220", "250|STARTTLS")) { code in
            code < 300 ? .startsTLS : code < 400 ? .gives(up: nil) : .gives(up: code)
        }
        check("EHLO within TLS", Self.dialogue(security: .verified, after: "220", "250|STARTTLS", "220")) { code in
            switch code {
            case ..<300: .says("MAIL")
            case ..<400: .gives(up: nil)
            case ..<500: .gives(up: code)
            default: .says("HELO")
            }
        }
        for failure in [ConnectionFailure.closed, .timedOut, .injection, .tls("no"), .system(5), .draining] {
            for security in [NextHop.Security.opportunistic, .verified] {
                let dialogue = Self.dialogue(security: security, after: "220", "250|STARTTLS")
                let end = dialogue.tlsFailed(failure)
                #expect(Deed(.end(end)) == .gives(up: nil))
                let mayRetry = security == .opportunistic && failure != .injection && failure != .draining
                #expect(end.mayRetryInPlainText == mayRetry)
                #expect(!end.saysQUIT)
            }
        }
    }

    @Test func `AUTH`() {
        func dialogue(_ mechanisms: String, _ more: String...) -> ClientDialogue {
            var dialogue = Self.dialogue(
                security: .verified, login: Self.login, isSecure: true, after: "220", "250|AUTH \(mechanisms)")
            for code in more { _ = dialogue.receive(Reply(Int(code) ?? 599, nil, "so")) }
            return dialogue
        }
        check("AUTH PLAIN", dialogue("PLAIN")) { code in
            switch code {
            case ..<300: .says("MAIL")
            case 334: .says("AGFubgBzZWNyZXQ=")
            case ..<400: .gives(up: nil)
            default: .gives(up: code)
            }
        }
        check("AUTH PLAIN, LOGIN offered", dialogue("PLAIN LOGIN")) { code in
            switch code {
            case ..<300: .says("MAIL")
            case 334: .says("AGFubgBzZWNyZXQ=")
            case ..<400: .gives(up: nil)
            case 504: .says("AUTH")
            default: .gives(up: code)
            }
        }
        check("AUTH PLAIN's response", dialogue("PLAIN", "334")) { code in
            code < 300 ? .says("MAIL") : code < 400 ? .gives(up: nil) : .gives(up: code)
        }
        check("AUTH LOGIN", dialogue("LOGIN")) {
            $0 == 334 ? .says("YW5u") : $0 < 400 ? .gives(up: nil) : .gives(up: $0)
        }
        check("AUTH LOGIN's user", dialogue("LOGIN", "334")) {
            $0 == 334 ? .says("c2VjcmV0") : $0 < 400 ? .gives(up: nil) : .gives(up: $0)
        }
        check("AUTH LOGIN's password", dialogue("LOGIN", "334", "334")) {
            $0 < 300 ? .says("MAIL") : $0 < 400 ? .gives(up: nil) : .gives(up: $0)
        }
    }

    @Test func `credentials are marked, so that no log has them`() {
        var plain = Self.dialogue(security: .verified, login: Self.login, isSecure: true, after: "220")
        guard case .say(_, true) = plain.receive(Reply(250, nil, lines: ["mx", "AUTH PLAIN LOGIN"])) else {
            Issue.record("AUTH PLAIN is not marked")
            return
        }
        var named = Self.dialogue(
            security: .verified, login: Self.login, isSecure: true, after: "220", "250|AUTH LOGIN")
        for _ in 0..<2 {
            guard case .say(_, true) = named.receive(Reply(334, nil, "so")) else {
                Issue.record("AUTH LOGIN is not marked")
                return
            }
        }
    }

    @Test func `MAIL, RCPT and DATA one by one`() {
        check("MAIL", Self.dialogue(to: 2, after: "220", "250")) { code in
            switch code {
            case ..<300: .says("RCPT")
            case ..<400: .gives(up: nil)
            case 421: .gives(up: 421)
            default: .answers([code, code])
            }
        }
        check("the first RCPT", Self.dialogue(to: 2, after: "220", "250", "250")) { code in
            (300..<400).contains(code) ? .gives(up: nil) : code == 421 ? .gives(up: 421) : .says("RCPT")
        }
        check("the second RCPT, the first accepted", Self.dialogue(to: 2, after: "220", "250", "250", "250")) { code in
            (300..<400).contains(code) ? .gives(up: nil) : code == 421 ? .gives(up: 421) : .says("DATA")
        }
        check("the second RCPT, the first refused", Self.dialogue(to: 2, after: "220", "250", "250", "550")) { code in
            switch code {
            case ..<300: .says("DATA")
            case ..<400: .gives(up: nil)
            case 421: .gives(up: 421)
            default: .answers([550, code])
            }
        }
        check("DATA", Self.dialogue(to: 2, after: "220", "250", "250", "250", "551")) { code in
            switch code {
            case ..<300: .gives(up: nil)
            case ..<400: .sends(.dot)
            case 421: .gives(up: 421)
            default: .answers([code, 551])
            }
        }
    }

    @Test func `MAIL, RCPT and DATA in one group`() {
        check("MAIL", Self.dialogue(after: "220", "250|PIPELINING")) { code in
            (300..<400).contains(code) ? .gives(up: nil) : code == 421 ? .gives(up: 421) : .hears
        }
        check("RCPT", Self.dialogue(after: "220", "250|PIPELINING", "250")) { code in
            (300..<400).contains(code) ? .gives(up: nil) : code == 421 ? .gives(up: 421) : .hears
        }
        check("RCPT behind a refused MAIL", Self.dialogue(after: "220", "250|PIPELINING", "553")) { code in
            // Its fate is known, whatever else the server says.
            (300..<400).contains(code) || code == 421 ? .answers([553]) : .hears
        }
        check("DATA", Self.dialogue(to: 2, after: "220", "250|PIPELINING", "250", "450", "250")) { code in
            switch code {
            case ..<300: .gives(up: nil)
            case ..<400: .sends(.dot)
            case 421: .gives(up: 421)
            default: .answers([450, code])
            }
        }
        check("DATA behind refusals", Self.dialogue(to: 2, after: "220", "250|PIPELINING", "250", "450", "550")) {
            code in
            (300..<400).contains(code) ? .says(".") : .answers([450, 550])
        }
        check("DATA behind a refused MAIL", Self.dialogue(to: 2, after: "220", "250|PIPELINING", "553", "503", "503")) {
            (300..<400).contains($0) ? .says(".") : .answers([553, 553])
        }
        check("a lone dot", Self.dialogue(after: "220", "250|PIPELINING", "250", "550", "354")) { _ in .answers([550]) }
    }

    @Test func `the content's end, by a dot and by counting`() {
        var dotted = Self.dialogue(to: 2, after: "220", "250|PIPELINING", "250", "250", "550", "354")
        dotted.contentGoesOut()
        var counted = Self.dialogue(
            to: 2, body: .binaryMIME, after: "220", "250|PIPELINING|CHUNKING|BINARYMIME", "250", "250", "550")
        counted.contentGoesOut()
        for dialogue in [dotted, counted] {
            check("content", dialogue) { .answers([(300..<400).contains($0) ? 451 : $0, 550]) }
            for end in [dialogue.broken("gone"), dialogue.brokenOff("gone", lastWords: Reply(250, nil, "ok"))] {
                #expect(Deed(.end(end)) == .answers([451, 550]))
            }
            #expect(Deed(.end(dialogue.brokenOff("gone", lastWords: Reply(552, nil, "no")))) == .answers([552, 550]))
        }
        check(
            "a binary message's last RCPT",
            Self.dialogue(body: .binaryMIME, after: "220", "250|CHUNKING|BINARYMIME", "250")
        ) {
            switch $0 {
            case ..<300: .sends(.counted)
            case ..<400: .gives(up: nil)
            case 421: .gives(up: 421)
            default: .answers([$0])
            }
        }
    }

    @Test func `no address carries a second command`() {
        let evil = Address(localPart: "a>\r\nRSET\r\nMAIL FROM:<b", domain: "example.org")
        let hop = NextHop(name: "mx.example.org", address: NetworkAddress(host: "192.0.2.7", port: 25))
        func deed(_ envelope: Envelope) -> Deed {
            var dialogue = ClientDialogue(envelope: envelope, size: 1, hostname: "out.example.net", hop: hop)
            _ = dialogue.receive(Reply(220, nil, "mx"))
            return Deed(dialogue.receive(Reply(250, nil, lines: ["mx", "PIPELINING", "SMTPUTF8"])))
        }
        let good = EnvelopeRecipient(ForwardPath(Address(localPart: "ann", domain: "example.org")))
        #expect(deed(Envelope(reversePath: ReversePath(evil), recipients: [good])) == .answers([553]))
        #expect(
            deed(Envelope(reversePath: .null, recipients: [EnvelopeRecipient(ForwardPath(evil))])) == .answers([553]))
        #expect(
            deed(Envelope(reversePath: .null, recipients: [EnvelopeRecipient(ForwardPath(evil)), good]))
                == .says("MAIL RCPT DATA"))
    }
}
