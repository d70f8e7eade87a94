import FunctionRuntime
import MailTypes
import MemoryStores
import Synchronization
import Testing

@testable import Stacks

@Suite struct CodeUpkeepTests {
    private let stores = MemoryStores()
    private let host = ScriptedHost()
    private let time = ManualTime()
    private var registry: FunctionRegistry {
        FunctionRegistry(records: stores, account: "000000000000", region: "us-east-1")
    }
    private var stacks: Stacks {
        Stacks(
            registry: registry, records: stores, buckets: stores, hosting: host, jobs: stores, time: time,
            random: SeededRandom(5)
        ) { Octets(text: "\($0):") + $1 }
    }

    private static let template = """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Filter:
            Type: AWS::Serverless::Function
            Properties: { CodeUri: src, Handler: a.b, Runtime: python3.12 }
        """

    /// A digest as SHA-256 would give it, one for each number.
    private static func digest(_ number: Int) -> String {
        Base64.encode(Octets(repeating: UInt8(number), count: 32)).text
    }

    /// Leaves a zip in the bucket as a deploy would find it.
    private func upload(_ key: String) async throws {
        try await stores.createBucket(Stacks.artifacts, settings: BucketSettings(), at: time.now())
        try await stores.putObject(
            ObjectDraft(bucket: Stacks.artifacts, key: key, etag: "e", at: time.now()),
            content: try await stores.stage([1]))
    }

    /// What a deploy of this number leaves behind.
    private func deployed(_ number: Int, code: String, stack: String = "demo") async throws {
        let code = LambdaCode(sha256: code, size: 1, unpackedSize: 1)
        host.installed.withLock { _ = $0.insert(code.sha256) }
        let deployment = StackDeployment(
            number: number, deployedAt: time.now(), file: "t", template: Self.template, parameters: [:],
            builds: ["Filter": code], uploaded: ["Filter"], mappedLayers: [:], skipsUnknown: false)
        let state = StackState(
            name: stack, id: "id", number: number, createdAt: time.now(), updatedAt: time.now(), parameters: [:],
            resources: [], outputs: [])
        try await stores.apply([
            .put(StackDeployment.key(stack, number), encoding: deployment),
            .put(StackState.key(stack), encoding: state),
        ])
        try await upload(Stacks.artifactKey(code.sha256))
    }

    private func run() async throws -> CodeUpkeepOutcome {
        let upkeep = CodeUpkeep(registry: registry, records: stores, buckets: stores, hosting: host)
        return try await upkeep.handle(
            ScheduledEvent(schedule: "CodeUpkeep/Every", scheduledAt: time.now()), in: .test(time: time))
    }

    private func zips() async throws -> [String] {
        try await stores.listObjects(in: Stacks.artifacts, ObjectQuery()).objects.map(\.key)
    }

    @Test func `a rollback finds its zip, and what no kept deploy names is gone`() async throws {
        for number in 1...3 { try await deployed(number, code: Self.digest(number)) }
        try await stores.apply([.delete(StackDeployment.key("demo", 1))])
        time.advance(by: .seconds(2 * 86_400))
        #expect(try await run() == CodeUpkeepOutcome(zips: 1, codes: 2, isComplete: true))
        #expect(try await zips() == [2, 3].map { Stacks.artifactKey(Self.digest($0)) }.sorted())
        #expect(
            host.installed.withLock { $0 } == [Self.digest(3)],
            "a former deploy's code is installed again if it is needed")
        #expect(try await run() == CodeUpkeepOutcome(zips: 0, codes: 0, isComplete: true))
    }

    @Test func `an uploaded zip waits a day for its deploy, and what is no built zip is somebody's own`() async throws {
        let waiting = Stacks.artifactKey(Self.digest(9))
        for key in [waiting, "notes.txt", "ab.zip", "../" + waiting] { try await upload(key) }
        time.advance(by: .seconds(86_399))
        #expect(try await run().zips == 0)
        time.advance(by: .seconds(1))
        #expect(try await run().zips == 1)
        #expect(try await zips() == ["../" + waiting, "ab.zip", "notes.txt"])
    }

    @Test func `two stacks share a zip, which goes with the second of them`() async throws {
        try await deployed(1, code: Self.digest(1))
        try await deployed(1, code: Self.digest(1), stack: "other")
        time.advance(by: .seconds(2 * 86_400))
        _ = try await stacks.delete("demo")
        #expect(try await run() == CodeUpkeepOutcome(zips: 0, codes: 0, isComplete: true))
        _ = try await stacks.delete("other")
        #expect(try await run() == CodeUpkeepOutcome(zips: 1, codes: 1, isComplete: true))
    }

    @Test func `a bucket that nobody made is no trouble, and more than one page is gone through`() async throws {
        #expect(try await run() == CodeUpkeepOutcome(zips: 0, codes: 0, isComplete: true))
        let count = CodeUpkeep.step * 2 + 1
        for number in 0..<count {
            var octets = Octets(repeating: 7, count: 32)
            (octets[0], octets[1]) = (UInt8(number >> 8), UInt8(number & 255))
            try await upload(Stacks.artifactKey(Base64.encode(octets).text))
        }
        time.advance(by: .seconds(86_400))
        #expect(try await run().zips == count)
        #expect(try await zips().isEmpty)
    }
}
