import FunctionRuntime
import IMAP
import MailTypes
import Mailbox
import MemoryStores
import Synchronization
import Testing

/// IMAP sessions over memory stores: what the executable puts together, for tests.
final class TestServer: IMAPIntake {
    let changes = MailboxChanges()
    let recents = RecentClaims()
    let stores: MemoryStores
    let mailbox: Mailbox
    let time = ManualTime()
    let ann: Entity
    let bob: Entity
    /// What the next questions are answered with instead, as long as it is set.
    let outage = Mutex<MailboxRefusal?>(nil)
    /// True: whatever would change something is refused, as on a full disk.
    let isFull = Mutex(false)
    /// Questions asked, by their names.
    let asked = Mutex<[MailboxRequest.Question]>([])
    let sessions = IMAPSessionCounts()

    init(quotaMB: Int = 100) async throws {
        stores = MemoryStores(changes: changes)
        mailbox = Mailbox(mailboxes: stores, directory: stores)
        try await stores.addOrganization(domain: "example.org")
        ann = try await stores.addUser(try #require(Address("ann@example.org")), quotaMB: quotaMB)
        bob = try await stores.addUser(try #require(Address("bob@example.org")), quotaMB: quotaMB)
    }

    func login(_ attempt: LoginAttempt) async throws -> LoginVerdict {
        switch (attempt.user.asciiLowercased, attempt.password.reveal()) {
        case ("ann@example.org", "secret"): .granted(ann)
        case ("bob@example.org", "secret"): .granted(bob)
        case ("later@example.org", _): .later(seconds: 30)
        default: .denied
        }
    }

    func mailbox(_ request: MailboxRequest) async throws -> MailboxReply {
        asked.withLock { $0.append(request.question) }
        if let refusal = outage.withLock({ $0 }) { return .refused(refusal) }
        if isFull.withLock({ $0 }), request.question.isChange { return .refused(.unavailable) }
        return try await mailbox.handle(request, in: .test("Mailbox", time: time))
    }

    func sessionBegan(_ entity: EntityID, most: Int) -> Bool { sessions.begin(entity, most: most) }
    func sessionEnded(_ entity: EntityID) { sessions.end(entity) }

    func stage() async throws -> any ContentWriter {
        if isFull.withLock({ $0 }) { throw StoreFailure.diskFull }
        return try await stores.stage()
    }

    /// A client of a new session. Its greeting is waiting.
    func connect(_ settings: IMAPSettings = .test, isSecure: Bool = true) -> TestClient {
        TestClient(self, settings, isSecure: isSecure)
    }

    /// A client that has logged in.
    func logIn(_ user: String = "ann", _ settings: IMAPSettings = .test) async -> TestClient {
        let client = connect(settings)
        _ = await client.said()
        _ = await client.say("login LOGIN \(user)@example.org secret")
        return client
    }
}

extension IMAPSettings {
    static let test = IMAPSettings(hostname: "mail.example.org", version: "1")
}

/// The other end of one session.
final class TestClient: Sendable {
    let connection: PipeConnection
    private let session: Task<Void, Never>

    init(_ server: TestServer, _ settings: IMAPSettings, isSecure: Bool) {
        let connection = PipeConnection(isSecure: isSecure)
        self.connection = connection
        session = Task {
            await IMAPSession(connection: connection, intake: server, settings: settings, time: server.time).run()
            connection.end()
        }
    }

    /// Sends a line and returns what came before the session waited again.
    @discardableResult
    func say(_ line: String) async -> String { await send(Octets(text: line) + [.cr, .lf]) }

    /// Sends octets as they are.
    @discardableResult
    func send(_ octets: Octets, segmentOctets: Int = .max) async -> String {
        connection.send(octets, segmentOctets: segmentOctets)
        return await said()
    }

    /// What the session has said by itself.
    func said() async -> String { await connection.said().text }

    func hangUp() async {
        connection.hangUp()
        await session.value
    }

    var isOver: Bool { connection.isOver }
}

extension MailboxRequest.Question {
    /// True when its answer needs room on the disk.
    var isChange: Bool {
        switch self {
        case .createFolder, .deleteFolder, .renameFolder, .setSubscribed, .forgetSubscription, .changeFlags, .copy,
            .move, .expunge, .append:
            true
        default: false
        }
    }
}
