import FunctionRuntime
import MailTypes
import MemoryStores
import Synchronization
import Testing

@testable import IMAP

@Suite struct SessionTests {
    private func lines(_ text: String...) -> Octets { Octets(text: text.joined(separator: "\r\n") + "\r\n") }

    @Test func `a dialogue cut anywhere has the same replies`() async throws {
        let message = "Subject: x\r\n\r\nBody\r\n"
        let words = lines(
            "a1 LOGIN {15+}", "ann@example.org {6+}", "secret", "a2 SELECT INBOX",
            "a3 APPEND INBOX (\\Seen) {\(message.utf8.count)+}",
            "\(message)", "a4 FETCH 1:* (FLAGS BODY.PEEK[])", "a5 SEARCH SUBJECT {1+}", "x", "a6 IDLE", "DONE",
            "a7 LOGOUT")
        func replies(cutInto segmentOctets: Int) async throws -> String {
            let server = try await TestServer()
            try await server.deliver(TestMessages.content("plain"))
            let client = server.connect()
            let said = await client.said() + (await client.send(words, segmentOctets: segmentOctets))
            #expect(client.isOver)
            return said
        }
        let whole = try await replies(cutInto: .max)
        #expect(whole.hasSuffix("a7 OK logged out\r\n"))
        #expect(whole.contains("a3 OK [APPENDUID"))
        for segmentOctets in 1...60 { #expect(try await replies(cutInto: segmentOctets) == whole) }
    }

    @Test func `pipelined STORE and EXPUNGE happen in order`() async throws {
        let server = try await TestServer()
        for _ in 0..<3 { try await server.deliver(TestMessages.content("plain")) }
        let client = await server.logIn()
        let said = await client.send(
            lines("a SELECT INBOX", "b STORE 1,3 +FLAGS.SILENT (\\Deleted)", "c EXPUNGE", "d FETCH 1:* UID", "e NOOP"))
        #expect(
            said.contains(
                "b OK stored\r\n* 3 EXPUNGE\r\n* 1 EXPUNGE\r\nc OK expunged\r\n* 1 FETCH (UID 2)\r\nd OK fetched\r\n"))
    }

    @Test func `listing flags reads neither summaries nor contents`() async throws {
        let server = try await TestServer()
        for _ in 0..<700 { try await server.deliver(TestMessages.content("bare")) }
        let client = await server.logIn()
        await client.say("a SELECT INBOX")
        server.asked.withLock { $0 = [] }
        let said = await client.say("b FETCH 1:* (FLAGS UID)")
        #expect(said.hasSuffix("* 700 FETCH (FLAGS (\\Recent) UID 700)\r\nb OK fetched\r\n"))
        let asked = server.asked.withLock { $0 }
        #expect(asked.count == 2)
        for question in asked {
            guard case .items(_, _, let summaries, let limit) = question else {
                Issue.record("asked \(question)")
                continue
            }
            #expect(!summaries && limit <= 512)
        }
    }

    @Test(arguments: [
        "NOOP", "CAPABILITY", "ID NIL", "NAMESPACE", "ENABLE CONDSTORE", "IDLE", "LIST \"\" *", "SELECT INBOX",
    ])
    func `every command but LOGOUT ends the session of a closed account`(_ command: String) async throws {
        let server = try await TestServer()
        let client = await server.logIn()
        try await server.stores.disable(server.ann.id, at: server.time.now())
        let said = await client.say("a \(command)")
        #expect(said == "* BYE this account was closed or its password changed\r\n" && client.isOver)
    }

    @Test func `a large content goes out in steps, octet for octet`() async throws {
        let server = try await TestServer()
        var content = Octets(text: "Subject: large\r\n\r\n")
        for index in 0..<60_000 { content += Octets(text: "line \(index)\r\n") }
        try await server.deliver(content)
        let client = await server.logIn()
        await client.say("a SELECT INBOX")
        server.asked.withLock { $0 = [] }
        let said = await client.say("b FETCH 1 BODY.PEEK[]")
        #expect(said == "* 1 FETCH (BODY[] {\(content.count)}\r\n\(content.text))\r\nb OK fetched\r\n")
        for question in server.asked.withLock({ $0 }) {
            if case .content(_, _, let range) = question { #expect((range?.count ?? .max) <= 256 << 10) }
        }
        let part = await client.say("c FETCH 1 BODY.PEEK[TEXT]<300000.200000>")
        #expect(part.contains(content[(18 + 300_000)..<(18 + 500_000)].map { $0 }.text))
    }

    @Test func `a literal beyond the limit is never waited for`() async throws {
        let server = try await TestServer()
        for literal in ["{4097}", "{4294967295}", "{99999999999999999999}"] {
            let client = server.connect()
            _ = await client.said()
            #expect(await client.say("a LOGIN \(literal)") == "a BAD literal too big\r\n")
            #expect(await client.say("b NOOP") == "b OK nothing done\r\n")
        }
        for literal in ["{4097+}", "{4294967295+}", "{99999999999999999999+}"] {
            let client = server.connect()
            _ = await client.said()
            #expect(await client.say("a LOGIN \(literal)") == "* BYE literal too big\r\n")
            #expect(client.isOver)
        }
        let client = await server.logIn()
        #expect(
            await client.say("a APPEND INBOX {4294967295+}")
                == "a NO [TOOBIG] larger than 41943040 octets\r\n* BYE message too large\r\n")
        #expect(client.isOver)
    }

    @Test func `a line without end is cut off`() async throws {
        let server = try await TestServer()
        let client = server.connect()
        _ = await client.said()
        let said = await client.send(Octets(repeating: 0x61, count: 70_000))
        #expect(said == "* BYE line too long\r\n")
        let known = await server.logIn()
        #expect(
            await known.send(Octets(text: "a NOOP \"") + Octets(repeating: 0x61, count: 70_000))
                == "* BYE line too long\r\n")
    }

    @Test func `a client that leaves in the middle of APPEND leaves nothing behind`() async throws {
        let server = try await TestServer()
        let client = await server.logIn()
        await client.say("a APPEND INBOX {1000}")
        await client.send(Octets(text: "Subject: half"))
        await client.hangUp()
        let inbox = try await server.stores.folder(.inbox, of: server.ann.id)
        #expect(inbox.messages == 0 && inbox.uidNext == UID(1))
    }

    @Test func `a client that leaves while idle ends its session`() async throws {
        let server = try await TestServer()
        let client = await server.logIn()
        await client.say("a SELECT INBOX")
        #expect(await client.say("b IDLE") == "+ idling\r\n")
        await client.hangUp()
        #expect(client.isOver)
        // Nobody is woken by what comes after.
        try await server.deliver(TestMessages.content("plain"))
    }

    @Test func `words sent before the TLS handshake end the session`() async throws {
        let server = try await TestServer()
        let client = server.connect(isSecure: false)
        _ = await client.said()
        let said = await client.send(lines("a STARTTLS", "b LOGIN ann@example.org secret"))
        #expect(said == "a OK begin TLS\r\n")
        #expect(client.isOver)
    }

    @Test func `an endpoint may take passwords in plain text`() async throws {
        let server = try await TestServer()
        let settings = IMAPSettings(hostname: "mail.example.org", allowsPlainText: true, offersStartTLS: false)
        let client = server.connect(settings, isSecure: false)
        #expect(await client.said().contains("ENABLE AUTH=PLAIN]"))
        #expect(await client.say("a STARTTLS") == "a BAD STARTTLS is not offered here\r\n")
        #expect(await client.say("b LOGIN ann@example.org secret").hasPrefix("b OK"))
    }

    @Test func `a mailbox without room refuses APPEND and COPY`() async throws {
        let server = try await TestServer(quotaMB: 1)
        let client = await server.logIn()
        let content = Octets(text: "Subject: big\r\n\r\n") + Octets(repeating: 0x61, count: 700_000)
        let first = await client.send(Octets(text: "a APPEND INBOX {\(content.count)+}\r\n") + content + [.cr, .lf])
        #expect(first.hasPrefix("a OK [APPENDUID"))
        let second = await client.send(Octets(text: "b APPEND INBOX {\(content.count)+}\r\n") + content + [.cr, .lf])
        #expect(second == "b NO [OVERQUOTA] the mailbox is full\r\n")
        await client.say("c SELECT INBOX")
        #expect(await client.say("d COPY 1 Archive") == "d NO [OVERQUOTA] the mailbox is full\r\n")
    }

    @Test func `a message removed elsewhere during FETCH is left out and said so`() async throws {
        let server = try await TestServer()
        for _ in 0..<3 { try await server.deliver(TestMessages.content("plain"), flags: Flags(.deleted)) }
        let client = await server.logIn()
        await client.say("a SELECT INBOX")
        let inbox = try await server.stores.folder(.inbox, of: server.ann.id)
        _ = try await server.stores.expunge(uids: [2...2], in: inbox.id, at: server.time.now())
        let said = await client.say("b FETCH 1:3 (UID BODY.PEEK[TEXT])")
        #expect(!said.contains("* 2 FETCH") && said.contains("* 3 FETCH (UID 3"))
        #expect(said.hasSuffix("b NO [EXPUNGEISSUED] some of the messages have been deleted\r\n"))
    }

    @Test func `a summary that cannot be read is made anew from the content`() async throws {
        let server = try await TestServer()
        try await server.stores.addMessage(TestMessages.content("plain"), to: server.ann.id, summary: [0xFF])
        try await server.stores.addMessage(TestMessages.content("html"), to: server.ann.id)
        let client = await server.logIn()
        await client.say("a SELECT INBOX")
        #expect(await client.say("b FETCH 1 (ENVELOPE)").contains("\"lunch\" ((\"Carol\""))
        #expect(await client.say("c FETCH 2 (BODY.PEEK[1.2])").contains("<p>Caf"))
    }

    @Test func `a silent change of one's own does not hide what others changed meanwhile`() async throws {
        let server = try await TestServer()
        for _ in 0..<2 { try await server.deliver(TestMessages.content("plain")) }
        let client = await server.logIn()
        await client.say("a SELECT INBOX")
        let inbox = try await server.stores.folder(.inbox, of: server.ann.id)
        _ = try await server.stores.changeFlags(.add(Flags(.flagged)), uids: [1...2], in: inbox.id, unchangedSince: nil)
        let said = await client.say("b STORE 1 +FLAGS.SILENT (\\Seen)")
        #expect(said.contains("* 1 FETCH (FLAGS (\\Flagged \\Seen \\Recent))\r\n"))
        #expect(said.contains("* 2 FETCH (FLAGS (\\Flagged \\Recent))\r\n"))
        #expect(await client.say("c NOOP") == "c OK nothing done\r\n")
    }

    @Test func `news while a command is pipelined are told once`() async throws {
        let server = try await TestServer()
        try await server.deliver(TestMessages.content("plain"))
        let client = await server.logIn()
        await client.say("a SELECT INBOX")
        try await server.deliver(TestMessages.content("plain"))
        let said = await client.send(lines("b NOOP", "c NOOP", "d FETCH 2 UID", "e IDLE", "DONE", "f NOOP"))
        #expect(said.components(of: "EXISTS") == 1)
        #expect(
            said.hasSuffix("* 2 FETCH (UID 2)\r\nd OK fetched\r\n+ idling\r\ne OK idle ended\r\nf OK nothing done\r\n"))
    }

    @Test func `DONE that comes with IDLE in one segment ends it`() async throws {
        let server = try await TestServer()
        let client = await server.logIn()
        #expect(
            await client.send(lines("a IDLE", "DONE", "b NOOP"))
                == "+ idling\r\na OK idle ended\r\nb OK nothing done\r\n")
    }

    @Test func `a text to search for may come in any charset that mail is read in`() async throws {
        let server = try await TestServer()
        try await server.deliver(TestMessages.content("html"))
        try await server.deliver(TestMessages.content("plain"))
        let client = await server.logIn()
        await client.say("a SELECT INBOX")
        let found = "* SEARCH 1\r\nb OK searched\r\n"
        #expect(
            await client.send(Octets(text: "b SEARCH CHARSET ISO-8859-1 SUBJECT \"men") + [0xFC, 0x22, .cr, .lf])
                == found)
        #expect(await client.send(Octets(text: "b SEARCH CHARSET windows-1252 BODY caf") + [0xE9, .cr, .lf]) == found)
        #expect(await client.send(Octets(text: "b SEARCH CHARSET \"UTF-8\" SUBJECT menü\r\n")) == found)
        for unknown in ["x-none", "UTF-7", "\"\"", "\"utf-16//translit\""] {
            #expect(await client.say("c SEARCH CHARSET \(unknown) SUBJECT x").hasPrefix("c NO [BADCHARSET (UTF-8"))
        }
        #expect(
            await client.send(Octets(text: "d SEARCH CHARSET UTF-8 SUBJECT ") + [0xFC, .cr, .lf]).hasPrefix("d BAD"))
    }

    @Test func `keywords come back in the spelling they were first set in`() async throws {
        let server = try await TestServer()
        try await server.deliver(TestMessages.content("plain"))
        let client = await server.logIn()
        await client.say("a SELECT INBOX")
        #expect(
            await client.say("b STORE 1 +FLAGS ($Work $WORK Later)")
                .hasSuffix("* 1 FETCH (FLAGS (\\Recent $Work Later))\r\nb OK stored\r\n"))
        #expect(await client.say("c SEARCH KEYWORD $work UNKEYWORD Done") == "* SEARCH 1\r\nc OK searched\r\n")
    }

    /// Octets of every kind, before and after login: a reply or a goodbye, never a crash or a hang.
    @Test(arguments: [UInt64(3), 99, 20_261_120])
    func `random octets end in replies or a goodbye`(seed: UInt64) async throws {
        let server = try await TestServer()
        let random = SeededRandom(seed)
        let pieces = [
            "a ", "LOGIN ", "SELECT INBOX", "\r\n", "\r\n", "{5}", "{3+}", "(", ")", "\"", "FETCH 1 ", "BODY[]", "IDLE",
            "DONE",
            "APPEND INBOX ", "AUTHENTICATE PLAIN", "*", "\\", "~{2}", " ", "NOOP", "LIST \"\" *", "SEARCH ALL",
            "STORE 1 FLAGS ()",
        ]
        for round in 0..<60 {
            let client = round % 3 == 0 ? server.connect() : await server.logIn()
            var octets: Octets = []
            for _ in 0..<40 {
                if random.next() % 5 == 0 {
                    octets += random.octets(Int(random.next() % 9))
                } else {
                    octets += Octets(text: pieces[Int(random.next() % UInt64(pieces.count))])
                }
            }
            _ = await client.send(octets, segmentOctets: 1 + Int(random.next() % 50))
            await client.hangUp()
            #expect(client.isOver, "seed \(seed) round \(round)")
        }
    }
}

extension String {
    /// How often a text is in this one.
    fileprivate func components(of text: String) -> Int {
        var count = 0
        var rest = Substring(self)
        while let range = rest.firstRange(of: text) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }

    @Test func `F102: a full disk keeps nobody from reading, refuses changes, and the session goes on`() async throws {
        let server = try await TestServer()
        for _ in 0..<2 { try await server.deliver(TestMessages.content("plain")) }
        let client = await server.logIn()
        await client.say("a SELECT INBOX")
        server.isFull.withLock { $0 = true }
        // BODY[] would set \\Seen: the content comes all the same, and the flag is left out.
        let read = await client.say("b FETCH 1:2 (FLAGS BODY[])")
        #expect(read.hasSuffix("b OK fetched\r\n") && read.contains("* 2 FETCH"))
        #expect(!read.contains("\\Seen"))
        let refusal = "NO [UNAVAILABLE] cannot do this now, try again later\r\n"
        for command in [
            "STORE 1 +FLAGS (\\Deleted)", "COPY 1 Archive", "MOVE 1 Archive", "CREATE New", "EXPUNGE",
        ] {
            #expect(await client.say("c \(command)").hasSuffix("c \(refusal)"), "\(command)")
        }
        // Nobody is asked for content that there is no room for; what comes unasked is no command.
        for append in ["APPEND INBOX {3}", "APPEND INBOX {9+}\r\nx LOGOUT"] {
            #expect(
                await client.say("c \(append)") == "c NO [UNAVAILABLE] cannot store this now, try again later\r\n")
        }
        server.isFull.withLock { $0 = false }
        let after = await client.say("d FETCH 1 (FLAGS BODY[])")
        #expect(after.contains("\\Seen") && after.hasSuffix("d OK fetched\r\n"))
        #expect(await client.say("e STORE 1 +FLAGS (\\Deleted)").contains("e OK"))
    }
}
