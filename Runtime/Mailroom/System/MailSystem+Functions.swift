import Cryptography
import FunctionRuntime
import MailTypes
import MessageFlow
import RuleEvaluation

/// What brings messages and users' functions together.
extension MailSystem {
    /// Runs the functions of flow rules.
    var runLambda: RunLambda {
        RunLambda(
            functions: userFunctions, spool: stores, directory: stores, transactions: flowTransactions,
            settings: RunLambdaSettings(region: settings.region, account: settings.account),
            digest: { SHA256.digest($0) })
    }

    /// Who may read and replace the content of messages in transit.
    var messageAccess: MessageAccess {
        MessageAccess(
            permissions: permissions, sessions: sessionKeys, transactions: flowTransactions, region: settings.region,
            account: settings.account)
    }
}
