import MailTypes

/// What listing a folder needs to know of a message, so that it never opens the content: envelope, structure, preview,
/// thread key. Encoded compactly and kept sealed beside the item.
public struct MessageSummary: Sendable, Hashable {
    /// The IMAP ENVELOPE (RFC 9051 §7.5.2).
    public var envelope: MessageEnvelope
    /// The MIME structure with the place of each part (RFC 9051 §7.5.2 BODYSTRUCTURE).
    public var structure: BodyPart
    /// The first words of the text, at most 256 characters, without control characters (RFC 8970).
    public var preview: String
    /// The same for messages of one conversation (from References, In-Reply-To, or the base subject).
    public var threadKey: UInt64

    /// A summary of these parts.
    public init(envelope: MessageEnvelope, structure: BodyPart, preview: String, threadKey: UInt64) {
        self.envelope = envelope
        self.structure = structure
        self.preview = preview
        self.threadKey = threadKey
    }
}
