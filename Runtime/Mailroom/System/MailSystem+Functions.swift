import Cryptography
import FunctionRuntime
import Lambda
import LambdaHost
import MailTypes
import MessageFlow
import RuleEvaluation
import Stacks

/// What brings messages and users' functions together.
extension MailSystem {
    /// Runs the functions of flow rules for messages of these queues.
    func runLambda(for queues: [QueueName]) -> RunLambda {
        // Of messages of one queue each knows whose places they take.
        let places = queues == [outbound.queue] ? outbound : queues == [inbound.queue] ? inbound : nil
        return RunLambda(
            functions: userFunctions, spool: stores, directory: stores, transactions: flowTransactions,
            settings: RunLambdaSettings(region: settings.region, account: settings.account),
            digest: { SHA256.digest($0) }, places: places)
    }

    /// Who may read and replace the content of messages in transit.
    var messageAccess: MessageAccess {
        MessageAccess(
            permissions: permissions, sessions: sessionKeys, transactions: flowTransactions, region: settings.region,
            account: settings.account)
    }

    /// Calls functions for what happens in buckets.
    var bucketNotifications: BucketNotifications { BucketNotifications(account: settings.account, random: random) }

    /// Removes code and zips that nothing needs.
    var codeUpkeep: CodeUpkeep {
        CodeUpkeep(registry: functionRegistry, records: stores, buckets: stores, hosting: functionHost)
    }

    /// Lets the host remove code that no function and no layer needs any more. Only before doors open: code that was just
    /// installed belongs to nothing yet.
    func forgetUnusedCode() async {
        do {
            try await codeUpkeep.removeCodes(installedBefore: time.now())
        } catch {
            logged.warning("lambda.code-kept", .reason("\(error)"), .advice("unused code is removed at a later start"))
        }
    }
}
