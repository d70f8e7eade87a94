import MailTypes

extension MessageSummary {
    /// The summary of a message's content.
    ///
    /// - Shape: never fails, whatever the octets are; one pass over the content; at most `limits.summaryOctets` of values
    ///   are kept; the structure has at most `limits.parts` parts in `limits.depth` levels and what is beyond is an
    ///   opaque part. Every range lies in the content, every part's ranges in its parent's body.
    /// - Guarantees for IMAP: a multipart has at least one part; a message/rfc822 or message/global part has exactly one
    ///   part and an envelope (one that cannot be looked into is shown as application/octet-stream).
    /// - Source: RFC 5322, RFC 2045, RFC 2046, RFC 2231, RFC 8970; reference/faults.md F26-F30.
    public init(content: Octets, limits: FormatLimits = .standard) {
        self = content.withUnsafeBufferPointer { octets in
            var reader = StructureReader(octets, limits: limits)
            let structure = reader.read()
            return MessageSummary(
                envelope: reader.root.envelope, structure: structure,
                preview: reader.previews.text(in: octets, limits: limits),
                threadKey: ThreadKey.value(reader.root, in: octets))
        }
    }
}
