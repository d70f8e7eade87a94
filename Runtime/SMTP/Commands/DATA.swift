import MailTypes

extension Dialogue {
    /// `data = "DATA" CRLF` (RFC 5321 §4.1.1.4).
    mutating func data(_ arguments: ArraySlice<UInt8>) throws(Refusal) -> Step {
        guard let open = transaction else { throw Refusal(503, "5.5.1", "MAIL comes first") }
        try demandNothing(arguments)
        guard !open.isChunking else {
            // RFC 3030 §2: DATA and BDAT cannot be mixed; what had come in is void (F07).
            transaction = nil
            throw Refusal(503, "5.5.1", "BDAT has begun")
        }
        guard open.envelope.body != .binaryMIME else {
            // RFC 3030 §3: binary content has no lone dot that could be trusted.
            transaction = nil
            throw Refusal(503, "5.5.1", "BINARYMIME needs BDAT")
        }
        guard !open.envelope.recipients.isEmpty else { throw Refusal(554, "5.5.1", "no valid recipients") }
        return .readContent
    }

    /// Said when we are ready for content.
    var goAhead: Reply { Reply(354, nil, "end with <CRLF>.<CRLF>") }
}
