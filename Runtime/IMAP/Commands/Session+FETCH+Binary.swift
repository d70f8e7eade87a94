import FunctionRuntime
import MailTypes
import MessageFormat

/// `BINARY[part]` and `BINARY.SIZE[part]`: a part without its transfer encoding (RFC 3516 §4.1)
extension IMAPSession {
    func put(
        binary part: [Int], _ partial: FetchItem.Partial?, of item: Item, _ summary: MessageSummary?
    ) async throws {
        guard !part.isEmpty else {
            let whole = 0..<item.size
            return try await put(content: partial?.clip(whole) ?? whole, of: item, binary: true)
        }
        guard let body = summary?.structure.part(at: part) else { return out.put("NIL") }
        guard try decoder(of: body) != nil else {
            return try await put(content: partial?.clip(body.body) ?? body.body, of: item, binary: true)
        }
        // Two passes, one to count and one to send, so that memory does not grow with the part.
        let size = try await decodedSize(of: body, item)
        let wanted = partial?.clip(0..<size) ?? 0..<size
        guard !wanted.isEmpty else { return out.put("\"\"") }
        out.put(literalHead: wanted.count, binary: true)
        var position = 0
        try await decode(body, item) { piece in
            let overlap = wanted.clamped(to: position..<(position + piece.count))
            if !overlap.isEmpty {
                try await self.put(
                    step: Octets(piece[(overlap.lowerBound - position)..<(overlap.upperBound - position)]))
            }
            position += piece.count
        }
    }

    /// Octets of a part without its transfer encoding.
    func decodedSize(of body: BodyPart?, _ item: Item) async throws -> Int {
        guard let body else { return 0 }
        guard try decoder(of: body) != nil else { return body.body.count }
        var size = 0
        try await decode(body, item) { size += $0.count }
        return size
    }

    /// The part's decoder; nil when its octets stand for themselves.
    private func decoder(of body: BodyPart) throws -> TransferDecoder? {
        // Multiparts and messages have no encoding but the identity (RFC 2045 §6.4).
        if body.isMultipart || body.isMessage { return nil }
        switch body.transferEncoding {
        case "7bit", "8bit", "binary", "": return nil
        default:
            guard let decoder = TransferDecoder(body.transferEncoding) else {
                throw Refused.no("UNKNOWN-CTE", "the part's transfer encoding is unknown")
            }
            return decoder
        }
    }

    private func decode(_ body: BodyPart, _ item: Item, _ take: (Octets) async throws -> Void) async throws {
        guard var decoder = try decoder(of: body) else { return }
        var start = body.body.lowerBound
        while start < body.body.upperBound {
            let step = try await read(start..<min(start + limits.stepOctets, body.body.upperBound), of: item)
            var decoded: Octets = []
            decoder.decode(step, into: &decoded)
            try await take(decoded)
            start += step.count
        }
        var rest: Octets = []
        decoder.finish(into: &rest)
        if !rest.isEmpty { try await take(rest) }
    }
}
