import FunctionRuntime
import IMAP
import MailTypes
import Testing

@Suite struct SessionLimitsTests {
    private func settings(sessionsPerUser: Int) -> IMAPSettings {
        var limits = IMAPLimits()
        limits.sessionsPerUser = sessionsPerUser
        return IMAPSettings(hostname: "mail.example.org", version: "1", limits: limits)
    }

    @Test(arguments: ["NOOP", "SELECT Nowhere", "SEARCH CHARSET KOI8-R ALL", "IDLE"])
    func `bad commands with an understood one between them never end a session`(understood: String) async throws {
        let server = try await TestServer()
        let client = await server.logIn()
        await client.say("a SELECT INBOX")
        for _ in 0..<5 {
            for _ in 0..<19 { #expect(await client.say("b NONSENSE") == "b BAD unknown command\r\n") }
            await client.say("c \(understood)")
            if understood == "IDLE" { await client.say("DONE") }
        }
        #expect(await client.say("d NOOP") == "d OK nothing done\r\n")
    }

    @Test func `twenty bad commands in a row end a session, those of APPEND counted`() async throws {
        let server = try await TestServer()
        let client = await server.logIn()
        for _ in 0..<10 { await client.say("a NONSENSE") }
        for _ in 0..<9 {
            #expect(await client.say("b APPEND INBOX (\\Seen {3+}\r\nabc").contains("b BAD"))
        }
        #expect(!client.isOver)
        #expect(await client.say("c NONSENSE").hasSuffix("* BYE too many bad commands\r\n"))
        #expect(client.isOver)
    }

    @Test func `one session too many is refused at login, and another user is not`() async throws {
        let server = try await TestServer()
        let settings = settings(sessionsPerUser: 2)
        let first = await server.logIn("ann", settings)
        let second = await server.logIn("ann", settings)
        let third = server.connect(settings)
        _ = await third.said()
        let refusal = "NO [LIMIT] too many sessions, close one first\r\n"
        #expect(await third.say("a LOGIN ann@example.org secret") == "a \(refusal)")
        #expect(await third.say("b SELECT INBOX") == "b BAD log in first\r\n")
        #expect(server.sessions.count(server.ann.id) == 2)
        let other = await server.logIn("bob", settings)
        #expect(server.sessions.count(server.bob.id) == 1)
        // One that ends makes room for the one that was refused.
        #expect(await first.say("c LOGOUT").contains("c OK"))
        await first.hangUp()
        #expect(await third.say("d LOGIN ann@example.org secret").hasPrefix("d OK"))
        for client in [second, third, other] { await client.hangUp() }
        #expect(server.sessions.count(server.ann.id) == 0 && server.sessions.count(server.bob.id) == 0)
    }

    @Test func `logins over the limit end like failed ones and give back nothing`() async throws {
        let server = try await TestServer()
        let settings = settings(sessionsPerUser: 1)
        let first = await server.logIn("ann", settings)
        let second = server.connect(settings)
        _ = await second.said()
        for _ in 0..<2 { #expect(await second.say("a LOGIN ann@example.org secret").contains("NO [LIMIT]")) }
        #expect(await second.say("a LOGIN ann@example.org secret") == "* BYE too many failed logins\r\n")
        await second.hangUp()
        #expect(server.sessions.count(server.ann.id) == 1)
        await first.hangUp()
        #expect(server.sessions.count(server.ann.id) == 0)
    }

    @Test(arguments: [
        "a NOOP", "a IDLE", "a APPEND INBOX {100}", "a LOGIN {5}", "a LOGOUT", "a SELECT {99999+}", "a NO",
    ])
    func `however a session ends, its place is free again`(last: String) async throws {
        let server = try await TestServer()
        let client = await server.logIn()
        #expect(server.sessions.count(server.ann.id) == 1)
        await client.say(last)
        await client.hangUp()
        #expect(client.isOver)
        #expect(server.sessions.count(server.ann.id) == 0)
    }

    @Test func `sessions that never logged in, or whose account was closed, leave the count even`() async throws {
        let server = try await TestServer()
        let stranger = server.connect()
        await stranger.say("a LOGIN ann@example.org wrong")
        await stranger.hangUp()
        #expect(server.sessions.count(server.ann.id) == 0)
        let client = await server.logIn()
        try await server.happen("account closed")
        #expect(await client.say("a SELECT INBOX").contains("* BYE"))
        await client.hangUp()
        #expect(server.sessions.count(server.ann.id) == 0)
    }
}
