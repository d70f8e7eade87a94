import FunctionRuntime
import MailTypes
import MemoryStores
import MessageFormat
import Synchronization
import Testing

/// Messages that transcripts speak of by name.
enum TestMessages {
    static func octets(_ text: String) -> Octets {
        var octets: Octets = []
        for octet in text.utf8 {
            if octet == .lf { octets.append(.cr) }
            octets.append(octet)
        }
        return octets
    }

    static let named: [String: Octets] = [
        "plain": octets(
            """
            From: Carol <carol@example.net>
            To: ann@example.org
            Subject: lunch
            Date: Fri, 20 Nov 2026 12:00:00 +0100
            Message-ID: <1@example.net>

            Soup at noon?

            """),
        "html": octets(
            """
            From: "Dave, the cook" <dave@example.net>
            Sender: office@example.net
            Reply-To: kitchen@example.net
            To: ann@example.org, Bob <bob@example.org>
            Cc: team: carol@example.net, dave@example.net;
            Subject: =?utf-8?q?Men=C3=BC?=
            Date: Thu, 19 Nov 2026 23:30:00 -0800
            Message-ID: <2@example.net>
            In-Reply-To: <1@example.net>
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary="outer"

            This is for old readers.
            --outer
            Content-Type: multipart/alternative; boundary=inner

            --inner
            Content-Type: text/plain; charset=iso-8859-1
            Content-Transfer-Encoding: quoted-printable

            Caf=E9 for everyone=
             today

            --inner
            Content-Type: text/html; charset=utf-8

            <p>Caf\u{E9}</p>

            --inner--
            --outer
            Content-Type: application/pdf; name="menu.pdf"
            Content-Transfer-Encoding: base64
            Content-Disposition: attachment; filename="menu.pdf"
            Content-ID: <menu@example.net>
            Content-Description: the menu
            Content-Language: de, en
            Content-Location: http://example.net/menu

            AAECAwQFBgc=

            --outer--

            """),
        "forwarded": octets(
            """
            From: bob@example.org
            To: ann@example.org
            Subject: Fwd: lunch
            Date: Fri, 20 Nov 2026 13:00:00 +0000
            Message-ID: <3@example.org>
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary=x

            --x
            Content-Type: text/plain

            See below.
            --x
            Content-Type: message/rfc822
            Content-Description: what Carol wrote

            From: Carol <carol@example.net>
            To: bob@example.org
            Subject: soup
            Date: Fri, 20 Nov 2026 12:00:00 +0100
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary=y

            --y

            Tomato.
            --y
            Content-Type: image/png
            Content-Transfer-Encoding: base64

            iVBORw0KGgo=
            --y--

            --x--

            """),
        "report": octets(
            """
            From: <@relay.example.net,@hub.example.net:postmaster@example.net>
            To: (comment) Ann <ann@example.org>
            Cc: <>
            Subject: not delivered
            Date: Fri, 21 Nov 97 09(comment):   55  :  06 -0600
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type=delivery-status; boundary=r

            --r
            Content-Type: text/plain
            Content-Description: the notification

            Sorry.
            --r
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mx.example.net

            Action: failed
            --r
            Content-Type: message/global
            Content-Disposition: attachment; filename*0*=utf-8''Men%C3%BC;
             filename*1=.eml

            Subject: inside

            Soup.
            --r--

            """),
        "bare": octets(
            """
            Subject: nothing else

            """),
    ]

    static func content(_ name: String) throws -> Octets { try #require(named[name], "no message \(name)") }
}

extension TestServer {
    /// Puts a message into a folder as Delivery does.
    @discardableResult
    func deliver(
        _ content: Octets, to entity: Entity? = nil, folder: SpecialUse = .inbox, flags: Flags = Flags()
    ) async throws -> UID {
        try await stores.addMessage(
            content, to: (entity ?? ann).id, folder: folder, flags: flags,
            summary: MessageSummary(content: content).encoded())
    }

    /// Something outside the sessions: `deliver plain`, `deliver plain to trash`, `deliver plain 3 times`, `a minute later`.
    func happen(_ text: String) async throws {
        let words = text.split(separator: " ").map(String.init)
        switch words.first {
        case "deliver":
            let content = try TestMessages.content(words[1])
            var folder = SpecialUse.inbox
            var times = 1
            var flags = Flags()
            var rest = words.dropFirst(2)
            while let word = rest.popFirst() {
                switch word {
                case "to": folder = try #require(rest.popFirst().flatMap(SpecialUse.init))
                case "seen": flags.system.insert(.seen)
                case "deleted": flags.system.insert(.deleted)
                case "flagged": flags.system.insert(.flagged)
                default:
                    times = try #require(Int(word))
                    _ = rest.popFirst()
                }
            }
            for _ in 0..<times { try await deliver(content, folder: folder, flags: flags) }
        case "a": time.advance(by: .seconds(60))
        case "forgotten":
            _ = try await stores.forgetVanished(before: time.now() + .seconds(1), keeping: .max, limit: .max)
        case "outage": outage.withLock { $0 = .unavailable }
        case "account": outage.withLock { $0 = .accountClosed }
        case "recovery": outage.withLock { $0 = nil }
        default: Issue.record("nobody knows what happens: \(text)")
        }
    }
}
