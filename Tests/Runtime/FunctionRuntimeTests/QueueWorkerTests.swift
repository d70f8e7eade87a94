import FunctionRuntime
import MailTypes
import MemoryStores
import Synchronization
import Testing

/// A worker over memory stores with one message in the spool.
struct QueueWorkerTests {
    let time = ManualTime()
    let stores = MemoryStores()

    func message(seed: UInt64 = 3) async throws -> QueueID {
        let organization: OrganizationID = "m-00000000000000000000000000000001"
        let id = SeededRandom(seed).identifier(at: time.now())
        let address = try #require(Address("ann@example.org"))
        let draft = SpoolDraft(
            id: id, organization: organization,
            envelope: Envelope(reversePath: .null, recipients: [EnvelopeRecipient(ForwardPath(address))]),
            messageID: nil,
            acceptedAt: time.now())
        try await stores.accept([draft], content: try await stores.stage(Octets(text: "Subject: x\r\n\r\nx\r\n")))
        return id
    }

    /// Runs the worker until the condition holds.
    func run(_ deployment: Deployment, until done: () async throws -> Bool) async throws {
        let dispatcher = Dispatcher.test(deployment, time: time)
        let worker = QueueWorker(
            queue: "inbound", spool: stores, traces: stores, dispatcher: dispatcher, time: time,
            random: SeededRandom(7),
            log: .silent)
        let running = Task { await worker.run() }
        while try await !done() { await Task.yield() }
        running.cancel()
        await running.value
    }

    @Test func `a message goes from function to function until it is settled`() async throws {
        let id = try await message()
        let deployment = Deployment(
            number: 1,
            functions: [.test("RuleEvaluation", Erased(Router())), .test("Delivery", Erased(Settler(spool: stores)))],
            queues: ["inbound": "RuleEvaluation", "routed": "Delivery"])
        try await run(deployment) { try await stores.message(id)?.openRecipients.isEmpty ?? false }
        #expect(try await stores.message(id)?.fates == [.dropped])
        // The journal queue has no function: that step is left out, not waited for.
        #expect(try await stores.spans(of: id).map(\.function) == ["RuleEvaluation", "Delivery"])
    }

    @Test func `a message waits while a queue it needs has no function`() async throws {
        let id = try await message()
        let deployment = Deployment(
            number: 1, functions: [.test("RuleEvaluation", Erased(Router()))], queues: ["inbound": "RuleEvaluation"])
        try await run(deployment) { try await stores.message(id)?.waitReason != nil }
        let waiting = try #require(try await stores.message(id))
        #expect(waiting.waitReason == "no function is bound to queue routed")
        #expect(waiting.openRecipients == [0])
        #expect(try #require(waiting.dueAt) >= time.now() + .seconds(30))
    }

    @Test func `a failing function is tried again later and leaves its reason`() async throws {
        let id = try await message()
        let deployment = Deployment(
            number: 1,
            functions: [
                .test("RuleEvaluation", Erased(Router())),
                .test("Delivery", Erased(Settler(spool: stores, isDown: true))),
            ], queues: ["inbound": "RuleEvaluation", "routed": "Delivery"])
        try await run(deployment) { try await stores.message(id)?.waitReason != nil }
        let waiting = try #require(try await stores.message(id))
        #expect(waiting.waitReason?.contains("Down") == true)
        #expect(waiting.isDead == false)
        #expect(try await stores.spans(of: id).last?.decision == "failed")
    }

    @Test func `after its lifetime a failing message is a dead letter that can be redriven`() async throws {
        let id = try await message()
        time.advance(by: .seconds(6 * 86400))
        let functions: [BoundFunction] = [
            .test("RuleEvaluation", Erased(Router())), .test("Delivery", Erased(Settler(spool: stores, isDown: true))),
        ]
        let queues: [QueueName: FunctionName] = ["inbound": "RuleEvaluation", "routed": "Delivery"]
        try await run(Deployment(number: 1, functions: functions, queues: queues)) {
            try await stores.message(id)?.isDead ?? false
        }
        #expect(try await stores.deadLetters(limit: 10).map(\.id) == [id])
        try await stores.setDead(id, false, at: time.now(), because: "redriven")
        let mended = Deployment(
            number: 2,
            functions: [.test("RuleEvaluation", Erased(Router())), .test("Delivery", Erased(Settler(spool: stores)))],
            queues: queues)
        try await run(mended) { try await stores.message(id)?.openRecipients.isEmpty ?? false }
    }

    @Test func `messages that wait fill the queue although no worker is busy`() async throws {
        _ = try await message()
        let deployment = Deployment(
            number: 1, functions: [], queueSettings: ["inbound": QueueSettings(depthMax: 1)])
        let worker = QueueWorker(
            queue: "inbound", spool: stores, traces: stores, dispatcher: .test(deployment, time: time), time: time,
            random: SeededRandom(7), log: .silent)
        #expect(!worker.isFull)
        await worker.measure()
        #expect(worker.depth == 1)
        #expect(worker.isFull, "the next message is refused for now")
    }

    /// Waits until another message has been here, without its place if it is told to give that up.
    private final class Patient: Handler {
        let places = Mutex<(any WorkPlaces)?>(nil)
        let seen = Atomic<Int>(0)

        func handle(_ event: AcceptedMessage, in context: Context) async throws -> Int {
            let place = seen.add(1, ordering: .relaxed).newValue
            guard place == 1 else { return place }
            let places = places.withLock { $0 }
            _ = places?.stepAside(event.message.id) {}
            while seen.load(ordering: .relaxed) < 2 { await Task.yield() }
            places?.stepBack(event.message.id)
            return place
        }
    }

    @Test func `a message that waits without its place lets others pass`() async throws {
        let ids = [try await message(seed: 3), try await message(seed: 4)]
        let patient = Patient()
        let deployment = Deployment(
            number: 1, functions: [.test("RuleEvaluation", Erased(patient))], queues: ["inbound": "RuleEvaluation"],
            queueSettings: ["inbound": QueueSettings(batchSize: 1)])
        let worker = QueueWorker(
            queue: "inbound", spool: stores, traces: stores, dispatcher: .test(deployment, time: time), time: time,
            random: SeededRandom(7), log: .silent)
        patient.places.withLock { $0 = worker }
        worker.handOver(ids)
        #expect(worker.depth == 2)
        let running = Task { await worker.run() }
        while patient.seen.load(ordering: .relaxed) < 2 { await Task.yield() }
        running.cancel()
        await running.value
    }

    /// Waits aside until work ends.
    private final class Waiting: Handler {
        let places = Mutex<(any WorkPlaces)?>(nil)
        let isAside = Atomic(false)

        func handle(_ event: AcceptedMessage, in context: Context) async throws -> Int {
            let places = places.withLock { $0 }
            let over = Signal()
            guard places?.stepAside(event.message.id, giveUp: { over.raise() }) ?? false else { return 0 }
            isAside.store(true, ordering: .releasing)
            while !over.lower() { await Task.yield() }
            places?.stepBack(event.message.id)
            throw CancellationError()
        }
    }

    @Test func `who waits when work ends goes back to the spool as it was, and holds nobody up`() async throws {
        let id = try await message()
        let waiting = Waiting()
        let deployment = Deployment(
            number: 1, functions: [.test("RuleEvaluation", Erased(waiting))], queues: ["inbound": "RuleEvaluation"])
        let worker = QueueWorker(
            queue: "inbound", spool: stores, traces: stores, dispatcher: .test(deployment, time: time), time: time,
            random: SeededRandom(7), log: .silent)
        waiting.places.withLock { $0 = worker }
        worker.handOver([id])
        let running = Task { await worker.run() }
        while !waiting.isAside.load(ordering: .acquiring) { await Task.yield() }
        worker.stop()
        await running.value
        let left = try #require(try await stores.message(id))
        #expect(left.attempts == 0 && left.waitReason == nil && !left.openRecipients.isEmpty)
        #expect(!worker.stepAside(id) {}, "nobody begins to wait any more")
    }
}
