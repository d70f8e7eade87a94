import MailTypes
import MessageFormat

/// What filing needs to know of the content, found once for all recipients.
struct FiledContent {
    /// The encoded summary that goes with every copy.
    let summary: Octets
    /// True when the topmost verdict says spam. Fields below it came with the message and count for nothing.
    let isSpam: Bool

    init(_ content: Octets) {
        let header = HeaderSection(content)
        let verdict = header.unfoldedValue("X-SES-Spam-Verdict")
        isSpam = verdict?.equalsIgnoringASCIICase("FAIL".utf8) ?? false
        summary = content.isEmpty ? [] : MessageSummary(content: content).encoded()
    }
}
