import AutoDiscover
import Cryptography
import Delivery
import Directory
import FunctionRuntime
import Housekeeping
import Journaling
import MXReceive
import MailTypes
import Mailbox
import MessageFlow
import RuleEvaluation
import Templates
import Transport

/// The handlers that templates can bind, by name, with what each may reach. A handler gets what stands here in its
/// initializer and nothing else; a template that grants less is refused.
struct HandlerRegistry: Sendable {
    struct Entry: Sendable {
        let name: String
        let needs: [StoreUse.Resource: StoreUse.Access]
        let make: @Sendable (MailSystem, [QueueName: QueueSettings]) -> any ErasedHandler
    }

    static let names = entries.map(\.name)

    static func entry(_ name: String) -> Entry? { entries.first { $0.name == name } }

    private static let entries: [Entry] = [
        Entry(name: "MXReceive", needs: [.spool: .write, .content: .write, .directory: .read]) { system, _ in
            Erased(
                MXReceive(
                    spool: system.stores, directory: system.stores, content: system.stores,
                    handOverLease: QueueWorker.lease))
        },
        Entry(name: "MXRecipient", needs: [.directory: .read]) { system, _ in
            Erased(MXRecipient(directory: system.stores))
        },
        Entry(name: "RuleEvaluation", needs: [.spool: .read, .rules: .read]) { system, _ in
            Erased(RuleEvaluation(spool: system.stores, rules: system.stores))
        },
        Entry(name: "TestRule", needs: [.rules: .read]) { system, _ in Erased(TestRule(rules: system.stores)) },
        Entry(name: "Delivery", needs: [.spool: .write, .mailboxes: .write, .directory: .read]) { system, queues in
            let queue = queues["inbound"] ?? QueueSettings()
            return Erased(
                Delivery(
                    directory: system.stores, spool: system.stores,
                    settings: DeliverySettings(
                        hostname: system.settings.hostname, retry: queue.retry, lifetime: queue.lifetime)))
        },
        Entry(name: "Journaling", needs: [.spool: .write, .directory: .read, .journal: .read]) { system, _ in
            Erased(
                Journaling(
                    directory: system.stores, spool: system.stores, rules: system.stores,
                    settings: JournalingParameters(hostname: system.settings.hostname)))
        },
        Entry(name: "MessageFlow", needs: [.spool: .write, .content: .write]) { system, _ in
            Erased(MessageFlow(spool: system.stores, contents: system.stores))
        },
        Entry(name: "AutoDiscover", needs: [.directory: .read]) { system, _ in
            Erased(AutoDiscover(directory: system.stores, settings: system.autoDiscoverSettings))
        },
        Entry(name: "Autoconfig", needs: [.directory: .read]) { system, _ in
            Erased(Autoconfig(directory: system.stores, settings: system.autoDiscoverSettings))
        },
        Entry(name: "Mailbox", needs: [.mailboxes: .write, .content: .write]) { system, _ in
            Erased(Mailbox(mailboxes: system.stores))
        },
        Entry(name: "Login", needs: [.directory: .read]) { system, _ in
            Erased(
                Login(
                    directory: system.stores, decoy: Secret(PasswordHash.decoy), memory: system.loginMemory,
                    verify: { password, hash in
                        await (try? system.hashing.run { PasswordHash.verify(password.reveal(), hash.reveal()) })
                            ?? false
                    },
                    digest: { HMACSHA256.authenticate($0, key: system.loginKey.reveal()) }))
        },
        Entry(name: "WorkMailAPI", needs: [.directory: .write, .mailboxes: .read]) { system, _ in
            Erased(WorkMailAPI(system.directoryServices))
        },
        Entry(name: "Administration", needs: [.directory: .read, .rules: .write, .journal: .write]) { system, _ in
            Erased(Administration(system.directoryServices))
        },
        Entry(name: "Housekeeping", needs: [.spool: .write]) { system, _ in Erased(Housekeeping(spool: system.stores))
        },
    ]
}
