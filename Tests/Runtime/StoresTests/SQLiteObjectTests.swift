import FunctionRuntime
import MailTypes
import Testing

@testable import Stores

@Suite struct SQLiteObjectTests {
    private func view(_ stores: SQLiteStores, _ directory: ScratchDirectory) -> Stores {
        Stores(stores, in: directory, changes: MailboxChanges(), seed: 7)
    }

    private func put(_ key: String, _ content: Octets, _ stores: SQLiteStores) async throws {
        _ = try await stores.putObject(
            ObjectDraft(bucket: "box", key: key, etag: key, at: Stores.now), content: try await stores.stage(content))
    }

    /// Waits until nothing is left to release: each write comes after those asked for before it.
    private func settle(_ stores: SQLiteStores) async throws {
        var left = 1
        while left > 0 {
            left = try await stores.writer.write { transaction throws(StoreFailure) in
                let rows = try transaction.db.rows("SELECT count(*) FROM object_garbage")
                return try rows.step() ? rows.int(0) : 0
            }
        }
    }

    @Test func `objects are there after a crash, sealed, with nothing of what was not finished`() async throws {
        let directory = ScratchDirectory()
        let stores = try directory.open()
        let view = view(stores, directory)
        try await view.bucket()
        let secret = Octets(text: "the secret of the day; ") + Octets(repeating: 0x41, count: 400_000)
        try await put("large", secret, stores)
        try await put("small", Octets(text: "the secret of the day"), stores)
        let writer = try await stores.stage()
        try await writer.append(Octets(repeating: 1, count: 1 << 20))
        let copy = directory.copy()
        for file in directory.files() {
            #expect(!file.octets.contains(subsequence: Octets(text: "the secret of the day")), "\(file.name)")
        }
        let reopened = try copy.open()
        let content = try #require(try await reopened.openObject("large", in: "box", version: nil))
        #expect(try await content.read(0..<secret.count) == secret)
        #expect(try await self.view(reopened, copy).text("small") == "the secret of the day")
        #expect(reopened.segmentUsage.octets == reopened.segmentUsage.live)
    }

    @Test func `rotating keys and compacting leave objects as they are`() async throws {
        let directory = ScratchDirectory()
        let stores = try directory.open()
        try await view(stores, directory).bucket()
        let contents = (0..<4).map { SeededRandom(UInt64($0)).octets(500_000) }
        for (index, content) in contents.enumerated() { try await put("\(index)", content, stores) }
        let open = try #require(try await stores.openObject("3", in: "box", version: nil))
        for key in ["0", "2", "3"] { _ = try await stores.deleteObject(key, in: "box", at: Stores.now) }
        try await stores.rotateMasterKey()
        try await stores.compact(deadShare: 0.1)
        #expect(try await open.read(0..<500_000) == contents[3], "what is read stays")
        let left = try #require(try await stores.openObject("1", in: "box", version: nil))
        #expect(try await left.read(0..<500_000) == contents[1])
        stores.close()
        let reopened = try directory.open()
        let again = try #require(try await reopened.openObject("1", in: "box", version: nil))
        #expect(try await again.read(0..<500_000) == contents[1])
    }

    @Test func `content of what was deleted is given back, also after a restart in between`() async throws {
        let directory = ScratchDirectory()
        let stores = try directory.open()
        try await view(stores, directory).bucket()
        for key in ["a", "b", "c"] { try await put(key, SeededRandom(3).octets(500_000), stores) }
        let upload = try await stores.startUpload(ObjectDraft(bucket: "box", key: "u", etag: "", at: Stores.now))
        for number in 1...300 {
            try await stores.putPart(
                ObjectPart(number: number, size: 0, etag: "", modifiedAt: Stores.now),
                content: try await stores.stage(Octets(repeating: 1, count: 20_000)), of: upload)
        }
        var reader = try await stores.openObject("b", in: "box", version: nil)
        for key in ["a", "b"] { _ = try await stores.deleteObject(key, in: "box", at: Stores.now) }
        try await stores.abortUpload(upload)
        let killed = directory.copy()
        #expect(reader != nil)
        reader = nil
        try await settle(stores)
        _ = try await stores.giveBackSpace()
        #expect(stores.segmentUsage.live < 600_000)
        let reopened = try killed.open()
        try await settle(reopened)
        #expect(reopened.segmentUsage.live < 600_000)
        let left = try #require(try await reopened.openObject("c", in: "box", version: nil))
        #expect(try await left.read(0..<500_000) == SeededRandom(3).octets(500_000))
    }
}

extension Octets {
    fileprivate func contains(subsequence: Octets) -> Bool {
        guard let first = subsequence.first else { return true }
        var place = startIndex
        while let found = self[place...].firstIndex(of: first) {
            if self[found...].starts(with: subsequence) { return true }
            place = found + 1
        }
        return false
    }
}
