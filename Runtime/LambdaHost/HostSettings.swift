import MailTypes

/// Where users' functions live and what each of them may use. Every limit stands here.
public struct HostSettings: Sendable {
    /// How much of the machine a function sees.
    public enum Isolation: Sendable, Hashable {
        /// Limits only: no namespaces to be had here.
        case plain
        /// Namespaces inside a user namespace; the server's own user id.
        case unprivileged
        /// Namespaces and a user id for each environment.
        case full
    }

    /// `DATA/functions`: code, runtimes, an empty folder to build roots on.
    public var directory: String
    /// The program and its arguments that run `launcher_main`; the folder to build roots on, and `best` or `plain`, follow.
    public var launcher: [String]
    public var account: String
    public var region: String
    /// The value of `AWS_ENDPOINT_URL`; asked at each start, since ports become known late. Nil: the variable is not set.
    public var endpointURL: @Sendable () -> String?

    /// Events that run at once, over all functions; 1000 (reference/functions.md §1.7).
    public var accountConcurrency = 1000
    /// Environments that exist at once, idle ones with them; 1000. Past it the one idle for longest ends.
    public var environments = 1000
    /// User ids of environments: from here on, one for each. 200,000.
    public var firstUserID: UInt32 = 200_000
    /// Seconds from the start of a process to its first question for an event; 10.
    public var initSeconds = 10
    /// Seconds after which an idle environment ends; 600.
    public var idleSeconds = 600
    /// Octets of an event and of an answer; 6 MiB, and 100 more for the answer.
    public var eventOctets = 6 * 1_048_576
    public var answerOctets = 6_291_556
    /// Octets of header section at the Runtime API; 1 MiB and what the other fields need.
    public var headOctets = 1_048_576 + 65_536
    /// Open files of a process; 1024.
    public var openFiles: UInt32 = 1024
    /// Processes and threads of an environment; 1024.
    public var processes: UInt32 = 1024
    /// MiB of data segment a process may have beyond its memory: a backstop between two looks at what is resident.
    public var spareDataMiB: UInt64 = 512
    /// Niceness: mail goes first. 5.
    public var niceness: UInt32 = 5
    /// Microseconds of the scheduler's slices for a runtime that waits awake and cannot yield: whoever has shorter ones, as nearly
    /// everybody does, goes first. 5000.
    public var longSliceMicroseconds: UInt32 = 5_000
    /// Octets of one log line; longer ones are split. 256 KiB.
    public var logLineOctets = 262_144
    /// Log lines a second of one environment; 1000. The rest is dropped and counted.
    public var logLinesPerSecond = 1000
    /// Octets a second read from one environment's output; 8 MiB. Then its pipe fills and it waits.
    public var logOctetsPerSecond = 8 * 1_048_576
    /// Octets of log in an answer; 4096.
    public var tailOctets = 4096
    /// Octets of an uploaded zip; 52,428,800.
    public var zipOctets = 52_428_800
    /// False: plain isolation even where more is to be had.
    public var usesNamespaces = true
    /// False: every process of a function starts from nothing, even where a parent could fork it.
    public var usesParents = true
    /// False: a managed Python gets only what the machine has, and nothing is fetched.
    public var fetchesLibraries = true

    /// Settings of these places.
    public init(
        directory: String, launcher: [String], account: String, region: String,
        endpointURL: @escaping @Sendable () -> String? = { nil }
    ) {
        self.directory = directory
        self.launcher = launcher
        self.account = account
        self.region = region
        self.endpointURL = endpointURL
    }
}
