import AutoDiscover
import Cryptography
import Directory
import FunctionMetrics
import FunctionRuntime
import HTTP
import IMAP
import Lambda
import LambdaHost
import MailTypes
import Relay
import Stores
import Submission
import Synchronization
import Transport

/// The whole system: stores, functions and endpoints, built from one template and run as one tree of tasks.
final class MailSystem: Sendable {
    let settings: SystemSettings
    let stores: SQLiteStores
    let changes: MailboxChanges
    let time: any TimeSource
    let random: any RandomSource
    let logWriter: LogWriter
    let loops: EventLoopGroup
    let hashing: BlockingThreads
    let dispatcher: Dispatcher
    let jobs: JobRunner
    /// What is being worked on, for whoever comes after a crash.
    let inHand: any WorkInHand
    let inbound: QueueWorker
    let outbound: QueueWorker
    /// What is known of other servers' state.
    let destinationGates = DestinationGates()
    let outsideResolver = Mutex<OutsideResolver?>(nil)
    /// How much each user has sent outside today.
    let allowance = SendingAllowance()
    /// Temporary keys: of users' functions and of assumed roles.
    let sessionKeys = SessionKeys()
    /// What the holder of a key may do.
    let permissions: any Permissions
    /// What users' functions measure.
    let functionMetrics = MetricStore()
    /// Rules that wait for a function whose new content counts.
    let flowTransactions = FlowTransactions()
    /// Set once every endpoint listens, since handlers name the ports in what they tell clients.
    let places = Mutex<[String: NetworkAddress]>([:])
    /// The certificates in use, once they are loaded.
    let tls = Mutex<TLSConfiguration?>(nil)
    /// Sessions open now, by kind of door; a deploy changes their limits on the spot.
    let smtpSessions = ConnectionCounter(ConnectionLimits())
    let submissionSessions = ConnectionCounter(ConnectionLimits())
    let imapSessions = ConnectionCounter(ConnectionLimits())
    let httpSessions = ConnectionCounter(ConnectionLimits())
    let userSessions = IMAPSessionCounts()
    let recents = RecentClaims()
    /// Messages whose senders may send them again.
    let unheardMessages = UnheardMessages()
    let loginMemory = LoginMemory()
    /// What the clock calls for users' stacks, as last read.
    let stackSchedules = Mutex<[ScheduleBinding]>([])
    /// Runs users' functions in processes of their own.
    let functionHost: LambdaHost
    let functionEndpoint = FunctionEndpoint()
    /// Users' functions: what there is, and how they are called.
    let functionRegistry: FunctionRegistry
    let userFunctions: any UserFunctions
    let functionRuntimes: RuntimeReadiness
    let codeLinks: CodeLinks
    /// For telling verified credentials again without keeping them.
    let loginKey: Secret<Octets>
    private let sharedIMAPSettings: Mutex<(plain: IMAPSettings, strict: IMAPSettings)>
    private let current: Mutex<Bindings>
    private let deploying = ConcurrencyGate(limit: 1, waitersMax: 16)

    /// Where lines go.
    var log: any LogSink { logWriter }
    /// The system's own log.
    var logged: Log { Log(logWriter) }
    /// What the newest deployment binds.
    var bindings: Bindings { current.withLock { $0 } }
    /// The routes alone: each request asks for them.
    var router: HTTPRouter { current.withLock { $0.router } }

    /// Opens the data directory and binds nothing yet.
    init(_ settings: SystemSettings, logWriter: LogWriter) throws {
        self.settings = settings
        self.logWriter = logWriter
        time = SystemTime()
        random = SecureRandom()
        changes = MailboxChanges()
        stores = try SQLiteStores.open(
            directory: settings.directory, masterKey: MasterKeyFile(path: "\(settings.directory)/master.key"),
            time: time,
            random: random, changes: changes, log: Log(logWriter))
        permissions = RolePermissions(keys: sessionKeys, records: stores, log: Log(logWriter))
        loops = EventLoopGroup()
        hashing = BlockingThreads(name: "hashing", threads: 2, queueLimit: 256)
        loginKey = Secret(SystemRandom.octets(32))
        functionHost = try Self.makeFunctionHost(
            settings, keys: sessionKeys, stores: stores, loops: loops, endpoint: functionEndpoint, time: time,
            random: random, log: Log(logWriter))
        functionRegistry = FunctionRegistry(records: stores, account: settings.account, region: settings.region)
        userFunctions = RegisteredFunctions(
            registry: functionRegistry, host: functionHost, jobs: stores, time: time, random: random)
        functionRuntimes = RuntimeReadiness(host: functionHost)
        let linkKey = SystemRandom.octets(32)
        codeLinks = CodeLinks { HMACSHA256.authenticate($0, key: linkKey) }
        let empty = Bindings.none
        current = Mutex(empty)
        sharedIMAPSettings = Mutex(Self.imapSettings(settings, empty.endpoints.imap))
        dispatcher = Dispatcher(empty.deployment, time: time, random: random, log: Log(logWriter))
        inHand = Self.inHand(settings.directory, Log(logWriter))
        jobs = JobRunner(
            jobs: stores, dispatcher: dispatcher, time: time, random: random, inHand: inHand, log: Log(logWriter))
        inbound = QueueWorker(
            queue: "inbound", spool: stores, traces: stores, dispatcher: dispatcher, time: time, random: random,
            inHand: inHand, log: Log(logWriter))
        outbound = QueueWorker(
            queue: "outbound", spool: stores, traces: stores, dispatcher: dispatcher, time: time, random: random,
            inHand: inHand, log: Log(logWriter))
    }

    /// Without room for the file mail is still read and delivered; only a message that ends processes is not found out.
    private static func inHand(_ directory: String, _ log: Log) -> any WorkInHand {
        do throws(StoreFailure) {
            let file = try InHandFile("\(directory)/in-hand")
            file.watchForCrashes()
            return file
        } catch {
            log.warning("in-hand.failed", .reason("\(error)"), .advice("look at disk space, then restart"))
            return NothingInHand()
        }
    }

    /// When the first of the certificates in use runs out.
    var certificateValidUntil: Timestamp? { tls.withLock { $0 }?.validUntil }

    /// Puts new bindings in place. What is under way finishes on the old ones.
    func bind(_ new: Bindings) {
        let old = current.withLock { current in
            defer { current = new }
            return current
        }
        if old.endpoints.certificates != new.endpoints.certificates { useCertificates(of: new) }
        dispatcher.deploy(new.deployment)
        sharedIMAPSettings.withLock { $0 = Self.imapSettings(settings, new.endpoints.imap) }
        smtpSessions.apply(new.endpoints.smtpSessions)
        submissionSessions.apply(new.endpoints.submissionSessions)
        imapSessions.apply(new.endpoints.imapSessions)
        httpSessions.apply(new.endpoints.httpSessions)
        wakeWorkers()
    }

    /// What an IMAP session goes by: one object for all sessions of a deployment, since thousands of them idle.
    func imapSettings(for peer: NetworkAddress) -> IMAPSettings {
        let mayLogInPlain = settings.isDevelopment && peer.isLoopback
        return sharedIMAPSettings.withLock { mayLogInPlain ? $0.plain : $0.strict }
    }

    private static func imapSettings(_ settings: SystemSettings, _ limits: IMAPLimits) -> (
        plain: IMAPSettings, strict: IMAPSettings
    ) {
        func make(_ allowsPlainText: Bool) -> IMAPSettings {
            IMAPSettings(
                hostname: settings.hostname, allowsPlainText: allowsPlainText, version: Program.version, limits: limits)
        }
        return (make(true), make(false))
    }

    /// Where clients find everything; the ports are known once every endpoint listens.
    var autoDiscoverSettings: AutoDiscoverSettings {
        let ports = places.withLock { $0.mapValues { Int($0.port) } }
        return AutoDiscoverSettings(
            hostname: settings.isDevelopment ? "localhost" : settings.hostname, httpsPort: ports["https"] ?? 443,
            imapPort: ports["imap"], imapsPort: ports["imaps"] ?? 993, submissionPort: ports["submission"],
            submissionsPort: ports["submissions"] ?? 465)
    }

    /// Binds the deployment that runs once more, as after the ports have become known.
    func rebind() async throws {
        guard let stored = try await stores.currentDeployment(of: Self.stack) else { return }
        bind(try Bindings.make(stored, for: self))
    }

    /// Runs one deploy after the other.
    func deployingAlone<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        guard await deploying.enter() else { throw Operator.Failure.invalid("too many deployments wait") }
        defer { deploying.leave() }
        return try await body()
    }

    /// Queue workers look into the spool again.
    func wakeWorkers() {
        inbound.wake()
        outbound.wake()
    }

    /// Hands messages to the worker of their queue that an invocation from the command line has spooled.
    func handOver(acceptedIn outcome: Octets) async {
        guard let accepted = (try? JSONValue(parsing: outcome))?["accepted"]?.array else { return }
        for id in accepted.compactMap({ $0.string.flatMap { Identifier128($0) } }) {
            let queue = try? await stores.message(id)?.queue
            (queue == outbound.queue ? outbound : inbound).handOver([id])
        }
    }
}

/// The machine's random source.
struct SecureRandom: RandomSource {
    private let source = SystemRandom()
    func next() -> UInt64 { source.next() }
}
