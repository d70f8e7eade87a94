import FunctionRuntime
import MailTypes

extension ClientSession {
    /// Sends the content from its first octet to its end. Gives an end when that did not work out.
    mutating func send(
        _ framing: ClientDialogue.Framing, _ opening: Octets
    ) async throws(ConnectionFailure) -> ClientDialogue.End? {
        var stuffing = DotStuffing()
        var sent = 0
        // With its last octet a chunk is complete: there is no dot to hold back.
        if framing == .counted, mail.size == 0 { dialogue.contentGoesOut() }
        if !opening.isEmpty { try await write(opening, seconds: limits.blockSeconds) }
        while sent < mail.size {
            let range = sent..<min(sent + limits.pieceOctets, mail.size)
            guard let piece = await read(range) else { return dialogue.contentUnreadable() }
            sent = range.upperBound
            switch framing {
            case .dot: try await write(stuffing.add(piece), seconds: limits.blockSeconds)
            case .counted:
                if sent == mail.size { dialogue.contentGoesOut() }
                try await write(piece, seconds: limits.blockSeconds)
            }
        }
        guard framing == .dot else { return nil }
        dialogue.contentGoesOut()
        try await write(stuffing.ending, seconds: limits.blockSeconds)
        return nil
    }

    /// A part of the content; nil when the store cannot give all of it.
    private func read(_ range: Range<Int>) async -> Octets? {
        guard let piece = try? await mail.content(range), piece.count == range.count else {
            log.trace("smtp.client.unreadable", .octets(range.lowerBound))
            return nil
        }
        return piece
    }
}
