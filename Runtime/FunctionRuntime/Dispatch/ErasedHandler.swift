import FoundationEssentials
import MailTypes

/// A handler whose types only it knows, so that a template can bind it by name.
public protocol ErasedHandler: Sendable {
    /// Answers an event of the handler's own type; throws `DispatchFailure.wrongEvent` for any other.
    func handle(erased event: any Sendable, in context: Context) async throws -> any Sendable
    /// Answers what needs no waiting, nil otherwise, also for an event of another type.
    func outcomeAtOnce(ofErased event: any Sendable, in context: Context) -> (any Sendable)?
    /// True for an event that needs no deadline of the dispatcher's.
    func endsByItself(erased event: any Sendable) -> Bool
    /// Reads the handler's event from JSON.
    func decodeEvent(_ json: Octets) throws -> any Sendable
    /// Writes the handler's outcome as JSON.
    func encodeOutcome(_ outcome: any Sendable) throws -> Octets
}

/// Wraps a typed handler.
public struct Erased<Wrapped: Handler>: ErasedHandler {
    private let handler: Wrapped
    /// The same handler when it may answer at once.
    private let prompt: (any PromptHandler)?

    /// Erases a handler's types.
    public init(_ handler: Wrapped) {
        self.handler = handler
        prompt = handler as? any PromptHandler
    }

    public func handle(erased event: any Sendable, in context: Context) async throws -> any Sendable {
        guard let event = event as? Wrapped.Event else {
            throw DispatchFailure.wrongEvent(
                function: context.function, expected: "\(Wrapped.Event.self)", got: "\(type(of: event))")
        }
        return try await handler.handle(event, in: context)
    }

    public func outcomeAtOnce(ofErased event: any Sendable, in context: Context) -> (any Sendable)? {
        prompt?.outcomeAtOnce(ofErased: event, in: context)
    }

    public func endsByItself(erased event: any Sendable) -> Bool {
        guard let event = event as? Wrapped.Event else { return false }
        return handler.endsByItself(event)
    }

    public func decodeEvent(_ json: Octets) throws -> any Sendable {
        try JSONDecoder().decode(Wrapped.Event.self, from: Data(json))
    }

    public func encodeOutcome(_ outcome: any Sendable) throws -> Octets {
        guard let outcome = outcome as? Wrapped.Outcome else { return Octets(text: "null") }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Octets(try encoder.encode(outcome))
    }
}
