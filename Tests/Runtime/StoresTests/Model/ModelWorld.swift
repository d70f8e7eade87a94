import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

/// One implementation under the operations, and what they are told by numbers of.
final class ModelWorld {
    private(set) var stores: Stores
    let organization: OrganizationID
    let accounts: [EntityID]
    private var restarts: UInt64 = 0
    private(set) var now = Stores.now
    private(set) var messages: [QueueID] = []
    private(set) var jobs: [Identifier128] = []
    private(set) var checkpoints: [[FolderID: ModSeq]] = []
    /// Item ids by the order in which they were seen: the ids differ between implementations, their keeping must not.
    private var labels: [ItemID: Int] = [:]

    /// Six users, of which one stays disabled, one has no room to spare, and two groups; the same everywhere.
    init(_ kind: StoreKind) async throws {
        stores = try await kind.open(seed: 7)
        let random = SeededRandom(99)
        organization = OrganizationID("m-" + random.identifier(at: Stores.now).hex)
        try await stores.directory.createOrganization(
            Organization(id: organization, alias: "demo", defaultDomain: "example.org", createdAt: now),
            domains: [stores.mailDomain("example.org", organization)])
        var accounts: [EntityID] = []
        for number in 0..<8 {
            let id = EntityID(random.identifier(at: now).description)
            accounts.append(id)
            try await stores.directory.createEntity(
                Entity(
                    id: id, organization: organization, kind: number < 6 ? .user : .group, name: "n\(number)",
                    displayName: "N \(number)", quotaMB: number == 1 ? 1 : 100, createdAt: now), passwordHash: nil)
            if number != 4 { try await stores.directory.enable(id, email: Self.mail(number), at: now) }
        }
        self.accounts = accounts
    }

    static func mail(_ number: Int) -> Address { address("a\(number)@example.org") }

    /// The message of a number; one that never was when there is none yet.
    func message(_ number: Int) -> QueueID {
        messages.isEmpty ? Identifier128(high: 1, low: 1) : messages[min(number, messages.count - 1)]
    }

    func job(_ number: Int) -> Identifier128 {
        jobs.isEmpty ? Identifier128(high: 1, low: 2) : jobs[min(number, jobs.count - 1)]
    }

    /// The folder of a number, counted by path with INBOX first; one that never was when the account has none.
    func folder(_ account: Int, _ number: Int) async throws -> FolderID {
        let folders = try await paths(of: accounts[account])
        return folders.isEmpty ? FolderID(Identifier128(high: 1, low: 3)) : folders[number % folders.count].folder.id
    }

    /// All folders of an account with their paths, INBOX first, then by path.
    func paths(of account: EntityID) async throws -> [(path: String, folder: Folder)] {
        let folders = try await stores.mailboxes.folders(of: account)
        let byID = Dictionary(folders.map { ($0.id, $0) }) { first, _ in first }
        func path(_ folder: Folder) -> String {
            folder.parent.flatMap { byID[$0] }.map { path($0) + "/" + folder.name } ?? folder.name
        }
        return folders.map { (path($0), $0) }.sorted { left, right in
            let (one, other) = (left.1.specialUse == .inbox, right.1.specialUse == .inbox)
            return one != other ? one : left.0 < right.0
        }
    }

    /// Leaves the implementation where it stands, as a power cut does, and carries on with what is on its disk.
    func crash() throws {
        if let memory = stores.spool as? MemoryStores { memory.loseLeases() }
        guard let directory = stores.keeping as? ScratchDirectory else { return }
        let copy = directory.copy()
        restarts += 1
        let seed = 1000 + restarts
        stores = Stores(
            try copy.open(seed: seed, changes: stores.changes), in: copy, changes: stores.changes, seed: seed)
    }

    func advance(by seconds: Int) { now = now + .seconds(seconds) }
    func note(message: QueueID) { messages.append(message) }
    func note(job: Identifier128) { jobs.append(job) }

    func checkpoint() async throws {
        var seen: [FolderID: ModSeq] = [:]
        for account in accounts {
            for folder in try await stores.mailboxes.folders(of: account) { seen[folder.id] = folder.highestModSeq }
        }
        checkpoints.append(seen)
    }

    /// The MODSEQ a folder had some checkpoints ago; 0 for one that was not there.
    func modSeq(of folder: FolderID, checkpointsAgo: Int) -> ModSeq {
        let place = checkpoints.count - 1 - checkpointsAgo
        return checkpoints.indices.contains(place) ? checkpoints[place][folder] ?? ModSeq(0) : ModSeq(0)
    }

    func label(_ item: ItemID) -> Int {
        if let known = labels[item] { return known }
        labels[item] = labels.count
        return labels.count - 1
    }
}
