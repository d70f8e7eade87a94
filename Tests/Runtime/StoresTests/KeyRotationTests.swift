import FunctionRuntime
import Glibc
import MailTypes
import Synchronization
import Testing

@testable import Stores

@Suite struct KeyRotationTests {
    /// A source that stops working at the end of a rotation, as a process killed there does.
    private struct Dying: MasterKeySource {
        let file: MasterKeyFile
        func load() throws(StoreFailure) -> [Secret<Octets>] { try file.load() }
        func prepare(_ key: Secret<Octets>) throws(StoreFailure) { try file.prepare(key) }
        func keepOnly(_ key: Secret<Octets>) throws(StoreFailure) { throw .down("killed") }
    }

    private func view(_ stores: SQLiteStores, _ directory: ScratchDirectory, seed: UInt64 = 7) -> Stores {
        Stores(stores, in: directory, changes: MailboxChanges(), seed: seed)
    }

    @Test func `the key file is its owner's alone, and must not be read by others`() throws {
        let directory = ScratchDirectory()
        try directory.open().close()
        let path = directory.path + "/master.key"
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600 && status.st_size == 32)
        chmod(path, 0o644)
        #expect(throws: StoreFailure.conflict("\(path) can be read by others; run: chmod 600 \(path)")) {
            _ = try directory.open()
        }
    }

    @Test func `without its master key a database stays closed`() throws {
        let directory = ScratchDirectory()
        try directory.open().close()
        let path = directory.path + "/master.key"
        let key = ScratchDirectory.read(path)
        ScratchDirectory.write(SeededRandom(99).octets(32), to: path)
        #expect(throws: StoreFailure.down("the master key is not that of this database")) { _ = try directory.open() }
        unlink(path)
        #expect(throws: StoreFailure.down("the master key is missing; put its file back")) { _ = try directory.open() }
        ScratchDirectory.write(key, to: path)
        try directory.open().close()
    }

    @Test func `the master key is rotated while mail flows, and readers notice nothing`() async throws {
        let directory = ScratchDirectory()
        let stores = try directory.open()
        let view = view(stores, directory)
        let organization = try await view.organization()
        let ann = try await view.enabled("ann", in: organization)
        let before = ScratchDirectory.read(directory.path + "/master.key")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<10 {
                        let id = try await view.spooled(Octets(text: "content"), in: organization)
                        var settlement = Settlement(of: id, at: view.now)
                        settlement.deliveries = [view.delivery(0, ann)]
                        settlement.fates = [0: .delivered(mailboxes: 1)]
                        _ = try await stores.settle(settlement)
                        #expect(try await stores.content(of: id, range: nil).text == "content")
                    }
                }
            }
            group.addTask { for _ in 0..<3 { try await stores.rotateMasterKey() } }
            group.addTask {
                // An organization made in the middle of it.
                _ = try await view.organization("other", domain: "other.example")
            }
            try await group.waitForAll()
        }
        #expect(ScratchDirectory.read(directory.path + "/master.key") != before)
        #expect(!ScratchDirectory.names(directory.path).contains("master.key.next"))
        stores.close()
        let again = try directory.open(seed: 8)
        let inbox = try await again.folder(.inbox, of: ann)
        let items = try await again.items(in: inbox.id, uids: all, summaries: true, limit: 99)
        #expect(items.count == 40 && items.allSatisfy { $0.summary.text == "summary" })
        for item in items { #expect(try await again.content(of: item.id, in: inbox.id, range: nil).text == "content") }
        #expect(try await again.organizations().count == 2)
        #expect(try await again.rules(of: organization, direction: .inbound).isEmpty)
    }

    @Test func `a rotation killed before or after its commit is settled at the next start`() async throws {
        let directory = ScratchDirectory()
        let source = MasterKeyFile(path: directory.path + "/master.key")
        var stores = try directory.open(masterKey: Dying(file: source))
        let view = view(stores, directory)
        let ann = try await view.enabled("ann", in: try await view.organization())
        await #expect(throws: StoreFailure.down("killed")) { try await stores.rotateMasterKey() }
        #expect(ScratchDirectory.names(directory.path).contains("master.key.next"))
        stores.close()
        // Killed after the commit: the second file has the key.
        stores = try directory.open(seed: 8)
        #expect(try await stores.folders(of: ann).count == 10)
        #expect(!ScratchDirectory.names(directory.path).contains("master.key.next"))
        stores.close()
        // Killed before it: the first one has.
        try source.prepare(Secret(SeededRandom(5).octets(32)))
        #expect(ScratchDirectory.names(directory.path).contains("master.key.next"))
        stores = try directory.open(seed: 9)
        #expect(try await stores.folders(of: ann).count == 10)
        #expect(!ScratchDirectory.names(directory.path).contains("master.key.next"))
    }

    @Test func `an organization's key is rotated with everything below it still readable`() async throws {
        let directory = ScratchDirectory()
        var stores = try directory.open()
        var view = view(stores, directory)
        let organization = try await view.organization()
        let other = try await view.organization("other", domain: "other.example")
        let ann = try await view.enabled("ann", in: organization, hash: "hash")
        let inbox = try await stores.folder(.inbox, of: ann)
        try await view.append("in the mailbox", to: inbox.id)
        var ids: [QueueID] = []
        for number in 0..<600 { ids.append(try await view.spooled([UInt8(number % 256)], in: organization)) }
        let foreign = try await view.spooled(in: other)
        let (running, spool) = (stores, view)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await running.rotateOrganizationKey(organization) }
            group.addTask {
                for _ in 0..<50 { try await spool.spooled(Octets(text: "meanwhile"), in: organization) }
            }
            try await group.waitForAll()
        }
        #expect(try await stores.content(of: ids[7], range: nil) == [7])
        stores.close()
        stores = try directory.open(seed: 8)
        view = self.view(stores, directory, seed: 8)
        let former = try await stores.readers.read { db throws(StoreFailure) in
            let rows = try db.rows("SELECT count(*) FROM organization_keys WHERE is_current = 0")
            return try rows.step() ? rows.int(0) : -1
        }
        #expect(former == 0, "the old key is gone")
        for (number, id) in ids.enumerated() where number % 50 == 0 {
            #expect(try await stores.content(of: id, range: nil) == [UInt8(number % 256)])
        }
        #expect(try await stores.content(of: foreign, range: nil).isEmpty == false)
        #expect(try await stores.waiting(in: "inbound", limit: 9999).count == 651)
        let item = try #require(try await stores.items(in: inbox.id, uids: all, summaries: true, limit: 1).first)
        #expect(try await stores.content(of: item.id, in: inbox.id, range: nil).text == "in the mailbox")
        #expect(try await stores.passwordHash(of: address("ann@example.org"))?.hash.reveal() == "hash")
        await #expect { try await stores.rotateOrganizationKey("m-unknown") } throws: { $0.isNotFound }
    }
}
