import FunctionRuntime
import MailTypes
import Testing

@testable import Stores

@Suite struct SQLiteMailboxTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func `listed UIDs and changes are those of the rows, however the folder changed before`(_ seed: UInt64) async throws
    {
        let directory = ScratchDirectory()
        let stores = try directory.open(seed: seed)
        let view = Stores(stores, in: directory, changes: MailboxChanges(), seed: seed)
        let (ann, inbox) = try await view.annWithInbox()
        let archive = try await stores.folder(.archive, of: ann)
        let random = SeededRandom(seed)
        // What a client that follows the changes believes.
        var believed: [UInt32: Flags] = [:]
        var seen = ModSeq(0)
        for step in 0..<120 {
            let known = try await stores.uids(in: inbox.id)
            let uid = known.isEmpty ? 1 : known[Int(random.next() % UInt64(known.count))]
            switch random.next() % 5 {
            case 0, 1: try await view.append(flags: [Flags(), Flags(.deleted)], to: inbox.id)
            case 2:
                let change: FlagChange = step % 2 == 0 ? .add(Flags(.seen, keywords: ["k"])) : .set(Flags(.deleted))
                _ = try await stores.changeFlags(change, uids: [uid...uid], in: inbox.id, unchangedSince: nil)
            case 3: _ = try await stores.expunge(uids: [uid...UInt32.max], in: inbox.id, at: view.now)
            default:
                _ = try await stores.move(uids: [uid...uid], from: inbox.id, to: archive.id, at: view.now)
                _ = try await stores.copy(uids: [1...2], from: archive.id, to: inbox.id, at: view.now)
            }
            guard step % 3 == 0 else { continue }
            let items = try await stores.items(in: inbox.id, uids: all, summaries: false, limit: 9999)
            #expect(try await stores.uids(in: inbox.id) == items.map(\.uid.value), "seed \(seed), step \(step)")
            let changes = try await stores.changes(in: inbox.id, since: seen)
            for uid in changes.vanished.joined() { believed[uid] = nil }
            for item in changes.changed { believed[item.uid.value] = item.flags }
            seen = changes.folder.highestModSeq
            #expect(
                believed == Dictionary(uniqueKeysWithValues: items.map { ($0.uid.value, $0.flags) }), "step \(step)")
            let folder = changes.folder
            #expect(folder.messages == items.count)
            #expect(folder.octets == items.reduce(0) { $0 + $1.size })
            #expect(folder.unseen == items.filter { !$0.flags.system.contains(.seen) }.count)
            #expect(folder.deleted == items.filter { $0.flags.system.contains(.deleted) }.count)
        }
        let folders = try await stores.folders(of: ann)
        #expect(try await stores.usage(of: ann).used == folders.reduce(0) { $0 + $1.octets })
    }
}
