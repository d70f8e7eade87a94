import FoundationEssentials
import FunctionRuntime
import MailTypes

/// Runs one queued event of a user's function, again when that fails, and tells who wants to hear of the end
/// (reference/functions.md §2.2). The id is the same on every attempt.
public struct AsyncInvocation: Handler {
    /// The name that jobs of this handler are for.
    public static let name: FunctionName = "AsyncInvocation"

    public struct Event: Codable, Sendable, Hashable {
        /// The function's name.
        public var function: String
        public var qualifier: String?
        public var requestID: String
        /// The event in base64, so that its octets stay as they are.
        public var payload: String
        public var invokedARN: String
        public var clientContext: String?
        public var message: LambdaMessage?
        public var queuedAt: Timestamp

        var octets: Octets {
            do { return Octets(try JSONEncoder().encode(self)) } catch {
                preconditionFailure("texts and numbers can always be written: \(error)")
            }
        }
    }

    public enum Outcome: String, Codable, Sendable, Equatable {
        case succeeded
    }

    /// How long to wait before trying again.
    public struct Waits: Sendable {
        /// After the first and the second failure of the function.
        public var first: Duration
        public var second: Duration
        /// While there is no place for the function, or the host cannot start it: at least and at most.
        public var shortest = Duration.seconds(1)
        public var longest = Duration.seconds(300)

        /// Lambda's: one minute, then two.
        public init(first: Duration = .seconds(60), second: Duration = .seconds(120)) {
            (self.first, self.second) = (first, second)
        }
    }

    /// What holds unless the function's settings say otherwise.
    static let retriesMax = 2
    static let ageMaxSeconds = 21_600

    private let registry: FunctionRegistry
    private let host: any LambdaHosting
    private let functions: any UserFunctions
    private let traces: any TraceStore
    private let waits: Waits

    /// Runs events of this registry's functions.
    /// - Parameters:
    ///   - functions: where destinations that are functions get their records.
    ///   - traces: where an event that is about a message leaves what came of each attempt.
    public init(
        registry: FunctionRegistry, host: any LambdaHosting, functions: any UserFunctions, traces: any TraceStore,
        waits: Waits = Waits()
    ) {
        self.registry = registry
        self.host = host
        self.functions = functions
        self.traces = traces
        self.waits = waits
    }

    public func handle(_ event: Event, in context: Context) async throws -> Outcome {
        guard let payload = Base64.decode(event.payload.utf8) else {
            throw JobFate.dead(because: "the event is damaged")
        }
        guard let entry = try await registry.entry(event.function),
            let target = entry.target(of: event.qualifier, drawing: context.random.fraction())
        else { throw JobFate.dead(because: "\(event.function): there is no such function or version any more") }
        let settings = entry.record.asynchronousSettings(for: event.qualifier)
        let ageMax = Duration.seconds(settings.ageMaxSeconds ?? Self.ageMaxSeconds)
        var record = InvocationRecord(
            event, payload: payload, arn: registry.arn(of: target.name, qualifier: target.version),
            attempt: context.attempt)
        let startedAt = context.now
        let start = context.time.monotonicNanoseconds()
        do throws(LambdaRefusal) {
            let result = try await host.invoke(
                target,
                LambdaInvocation(
                    requestID: event.requestID, payload: payload, invokedARN: event.invokedARN,
                    clientContext: event.clientContext, message: event.message))
            record.result = result
            note(record, because: record.errorMessage ?? "it answered", from: startedAt, start, context)
        } catch {
            let reason = "\(event.function): \(Self.words(error))"
            note(record, because: Self.words(error), from: startedAt, start, context)
            switch error {
            case .throttled, .unavailable, .outOfPatience:
                let age = context.steady - event.queuedAt
                guard age >= ageMax else {
                    // As long again as it has waited already: 1 s, 2 s, 4 s … 5 min.
                    throw JobFate.later(min(max(age, waits.shortest), waits.longest), because: reason)
                }
                throw await giveUp(record, "EventAgeExceeded", reason, entry, settings, context)
            case .notFound, .denied, .tooLarge:
                throw await giveUp(record, "RetriesExhausted", reason, entry, settings, context)
            }
        }
        guard let result = record.result, result.functionError != nil else {
            if let destination = settings.onSuccess {
                await send(record.octets(condition: "Success", at: context.now), to: destination, event, 2, context)
            }
            context.decide("succeeded", because: "\(event.function) answered on attempt \(context.attempt)")
            return .succeeded
        }
        let reason = "\(event.function): \(record.errorMessage ?? "the function failed")"
        guard context.attempt <= settings.retriesMax ?? Self.retriesMax else {
            throw await giveUp(record, "RetriesExhausted", reason, entry, settings, context)
        }
        let wait = context.attempt == 1 ? waits.first : waits.second
        guard context.steady + wait - event.queuedAt <= ageMax else {
            throw await giveUp(record, "EventAgeExceeded", reason, entry, settings, context)
        }
        throw JobFate.again(wait, because: reason)
    }

    /// Leaves what came of an attempt in the trace of the message that the event is about.
    private func note(
        _ record: InvocationRecord, because reason: String, from startedAt: Timestamp, _ start: UInt64,
        _ context: Context
    ) {
        let event = record.event
        guard let message = event.message else { return }
        let elapsed = Double(context.time.monotonicNanoseconds() &- start) / 1_000_000
        let version = record.result?.executedVersion
        let isAnswered = record.result.map { $0.functionError == nil } ?? false
        let span = Span(
            function: FunctionName(event.function), version: version.flatMap { Int($0) } ?? 0,
            requestID: Identifier128(event.requestID), startedAt: startedAt,
            milliseconds: (elapsed * 1000).rounded() / 1000, decision: isAnswered ? "answered" : "failed",
            reason: "asynchronous, \(version ?? "not run"), attempt \(record.attempt): \(reason)")
        traces.add([span], to: message.id)
    }

    /// Tells whoever wants to hear of it, and makes the job a dead letter.
    private func giveUp(
        _ record: InvocationRecord, _ condition: String, _ reason: String, _ entry: FunctionEntry,
        _ settings: EventInvokeSettings, _ context: Context
    ) async -> JobFate {
        if let destination = settings.onFailure {
            await send(record.octets(condition: condition, at: context.now), to: destination, record.event, 1, context)
        }
        if let target = entry.record.deadLetterTarget {
            await send(record.payload, to: target, record.event, 3, context)
        }
        return .dead(because: "\(reason) (\(condition) after \(context.attempt) attempts)")
    }

    /// - Parameter number: tells the records of one event apart, so that a repeated attempt queues none twice.
    private func send(_ payload: Octets, to destination: String, _ event: Event, _ number: UInt64, _ context: Context)
        async
    {
        guard let reference = FunctionReference(destination) else {
            return context.log.warning(
                "lambda.destination-left-out", .other("destination", destination),
                .reason("only functions are destinations here"),
                .advice("name a function's ARN, or look at the dead letters: mailroom queue dead"))
        }
        let id = Identifier128(high: context.requestID.high, low: context.requestID.low ^ number)
        do throws(LambdaRefusal) {
            try await functions.enqueue(
                destination, LambdaInvocation(requestID: id.description, payload: payload, invokedARN: ""),
                for: .account)
        } catch {
            context.log.warning(
                "lambda.destination-failed", .other("destination", reference.name), .reason(Self.words(error)),
                .advice("the event is among the dead letters: mailroom queue dead"))
        }
    }

    /// A refusal in words for the log and for `mailroom queue`.
    static func words(_ refusal: LambdaRefusal) -> String {
        switch refusal {
        case .notFound(let what): "there is no function \(what)"
        case .denied(let sentence), .unavailable(let sentence): sentence
        case .throttled(let reason): "no place is free (\(reason))"
        case .tooLarge(let limit): "the event has more than \(limit) octets"
        case .outOfPatience(let patience): "no answer within \(patience.components.seconds) s"
        }
    }
}
