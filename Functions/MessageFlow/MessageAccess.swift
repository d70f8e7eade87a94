import FunctionRuntime
import MailTypes

/// Whether a caller may read or replace the content of a message (reference/email-flow.md §7.1, functions.md §4.7).
///
/// A user's function reaches the message at hand of its invocation and no other; everybody else what their policies say.
public struct MessageAccess: Sendable {
    /// What a caller may do with a message.
    enum Answer {
        /// `transaction`: new content becomes what is delivered if the invocation of this name ends well.
        case granted(transaction: String?, isAtHand: Bool)
        /// The message is the caller's, and its policies do not allow this; one sentence.
        case denied(String)
        /// For this caller there is no such message.
        case unknown
    }

    let permissions: any Permissions
    let sessions: SessionKeys
    let transactions: FlowTransactions
    let region: String
    let account: String

    /// Access by these policies and sessions; what is left out knows neither functions nor policies.
    public init(
        permissions: any Permissions = KeyHoldersMayAll(), sessions: SessionKeys = SessionKeys(),
        transactions: FlowTransactions = FlowTransactions(), region: String = "us-east-1",
        account: String = "000000000000"
    ) {
        self.permissions = permissions
        self.sessions = sessions
        self.transactions = transactions
        self.region = region
        self.account = account
    }

    func answer(_ asker: Asker, _ operation: String, on message: SpooledMessage) async -> Answer {
        guard case .key(let key, _, _, _) = asker.caller else { return .unknown }
        let session = sessions.session(key)
        if let session, session.message?.id != message.id { return .unknown }
        let resource = arn(of: message)
        let action = "workmailmessageflow:\(operation)"
        guard await permissions.allows(asker, action, on: resource) else {
            guard session != nil else { return .unknown }
            return .denied("The role of the function does not allow \(action) on \(resource).")
        }
        let transaction = session?.message?.transaction.flatMap { transactions.isOpen($0) ? $0 : nil }
        return .granted(transaction: transaction, isAtHand: session != nil)
    }

    private func arn(of message: SpooledMessage) -> String {
        "arn:aws:workmailmessageflow:\(region):\(account):message/\(message.organization)/"
            + "\(message.direction == .inbound ? "incoming" : "outgoing")/\(message.id)"
    }
}
