import MailTypes

extension MessageSummary {
    /// The first octet of an encoded summary. A new layout gets a new number and this file learns to read both.
    private static let version: UInt8 = 2
    /// The layout before: addresses without routes, parameters with their RFC 2231 pieces joined and decoded.
    private static let firstVersion: UInt8 = 1

    /// The summary in few octets: numbers as LEB128, texts with their length before them.
    public func encoded() -> Octets {
        var writer = SummaryWriter()
        writer.octets.reserveCapacity(512 + preview.utf8.count)
        writer.octets.append(Self.version)
        writer.fixed(threadKey)
        writer.text(preview)
        writer.envelope(envelope)
        writer.part(structure, from: 0)
        return writer.octets
    }

    /// Reads what `encoded` wrote; nil for anything else. Work and memory are bounded by the octets given.
    public init?(encoded: Octets) {
        let read = encoded.withUnsafeBufferPointer { octets -> MessageSummary? in
            guard let version = octets.first, version == Self.version || version == Self.firstVersion else {
                return nil
            }
            var reader = SummaryReader(octets, from: 1, hasRoutes: version != Self.firstVersion)
            let threadKey = reader.fixed()
            let preview = reader.text()
            let envelope = reader.envelope()
            let structure = reader.part(from: 0, depth: 0)
            guard !reader.isBroken, reader.atEnd else { return nil }
            return MessageSummary(envelope: envelope, structure: structure, preview: preview, threadKey: threadKey)
        }
        guard let read else { return nil }
        self = read
    }
}
