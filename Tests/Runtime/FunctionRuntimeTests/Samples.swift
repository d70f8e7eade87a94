import FunctionRuntime
import MailTypes

/// Doubles a number, or does worse.
struct Doubling: Handler {
    struct Event: Codable, Sendable {
        var number: Int
    }

    struct Wrong: Error {}

    func handle(_ event: Event, in context: Context) async throws -> Int {
        guard event.number != 13 else { throw Wrong() }
        context.decide("doubled", because: "\(event.number) is a number")
        return event.number * 2
    }
}

/// Knows even numbers without thinking.
struct Prompt: PromptHandler {
    func handle(_ event: Int, in context: Context) async throws -> String {
        context.decide("later", because: "\(event) is not even")
        return "odd"
    }

    func outcomeAtOnce(of event: Int, in context: Context) -> String? {
        guard event.isMultiple(of: 2) else { return nil }
        context.decide("at once", because: "\(event) is even")
        return "even"
    }
}

/// Keeps time for even numbers itself, and tells which task it runs in.
struct SelfTimed: Handler {
    func handle(_ event: Int, in context: Context) async throws -> Int { withUnsafeCurrentTask { $0?.hashValue ?? 0 } }
    func endsByItself(_ event: Int) -> Bool { event.isMultiple(of: 2) }
}

/// Waits until it is cancelled.
struct Endless: Handler {
    func handle(_ event: Int, in context: Context) async throws -> Int {
        while true { try await Task.sleep(for: .seconds(3600)) }
    }
}

/// Answers a queue by passing the message on, as RuleEvaluation does.
struct Router: Handler {
    struct Outcome: Codable, Sendable, Emitting {
        var message: SpooledMessage
        var emissions: [Emission] {
            [
                Emission(to: "journal", JournalRequest(message), whenUnbound: .skip),
                Emission(to: "routed", RoutedMessage(message, decisions: []), whenUnbound: .wait),
            ]
        }
    }

    func handle(_ event: AcceptedMessage, in context: Context) async throws -> Outcome {
        context.decide("routed", because: "a test wants it so")
        return Outcome(message: event.message)
    }
}

/// Settles every open recipient as dropped, or fails.
struct Settler: Handler {
    struct Down: Error {}

    let spool: any Spool
    var isDown = false

    func handle(_ event: RoutedMessage, in context: Context) async throws -> Int {
        if isDown { throw Down() }
        var settlement = Settlement(of: event.message.id, at: context.now)
        for index in event.message.openRecipients { settlement.fates[index] = .dropped }
        context.decide("settled", because: "nothing else to do")
        settlement.spans = context.span.spansToCommit()
        _ = try await spool.settle(settlement)
        return settlement.fates.count
    }
}

extension BoundFunction {
    /// A function of a test.
    static func test(
        _ name: FunctionName, _ handler: any ErasedHandler, timeout: Duration = .seconds(60), concurrency: Int = 100,
        waitersMax: Int = 100
    ) -> BoundFunction {
        BoundFunction(
            name: name, handlerName: name.text, version: 1, timeout: timeout, concurrency: concurrency,
            waitersMax: waitersMax, handler: handler)
    }
}

extension Dispatcher {
    /// A dispatcher of a test.
    static func test(_ deployment: Deployment, time: any TimeSource = ManualTime()) -> Dispatcher {
        Dispatcher(deployment, time: time, random: SeededRandom(7), log: .silent)
    }
}

/// One attempt of a job, as its function sees it.
struct Attempt: Sendable {
    var id: Identifier128
    var number: Int
}

/// Does with each attempt what a test says.
struct Deciding: Handler {
    struct Event: Codable, Sendable {}

    let decide: @Sendable (Attempt) throws -> Void

    init(_ decide: @escaping @Sendable (Attempt) throws -> Void) { self.decide = decide }

    func handle(_ event: Event, in context: Context) async throws -> Bool {
        try decide(Attempt(id: context.requestID, number: context.attempt))
        return true
    }
}
