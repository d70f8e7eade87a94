import MailTypes

/// A function that ships with the product: a typed event in, a typed outcome out.
///
/// Expected fates are values in `Outcome`. A thrown error means the runtime let the function down; a durable trigger
/// then offers the event again, so a handler is safe to run twice.
public protocol Handler<Event, Outcome>: Sendable {
    /// What the handler is asked.
    associatedtype Event: Codable & Sendable
    /// What became of it.
    associatedtype Outcome: Codable & Sendable

    /// Answers one event.
    func handle(_ event: Event, in context: Context) async throws -> Outcome

    /// True for an event whose answer waits for nothing that has no limit of its own. It needs no deadline of the dispatcher's, and
    /// costs no task for one. False unless a handler says otherwise.
    func endsByItself(_ event: Event) -> Bool
}

extension Handler {
    public func endsByItself(_ event: Event) -> Bool { false }
}

/// A handler that has some answers at hand.
public protocol PromptHandler<Event, Outcome>: Handler {
    /// Answers an event for which nothing has to be waited for; nil for any other. Asked before `handle`: an answer given here
    /// costs no task and needs no deadline.
    func outcomeAtOnce(of event: Event, in context: Context) -> Outcome?
}

extension PromptHandler {
    /// The same without its types; nil also for an event of another type.
    func outcomeAtOnce(ofErased event: any Sendable, in context: Context) -> (any Sendable)? {
        (event as? Event).flatMap { outcomeAtOnce(of: $0, in: context) }
    }
}

/// An outcome that leads to further events. The dispatcher passes each to the function bound to its queue.
public protocol Emitting {
    /// The events, in the order in which they shall be handled.
    var emissions: [Emission] { get }
}

/// One event for the function bound to a queue.
public struct Emission: Sendable {
    /// What happens when no function is bound to the queue.
    public enum Unbound: Sendable {
        /// The message waits in the spool until a template binds one.
        case wait
        /// The event is dropped: the step is one the template chose to leave out.
        case skip
    }

    public let queue: QueueName
    public let event: any Codable & Sendable
    public let unbound: Unbound

    /// An event for a queue.
    public init(to queue: QueueName, _ event: any Codable & Sendable, whenUnbound unbound: Unbound) {
        (self.queue, self.event, self.unbound) = (queue, event, unbound)
    }
}
