import FunctionRuntime
import MailTypes

/// Turns what happened in a bucket, or a schedule's firing, into a queued call of a user's function, under the function's
/// resource policy for the source.
public struct FunctionTrigger: Handler {
    public typealias Event = FunctionTriggerEvent

    public enum Outcome: String, Codable, Sendable, Equatable {
        case queued
    }

    private let functions: any UserFunctions
    private let account: String
    private let region: String

    /// Calls go to these functions; account and region stand in what schedules tell.
    public init(functions: any UserFunctions, account: String, region: String) {
        (self.functions, self.account, self.region) = (functions, account, region)
    }

    public func handle(_ event: FunctionTriggerEvent, in context: Context) async throws -> Outcome {
        // One id for all attempts of this job, and another than its own: the call is a job too.
        let id = Identifier128(high: context.requestID.high, low: context.requestID.low ^ 1)
        let payload = event.payload.map { Octets(text: $0) } ?? scheduledEvent(event, id: id, at: context.now)
        do throws(LambdaRefusal) {
            try await functions.enqueue(
                event.function, LambdaInvocation(requestID: id.description, payload: payload, invokedARN: ""),
                for: .service(
                    principal: event.principal, sourceARN: event.sourceARN, sourceAccount: event.sourceAccount))
        } catch {
            let reason = "\(event.function): \(AsyncInvocation.words(error))"
            switch error {
            case .notFound, .denied, .tooLarge: throw JobFate.dead(because: reason)
            case .throttled, .unavailable, .outOfPatience: throw JobFate.later(.seconds(5), because: reason)
            }
        }
        context.decide("queued", because: "\(event.principal) for \(event.sourceARN) calls \(event.function)")
        return .queued
    }

    /// `{"version":"0","detail-type":"Scheduled Event",…}` (reference/functions.md §5.3).
    private func scheduledEvent(_ event: FunctionTriggerEvent, id: Identifier128, at now: Timestamp) -> Octets {
        let time = Timestamp(seconds: now.seconds).rfc3339
        let value: JSONValue = [
            "version": "0", "id": .string(id.description), "detail-type": "Scheduled Event", "source": "aws.events",
            "account": .string(account), "time": .string(time.dropLast(5) + "Z"), "region": .string(region),
            "resources": [.string(event.sourceARN)], "detail": [:],
        ]
        return value.octets
    }
}
