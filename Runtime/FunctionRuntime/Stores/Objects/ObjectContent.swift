import MailTypes

/// A version's content, open for reading. It stays readable while this lives, even when the object is replaced.
public protocol ObjectContent: AnyObject, Sendable {
    var version: ObjectVersion { get }
    /// The octets of a range as far as they exist. Ask for bounded steps.
    func read(_ range: Range<Int>) async throws(StoreFailure) -> Octets
}

/// Where the content of a new object comes from.
public enum ObjectSource: Sendable {
    case staged(StagedContent)
    /// Another object of the same store: nothing is copied.
    case object(any ObjectContent)
}

/// An object's octets in bounded steps, as the body of an answer.
// One reader calls `next`, never twice at a time, as `OctetStream` says.
public final class ObjectStream: OctetStream, @unchecked Sendable {
    /// Octets read at a time.
    public static let stepOctets = 256 << 10

    private let content: any ObjectContent
    private let end: Int
    private var position: Int

    /// The octets of a range that exists.
    public init(_ content: any ObjectContent, range: Range<Int>) {
        (self.content, position, end) = (content, range.lowerBound, range.upperBound)
    }

    public func next() async throws -> Octets? {
        guard position < end else { return nil }
        let step = position..<min(position + Self.stepOctets, end)
        let octets = try await content.read(step)
        guard octets.count == step.count else { throw StoreFailure.damaged("an object shorter than its size") }
        position = step.upperBound
        return octets
    }
}
