import FunctionRuntime
import MailTypes

/// Keeps one piece back, so that the last octets are handed out only when the source has ended without complaint: a
/// reader that counts octets instead of waiting for the end never holds the whole of a wrong body.
///
/// `@unchecked Sendable` holds because an `OctetStream` has one reader, who waits for each piece.
final class LookaheadStream: OctetStream, @unchecked Sendable {
    private let source: any OctetStream
    private var held: Octets?
    private var outcome: Result<Void, any Error>?

    init(_ source: any OctetStream) { self.source = source }

    func next() async throws -> Octets? {
        while true {
            if let outcome {
                try outcome.get()
                defer { held = nil }
                return held
            }
            do {
                let piece = try await source.next()
                let former = held
                if let piece { held = piece } else { outcome = .success(()) }
                if piece != nil, former != nil { return former }
            } catch {
                outcome = .failure(error)
            }
        }
    }
}
