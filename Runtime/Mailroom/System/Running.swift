import CLinux
import Cryptography
import FunctionRuntime
import Glibc
import MailTypes
import Transport

/// From the words of `dev` or `serve` to a running system, and to its end.
enum Running {
    static func run(_ arguments: Arguments, isDevelopment: Bool) async throws -> Int32 {
        umask(0o077)  // Whatever is made in the data directory, by libraries too, is for its owner alone.
        if let word = arguments.operands.first {
            throw Refusal.usage("nothing is called \(word) here", hint: "see --help")
        }
        let directory = arguments["data"] ?? ".mailroom"
        let ports = try Ports(
            arguments, defaults: isDevelopment ? Ports.development : Ports.production,
            hosts: isDevelopment ? ["127.0.0.1"] : ["*"])
        let settings = SystemSettings(
            directory: directory,
            hostname: arguments["hostname"] ?? (isDevelopment ? "mx.mailroom.test" : machineName()),
            ports: ports, isDevelopment: isDevelopment, region: "us-east-1", watched: arguments.all("watch"))
        try File.makeDirectory(directory)
        let writer = LogWriter(
            format: isDevelopment ? .text : .json, level: try level(arguments, isDevelopment: isDevelopment),
            time: SystemTime())
        defer { writer.finish() }
        OpenFiles.raiseLimit()
        MemoryAllocator.configure()
        let stopping = Termination.listen()
        do {
            let system = try MailSystem(settings, logWriter: writer)
            try await system.start(arguments)
            let tls = try system.certificates()
            try await system.run(tls: tls, until: stopping) { try await $0.announce(asJSON: arguments.has("json")) }
            unlink(Card.path(in: directory))
            return 0
        } catch let failure as ListenerFailure {
            throw Refusal.failed("\(failure)", next: "")
        } catch let failure as TLSFailure {
            throw Refusal.failed(
                "bad certificate: \(failure)",
                next:
                    "mend the files that the template names; those in tls/ of the data directory are made anew when removed"
            )
        } catch let failure as StoreFailure {
            throw Refusal.failed(failure.sentence, next: failure == .diskFull ? "free some, then start again" : "")
        }
    }

    private static func level(_ arguments: Arguments, isDevelopment: Bool) throws(Refusal) -> LogLevel {
        switch arguments["log-level"] {
        case "trace": return .trace
        case "info": return .info
        case "warning": return .warning
        case "error": return .error
        case nil: return isDevelopment && !arguments.has("verbose") ? .warning : .info
        case let other?: throw .usage("no log level \(other)", hint: "trace, info, warning or error")
        }
    }

    private static func machineName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, 255)
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension StoreFailure {
    /// The failure in words.
    var sentence: String {
        switch self {
        case .notFound(let what): "\(what) is not there"
        case .exists(let what): "\(what) exists already"
        case .conflict(let why), .limit(let why), .damaged(let why), .down(let why): why
        case .overQuota: "the mailbox is full"
        case .diskFull: "no space is left on the device"
        }
    }
}
