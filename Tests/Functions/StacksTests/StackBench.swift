import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

@testable import Stacks

/// Stacks over stores in memory, whose commits can be made to fail, and a host that only says what it is asked.
struct StackBench {
    let stores = MemoryStores()
    let host = ScriptedHost()
    let time = ManualTime()
    let records: FailingRecords
    let registry: FunctionRegistry
    let stacks: Stacks

    init() {
        records = FailingRecords(stores)
        registry = FunctionRegistry(records: records, account: "000000000000", region: "us-east-1")
        stacks = Stacks(
            registry: registry, records: records, buckets: stores, hosting: host, jobs: stores, time: time,
            random: SeededRandom(5)
        ) { Octets(text: "\($0):") + $1 }
    }

    func deploy(
        _ template: String, _ builds: [String: String] = [:], parameters: [String: String] = [:],
        stack: String = "demo", isDryRun: Bool = false
    ) async throws -> StackOutcome {
        var digests: [String: String] = [:]
        for (id, text) in builds { digests[id] = try await upload(text) }
        return try await stacks.deploy(
            StackRequest(
                stack: stack, file: "t.yaml", template: Octets(text: template), parameters: parameters,
                builds: digests, isDryRun: isDryRun))
    }

    /// Leaves a zip where a deploy looks for it; its digest.
    func upload(_ text: String) async throws -> String {
        let digest = ScriptedHost.digest(Octets(text: text))
        try await stores.createBucket(Stacks.artifacts, settings: BucketSettings(), at: time.now())
        try await stores.putObject(
            ObjectDraft(bucket: Stacks.artifacts, key: Stacks.artifactKey(digest), etag: "e", at: time.now()),
            content: try await stores.stage(Octets(text: text)))
        return digest
    }

    /// Buckets that stacks have made.
    func stackBuckets() async throws -> [Bucket] {
        try await stores.buckets().filter { $0.name != Stacks.artifacts }
    }

    /// The one function that there is.
    func function() async throws -> FunctionEntry {
        let entries = try await registry.entries()
        try #require(entries.count == 1)
        return entries[0]
    }
}
