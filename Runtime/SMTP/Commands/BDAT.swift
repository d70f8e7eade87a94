import MailTypes

extension Dialogue {
    /// `bdat-cmd = "BDAT" SP chunk-size [ SP "LAST" ] CRLF`, `chunk-size = 1*DIGIT` (RFC 3030 §2).
    ///
    /// The octets of the chunk follow at once, whatever we reply. So a size that cannot be read, or that we will not
    /// read, ends the session (F08); a chunk that comes out of order is read and forgotten (F07).
    mutating func bdat(_ arguments: ArraySlice<UInt8>) throws(Refusal) -> Step {
        let words = arguments.split(separator: .space, omittingEmptySubsequences: false)
        guard (1...2).contains(words.count), !words[0].isEmpty, words[0].allSatisfy(\.isASCIIDigit),
            words.count == 1 || words[1].equalsIgnoringASCIICase("LAST".utf8)
        else { return .close(Reply(501, "5.5.4", "BDAT size [LAST], bye")) }
        let isLast = words.count == 2
        guard let size = Int(String(decoding: words[0], as: UTF8.self)), size <= limits.contentOctets else {
            return .close(Reply(552, "5.3.4", "chunk exceeds \(limits.contentOctets) octets, bye"))
        }
        guard var open = transaction else {
            return .skipChunk(octets: size, Reply(503, "5.5.1", "MAIL comes first"))
        }
        guard !open.envelope.recipients.isEmpty else {
            transaction = nil
            return .skipChunk(octets: size, Reply(554, "5.5.1", "no valid recipients"))
        }
        guard open.chunkedOctets + size <= limits.contentOctets else {
            transaction = nil
            return .skipChunk(octets: size, reply(to: .tooLarge))
        }
        open.isChunking = true
        open.chunkedOctets += size
        transaction = open
        return .readChunk(octets: size, isLast: isLast)
    }
}
