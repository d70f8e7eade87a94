import MailTypes

/// The fields on top of each message that goes into mailboxes here, in the order functions know them
/// (reference/email-flow.md §9): Return-Path, Received, X-SES-Spam-Verdict, X-SES-Virus-Verdict, Authentication-Results.
///
/// What the message brought along stays below, octet for octet. A sender can write fields of these names too, so
/// whoever reads a verdict takes the topmost field only.
public enum ReceiptFields {
    /// The fields as octets, each ended by CRLF.
    /// - Parameter received: the clauses of Received, `by mx.example.org with HTTP id 1`; no date, and line ends only before blanks.
    public static func octets(reversePath: ReversePath, received: String, hostname: String, at now: Timestamp) -> Octets
    {
        var text = "Return-Path: \(reversePath)\r\n"
        text += "Received: \(received); \(now.rfc5322)\r\n"
        text += "X-SES-Spam-Verdict: PASS\r\n"
        text += "X-SES-Virus-Verdict: PASS\r\n"
        // RFC 8601 §2.2: nothing was checked yet; the place is taken, so that a forged field is never the topmost.
        text += "Authentication-Results: \(hostname); none\r\n"
        return Octets(text: text)
    }
}
