import APIGateway
import Archives
import AutoDiscover
import Cryptography
import Delivery
import Directory
import EmailSending
import FunctionLogs
import FunctionMetrics
import FunctionRuntime
import Housekeeping
import Journaling
import Lambda
import MXReceive
import MailTypes
import Mailbox
import MessageFlow
import Objects
import Parameters
import RuleEvaluation
import Secrets
import SecurityTokens
import Stacks
import Submission
import Templates
import Transport

/// The handlers that templates can bind, by name, with what each may reach. A handler gets what stands here in its
/// initializer and nothing else; a template that grants less is refused.
struct HandlerRegistry: Sendable {
    struct Entry: Sendable {
        let name: String
        let needs: [StoreUse.Resource: StoreUse.Access]
        /// Names of the settings it reads; a template with any other is refused.
        let settings: [String]
        let make: @Sendable (Parts) -> any ErasedHandler

        init(
            _ name: String, needs: [StoreUse.Resource: StoreUse.Access], settings: [String] = [],
            make: @escaping @Sendable (Parts) -> any ErasedHandler
        ) {
            (self.name, self.needs, self.settings, self.make) = (name, needs, settings, make)
        }
    }

    /// What a handler can be made of.
    struct Parts {
        let system: MailSystem
        let declaration: FunctionDeclaration
        let queues: [QueueName: QueueSettings]

        /// A setting's value; nil when the template leaves it out.
        func setting(_ name: String) -> TemplateValue? { declaration.settings[name] }

        /// True when the template lets the function write there.
        func mayWrite(_ resource: StoreUse.Resource) -> Bool {
            declaration.access(to: resource).map { $0 >= .write } ?? false
        }

        /// Queues whose messages the function gets.
        var queuesBound: [QueueName] {
            declaration.triggers.compactMap { if case .queue(let name, _) = $0.kind { name } else { nil } }
        }

        /// Who gets mail for postmaster: the template's, or in development the first demo user.
        var postmaster: Address? {
            if let text = setting("Postmaster")?.text, !text.isEmpty { return Address(text) }
            return system.settings.isDevelopment
                ? Address("\(DemoOrganization.users[0])@\(DemoOrganization.domain)") : nil
        }
    }

    static let names = entries.map(\.name)

    static func entry(_ name: String) -> Entry? { entries.first { $0.name == name } }

    private static let entries: [Entry] = mailEntries + serviceEntries

    private static let mailEntries: [Entry] = [
        Entry("MXReceive", needs: [.spool: .write, .content: .write, .directory: .read], settings: ["Postmaster"]) {
            parts in
            Erased(
                MXReceive(
                    spool: parts.system.stores, directory: parts.system.stores, content: parts.system.stores,
                    postmaster: parts.postmaster, handOverLease: QueueWorker.lease))
        },
        Entry("MXRecipient", needs: [.directory: .read], settings: ["Postmaster"]) { parts in
            Erased(MXRecipient(directory: parts.system.stores, postmaster: parts.postmaster))
        },
        Entry("Submission", needs: [.spool: .write, .content: .write, .directory: .read, .records: .read]) { parts in
            Erased(
                Submission(
                    spool: parts.system.stores, content: parts.system.stores, directory: parts.system.stores,
                    records: parts.system.stores, allowance: parts.system.allowance,
                    handOverLease: QueueWorker.lease))
        },
        Entry("SubmissionHeader", needs: [.directory: .read, .records: .read]) { parts in
            Erased(SubmissionHeader(directory: parts.system.stores, records: parts.system.stores))
        },
        Entry("SubmissionRecipient", needs: [.directory: .read, .records: .read], settings: ["Postmaster"]) { parts in
            Erased(
                SubmissionRecipient(
                    directory: parts.system.stores, records: parts.system.stores, allowance: parts.system.allowance,
                    postmaster: parts.postmaster))
        },
        Entry(
            "RuleEvaluation", needs: [.spool: .write, .rules: .read, .directory: .read, .functions: .write]
        ) { parts in
            Erased(
                RuleEvaluation(
                    spool: parts.system.stores, rules: parts.system.stores,
                    functions: parts.system.runLambda(for: parts.queuesBound)))
        },
        Entry("TestRule", needs: [.rules: .read]) { parts in Erased(TestRule(rules: parts.system.stores)) },
        Entry("Delivery", needs: [.spool: .write, .mailboxes: .write, .directory: .read]) { parts in
            let queue = parts.queues["inbound"] ?? QueueSettings()
            return Erased(
                Delivery(
                    directory: parts.system.stores, spool: parts.system.stores,
                    settings: DeliverySettings(
                        hostname: parts.system.settings.hostname, retry: queue.retry, lifetime: queue.lifetime)))
        },
        Entry(
            "Relay", needs: [.spool: .write, .directory: .read, .records: .read], settings: OutsideSettings.names
        ) { parts in
            let queue = parts.queues["outbound"] ?? QueueSettings()
            // The template was checked before.
            let settings =
                (try? OutsideSettings(parts.declaration, parts.system.settings, queue: queue))
                ?? .standard(parts.system.settings)
            return Erased(parts.system.relay(settings))
        },
        Entry("Journaling", needs: [.spool: .write, .directory: .read, .journal: .read]) { parts in
            Erased(
                Journaling(
                    directory: parts.system.stores, spool: parts.system.stores, rules: parts.system.stores,
                    settings: JournalingParameters(hostname: parts.system.settings.hostname)))
        },
        Entry("MessageFlow", needs: [.spool: .write, .content: .write, .objects: .read]) { parts in
            Erased(
                MessageFlow(
                    spool: parts.system.stores, contents: parts.system.stores,
                    objects: ServiceObjects(
                        store: parts.system.stores, region: parts.system.settings.region,
                        account: parts.system.settings.account), access: parts.system.messageAccess))
        },
        Entry("Objects", needs: [.objects: .write, .content: .write]) { parts in
            let settings = parts.system.settings
            return Erased(
                Objects(
                    store: parts.system.stores, contents: parts.system.stores, permissions: parts.system.permissions,
                    events: parts.system.bucketNotifications,
                    settings: ObjectsSettings(
                        region: settings.region, account: settings.account,
                        hosts: ["localhost", settings.hostname.asciiLowercased, "s3.amazonaws.com"])))
        },
        Entry("ObjectExpiry", needs: [.objects: .write]) { parts in
            Erased(
                ObjectExpiry(
                    store: parts.system.stores, events: parts.system.bucketNotifications,
                    region: parts.system.settings.region))
        },
        Entry("AutoDiscover", needs: [.directory: .read]) { parts in
            Erased(AutoDiscover(directory: parts.system.stores, settings: parts.system.autoDiscoverSettings))
        },
        Entry("Autoconfig", needs: [.directory: .read]) { parts in
            Erased(Autoconfig(directory: parts.system.stores, settings: parts.system.autoDiscoverSettings))
        },
        Entry("Mailbox", needs: [.mailboxes: .write, .content: .write, .directory: .read]) { parts in
            Erased(Mailbox(mailboxes: parts.system.stores, directory: parts.system.stores))
        },
        Entry("Login", needs: [.directory: .read]) { parts in
            Erased(
                Login(
                    directory: parts.system.stores, decoy: Secret(PasswordHash.decoy), memory: parts.system.loginMemory,
                    verify: { password, hash in
                        await (try? parts.system.hashing.run { PasswordHash.verify(password.reveal(), hash.reveal()) })
                            ?? false
                    },
                    digest: { HMACSHA256.authenticate($0, key: parts.system.loginKey.reveal()) }))
        },
        Entry("WorkMailAPI", needs: [.directory: .write, .mailboxes: .read]) { parts in
            // Overrides, availability and permissions came later: a template that was deployed before grants nothing
            // for them.
            Erased(
                WorkMailAPI(
                    parts.system.directoryServices(
                        keepsRecords: parts.mayWrite(.records), seesFunctions: parts.mayWrite(.functions))))
        },
        Entry("Administration", needs: [.directory: .read, .rules: .write, .journal: .write]) { parts in
            // SMTP gateways came later: a template that was deployed before grants nothing for them.
            Erased(
                Administration(
                    parts.system.directoryServices(keepsRecords: parts.mayWrite(.records), seesFunctions: true)))
        },
        Entry("LambdaAPI", needs: [.functions: .write, .jobs: .write, .objects: .read]) { parts in
            Erased(
                LambdaAPI(
                    LambdaServices(
                        registry: parts.system.functionRegistry, host: parts.system.functionHost,
                        functions: parts.system.userFunctions, objects: parts.system.stores,
                        permissions: parts.system.permissions, sessions: parts.system.sessionKeys,
                        runtimes: parts.system.functionRuntimes,
                        links: parts.system.codeLinks)))
        },
        Entry("FunctionCode", needs: [.functions: .read]) { parts in
            Erased(FunctionCode(host: parts.system.functionHost, links: parts.system.codeLinks))
        },
        Entry("AsyncInvocation", needs: [.functions: .write, .jobs: .write], settings: ["RetryFirst", "RetrySecond"]) {
            parts in
            var waits = AsyncInvocation.Waits()
            if let first = parts.setting("RetryFirst")?.duration { waits.first = first }
            if let second = parts.setting("RetrySecond")?.duration { waits.second = second }
            // Traces are the runtime's own, as the log is: nobody has to be granted to be told of.
            return Erased(
                AsyncInvocation(
                    registry: parts.system.functionRegistry, host: parts.system.functionHost,
                    functions: parts.system.userFunctions, traces: parts.system.stores, waits: waits))
        },
        Entry("FunctionTrigger", needs: [.functions: .write, .jobs: .write]) { parts in
            Erased(
                FunctionTrigger(
                    functions: parts.system.userFunctions, account: parts.system.settings.account,
                    region: parts.system.settings.region))
        },
        Entry("APIGateway", needs: [.records: .read, .functions: .write]) { parts in
            Erased(
                APIGateway(
                    records: parts.system.stores, functions: parts.system.userFunctions,
                    permissions: parts.system.permissions, region: parts.system.settings.region,
                    account: parts.system.settings.account))
        },
        Entry("CloudFormation", needs: [.stacks: .read]) { parts in
            Erased(CloudFormationAPI(parts.system.stacks, permissions: parts.system.permissions))
        },
        Entry("CodeUpkeep", needs: [.functions: .write, .objects: .write, .stacks: .read]) { parts in
            Erased(parts.system.codeUpkeep)
        },
        Entry(
            "Housekeeping", needs: [.spool: .write, .mailboxes: .write, .directory: .write],
            settings: ["KeepFor", "StepSize", "KeepVanishedFor", "KeepVanishedMax", "KeepDisabledFor"]
        ) { parts in
            var settings = HousekeepingSettings()
            if let keepFor = parts.setting("KeepFor")?.duration { settings.keepFor = keepFor }
            if let stepSize = parts.setting("StepSize")?.integer { settings.stepSize = stepSize }
            if let keptFor = parts.setting("KeepVanishedFor")?.duration { settings.vanishedKeptFor = keptFor }
            if let kept = parts.setting("KeepVanishedMax")?.integer { settings.vanishedKept = kept }
            if let keptFor = parts.setting("KeepDisabledFor")?.duration { settings.disabledKeptFor = keptFor }
            let stores = parts.system.stores
            return Erased(
                Housekeeping(
                    spool: stores, mailboxes: stores, directory: stores, upkeep: stores, settings: settings))
        },
    ]

    /// The AWS services that functions and scripts call.
    private static let serviceEntries: [Entry] = [
        Entry("SecurityTokens", needs: [.records: .read]) { parts in
            let system = parts.system
            return Erased(
                SecurityTokens(
                    keys: system.sessionKeys, records: system.stores, permissions: system.permissions,
                    place: system.place))
        },
        Entry("Secrets", needs: [.records: .write]) { parts in
            let system = parts.system
            return Erased(Secrets(records: system.stores, permissions: system.permissions, place: system.place))
        },
        Entry("Parameters", needs: [.records: .write]) { parts in
            let system = parts.system
            return Erased(Parameters(records: system.stores, permissions: system.permissions, place: system.place))
        },
        Entry("EmailSending", needs: [.spool: .write, .content: .write, .directory: .read]) { parts in
            let system = parts.system
            return Erased(
                EmailSending(
                    spool: system.stores, content: system.stores, directory: system.stores, keys: system.sessionKeys,
                    permissions: system.permissions, place: system.place, hostname: system.settings.hostname,
                    wake: { [weak system] in system?.wakeWorkers() }))
        },
        Entry("FunctionMetrics", needs: [:]) { parts in
            let system = parts.system
            // Alarms came later than metrics: a template that was deployed before grants nothing for them.
            return Erased(
                FunctionMetrics(
                    store: system.functionMetrics, records: parts.mayWrite(.records) ? system.stores : nil,
                    permissions: system.permissions, place: system.place,
                    inflate: { Gzip.unpack($0, limitOctets: $1) }))
        },
        Entry("FunctionLogs", needs: [.records: .write, .logs: .write]) { parts in
            let system = parts.system
            return Erased(
                FunctionLogs(
                    logs: system.stores, records: system.stores, permissions: system.permissions, place: system.place))
        },
        Entry("LogRetention", needs: [.records: .read, .logs: .write], settings: ["KeepFor", "StepSize"]) { parts in
            Erased(
                LogRetention(
                    logs: parts.system.stores, records: parts.system.stores,
                    keepFor: parts.setting("KeepFor")?.duration ?? .seconds(30 * 86400),
                    stepSize: parts.setting("StepSize")?.integer ?? 1000))
        },
    ]
}
