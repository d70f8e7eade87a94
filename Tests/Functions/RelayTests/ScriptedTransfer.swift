import FunctionRuntime
import MailTypes
import Synchronization

/// Other servers that answer as a test says, and remember what they were offered.
final class ScriptedTransfer: MailTransfer {
    struct Offer: Sendable {
        let hop: NextHop
        let envelope: Envelope
        let content: Octets

        var recipients: [String] { envelope.recipients.map(\.forwardPath.address.description) }
    }

    private let seen = Mutex<[Offer]>([])
    private let script: @Sendable (OutgoingMail, NextHop) async -> TransferReport.End

    /// Takes everything unless told otherwise.
    init(
        _ script: @escaping @Sendable (OutgoingMail, NextHop) async -> TransferReport.End = { mail, _ in
            .answered(mail.envelope.recipients.map { _ in Reply(250, "2.0.0", "ok") })
        }
    ) {
        self.script = script
    }

    /// One reply for all recipients.
    convenience init(saying reply: Reply) {
        self.init { mail, _ in .answered(mail.envelope.recipients.map { _ in reply }) }
    }

    var offers: [Offer] { seen.withLock { $0 } }
    /// The servers' names in the order in which they were turned to.
    var names: [String] { offers.map(\.hop.name) }

    func send(_ mail: OutgoingMail, to hop: NextHop) async -> TransferReport {
        var content: Octets = []
        do {
            // In pieces, as over a connection.
            for start in stride(from: 0, to: mail.size, by: 1024) {
                content += try await mail.content(start..<min(start + 1024, mail.size))
            }
        } catch {
            return TransferReport(.unavailable(nil, reason: "the content cannot be read"))
        }
        seen.withLock { $0.append(Offer(hop: hop, envelope: mail.envelope, content: content)) }
        return TransferReport(await script(mail, hop))
    }
}
