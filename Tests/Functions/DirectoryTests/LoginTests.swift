import Directory
import FunctionRuntime
import MailTypes
import MemoryStores
import Synchronization
import Testing

func address(_ text: String) -> Address {
    guard let address = Address(text) else { preconditionFailure("\(text) is no address") }
    return address
}

/// Counts what was compared; a password's hash is the password with `#` before it.
final class Comparisons: Sendable {
    private let compared = Mutex<[String]>([])
    var hashes: [String] { compared.withLock { $0 } }
    func verify(_ password: Secret<String>, _ hash: Secret<String>) -> Bool {
        compared.withLock { $0.append(hash.reveal()) }
        return hash.reveal() == "#" + password.reveal()
    }
}

@Suite struct LoginTests {
    private let stores = MemoryStores()
    private let time = ManualTime(MemoryStores.fixtureTime)
    private let comparisons = Comparisons()
    private let login: Login

    init() async throws {
        let comparisons = self.comparisons
        login = Login(
            directory: stores, decoy: Secret("decoy"), memory: LoginMemory(),
            verify: { comparisons.verify($0, $1) }, digest: { $0 })
        try await stores.addOrganization()
        try await stores.addUser(
            address("alice@demo.mailroom.test"), passwordHash: "#right", aliases: [address("al@demo.mailroom.test")])
    }

    private func attempt(
        _ password: String, as user: String = "alice@demo.mailroom.test", from host: String = "192.0.2.7"
    ) async throws -> LoginVerdict {
        try await login.handle(
            LoginAttempt(
                protocolName: "IMAP", user: user, password: Secret(password), peer: NetworkAddress(host: host, port: 1),
                isSecure: true), in: .test("Login", time: time))
    }

    private func isGranted(_ verdict: LoginVerdict) -> Bool { if case .granted = verdict { true } else { false } }

    @Test func `the right password is granted, in any spelling of the address`() async throws {
        #expect(isGranted(try await attempt("right")))
        #expect(isGranted(try await attempt("right", as: "ALICE@Demo.Mailroom.Test")))
        #expect(isGranted(try await attempt("right", as: "al@demo.mailroom.test")))
    }

    @Test(arguments: ["wrong", "", "right\u{0}", "Right", String(repeating: "x", count: 2000)])
    func `anything else is denied`(_ password: String) async throws {
        #expect(try await attempt(password) == .denied)
    }

    @Test(arguments: [
        "nobody@demo.mailroom.test", "alice", "", "alice@elsewhere.test", "*@demo.mailroom.test", "a\u{0}@x",
    ])
    func `an unknown user is denied`(_ user: String) async throws {
        #expect(try await attempt("right", as: user) == .denied)
    }

    @Test func `an unknown user costs the same work as a known one`() async throws {
        _ = try await attempt("wrong")
        _ = try await attempt("wrong", as: "nobody@demo.mailroom.test")
        _ = try await attempt("wrong", as: "not an address")
        #expect(comparisons.hashes == ["#right", "decoy", "decoy"])
    }

    @Test func `the decoy's own password opens nothing`() async throws {
        let comparisons = self.comparisons
        let login = Login(
            directory: stores, decoy: Secret("#secret"), memory: LoginMemory(), verify: { comparisons.verify($0, $1) },
            digest: { $0 })
        let verdict = try await login.handle(
            LoginAttempt(
                protocolName: "IMAP", user: "nobody@demo.mailroom.test", password: Secret("secret"),
                peer: NetworkAddress(host: "192.0.2.7", port: 1), isSecure: true), in: .test())
        #expect(verdict == .denied)
    }

    @Test func `a disabled user and a user of an inactive organization are denied`() async throws {
        let alice = try #require(try await stores.passwordHash(of: address("alice@demo.mailroom.test"))?.entity)
        try await stores.setState("Deleting", of: alice.organization)
        #expect(try await attempt("right") == .denied)
        try await stores.setState("Active", of: alice.organization)
        #expect(isGranted(try await attempt("right")))
        try await stores.disable(alice.id, at: time.now())
        #expect(try await attempt("right") == .denied)
    }

    @Test func `a verified password is compared once in a while, not for each connection`() async throws {
        for _ in 0..<5 { #expect(isGranted(try await attempt("right"))) }
        #expect(comparisons.hashes.count == 1)
        time.advance(by: .seconds(301))
        _ = try await attempt("right")
        #expect(comparisons.hashes.count == 2)
    }

    @Test func `a changed password ends what was remembered at once`() async throws {
        _ = try await attempt("right")
        let alice = try #require(try await stores.passwordHash(of: address("alice@demo.mailroom.test"))?.entity)
        try await stores.setPasswordHash(Secret("#new"), of: alice.id)
        #expect(try await attempt("right") == .denied)
        #expect(isGranted(try await attempt("new")))
    }

    @Test func `guessing gets slower and slower, for unknown users too`() async throws {
        for user in ["alice@demo.mailroom.test", "nobody@demo.mailroom.test"] {
            var waits: [Int] = []
            for _ in 0..<40 {
                if case .later(let seconds) = try await attempt("wrong", as: user, from: "198.51.100.1") {
                    waits.append(seconds)
                    time.advance(by: .seconds(Int64(seconds)))
                }
            }
            #expect(waits == waits.sorted())
            #expect(waits.last == 300)
        }
    }

    @Test func `even the right password waits while guessing is slowed`() async throws {
        for _ in 0..<11 { _ = try await attempt("wrong", from: "198.51.100.1") }
        #expect(try await attempt("right", from: "198.51.100.1") == .later(seconds: 1))
    }

    @Test func `a clock set back by a day keeps nobody out for a day`() async throws {
        for _ in 0..<11 { _ = try await attempt("wrong", from: "198.51.100.1") }
        time.advance(by: .seconds(-86400))
        #expect(isGranted(try await attempt("right", from: "198.51.100.1")))
    }

    @Test func `strangers cannot lock the owner out of a familiar network`() async throws {
        #expect(isGranted(try await attempt("right", from: "192.0.2.7")))
        for stranger in 0..<250 {
            _ = try await attempt("wrong", from: "10.\(stranger).0.1")
        }
        #expect(isGranted(try await attempt("right", from: "192.0.2.99")))
        // A stranger's guesses from ever new networks are slow all the same.
        if case .later = try await attempt("wrong", from: "10.251.0.1") {} else { Issue.record("not slowed") }
        // And an owner at a new place waits for seconds, not for hours.
        if case .later(let seconds) = try await attempt("right", from: "203.0.113.1") { #expect(seconds <= 15) }
    }

    @Test func `spraying one password over many accounts from one network is slowed`() async throws {
        var slowed = 0
        for number in 0..<100 {
            if case .later = try await attempt(
                "Winter2026", as: "u\(number)@demo.mailroom.test", from: "198.51.100.\(number)")
            {
                slowed += 1
            }
        }
        #expect(slowed >= 45)
        var slowedV6 = 0
        for number in 0..<100 {
            if case .later = try await attempt(
                "x", as: "v\(number)@demo.mailroom.test", from: "2001:db8:1:2::\(number)")
            {
                slowedV6 += 1
            }
        }
        #expect(slowedV6 >= 45)
    }

    @Test func `failures are forgotten after a while`() async throws {
        for _ in 0..<11 { _ = try await attempt("wrong", from: "198.51.100.1") }
        time.advance(by: .seconds(1801))
        for _ in 0..<10 { #expect(try await attempt("wrong", from: "198.51.100.1") == .denied) }
    }
}
