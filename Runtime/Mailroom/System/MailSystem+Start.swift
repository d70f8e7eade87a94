import Cryptography
import FoundationEssentials
import FunctionRuntime
import Glibc
import MailTypes
import Stores
import Synchronization
import Transport

extension MailSystem {
    /// The stack that holds the system's own functions.
    static let stack = "mailroom"

    /// Binds what was deployed last; on the first start, or when `--template` names a file, that template.
    func start(_ arguments: Arguments) async throws {
        var parameters: [String: String] = [:]
        for assignment in arguments.all("parameter") {
            guard let equals = assignment.firstIndex(of: "=") else {
                throw Refusal.usage("--parameter takes KEY=VALUE", hint: "--parameter ContentMax=20MiB")
            }
            parameters[String(assignment[..<equals])] = String(assignment[assignment.index(after: equals)...])
        }
        // A unit file names the template at each start. It counts when it is new; otherwise what was deployed since does.
        let wanted = try arguments["template"].map { path throws(Refusal) in try Self.fingerprint(of: path, parameters)
        }
        let isKnown = wanted == nil ? parameters.isEmpty : wanted == (try? File.read(fingerprintFile).text)
        if isKnown, let stored = try await stores.currentDeployment(of: Self.stack) {
            do {
                return bind(try Bindings.make(stored, for: self))
            } catch let problems as Bindings.Problems {
                // A newer release may refuse what an older one deployed: say so, with the way out.
                throw Refusal.failed(
                    "the deployed template no longer fits: \(problems.lines.joined(separator: "; "))",
                    next: "mend it and start with --template FILE")
            }
        }
        let path = try arguments["template"] ?? InstalledFiles.path(of: "mailroom.yaml", nameItWith: "--template")
        let template = try File.read(path)
        do {
            let draft = StoredDeployment(
                stack: Self.stack, number: 1, template: template, parameters: parameters, deployedAt: time.now())
            _ = try Bindings.make(draft, for: self, file: path)
            let number = try await stores.recordDeployment(
                of: Self.stack, template: template, parameters: parameters, at: time.now())
            bind(
                try Bindings.make(
                    StoredDeployment(
                        stack: Self.stack, number: number, template: template, parameters: parameters,
                        deployedAt: time.now()),
                    for: self, file: path))
            if let wanted { try File.write(Octets(text: wanted), to: fingerprintFile) }
        } catch let problems as Bindings.Problems {
            for line in problems.lines { Output.complain(line) }
            throw Refusal.failed("\(path) has \(problems.lines.count) problem(s)", next: "mend the lines above")
        }
    }

    /// Tells whether `--template` names what the last start with it named.
    private var fingerprintFile: String { "\(settings.directory)/template.sha256" }

    private static func fingerprint(of path: String, _ parameters: [String: String]) throws(Refusal) -> String {
        let given = parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
        return Hexadecimal.encode(SHA256.digest(try File.read(path) + Octets(text: given)))
    }

    /// Makes what the first start needs, writes the card and prints it.
    func announce(asJSON: Bool) async throws {
        let demo =
            settings.isDevelopment
            ? try await DemoOrganization.ensure(in: stores, directory: settings.directory, time: time, random: random)
            : nil
        let keys = try await LocalCredentials.ensure(in: stores, directory: settings.directory)
        var endpoints: [String: String] = [:]
        places.withLock { places in
            for (name, place) in places {
                let text =
                    place.host == "0.0.0.0" || place.host == "::"
                    ? "\(settings.hostname):\(place.port)" : place.description
                endpoints[name] = name.hasPrefix("http") ? "\(name)://\(text)" : text
            }
        }
        func fromHere(_ name: String) -> String? {
            places.withLock { $0[name] }.map {
                $0.host == "0.0.0.0" || $0.host == "::" ? "127.0.0.1:\($0.port)" : $0.description
            }
        }
        let ownCA = "\(settings.directory)/tls/ca.pem"
        let card = Card(
            pid: getpid(), data: settings.directory, account: settings.account, region: settings.region,
            endpoints: endpoints, smtp: fromHere("mx"),
            ca: File.exists(ownCA) ? ownCA : nil,
            aws: Card.Keys(
                endpoint: fromHere("http").map { "http://\($0)" } ?? "", accessKeyId: keys.accessKeyId,
                secretAccessKey: keys.secretAccessKey),
            organization: demo?.0, users: demo?.1)
        try File.write(Octets(text: card.json + "\n"), to: Card.path(in: settings.directory))
        // What a service prints ends in a journal that others read: the key stays in the card file.
        var shown = card
        if getenv("JOURNAL_STREAM") != nil || getenv("NOTIFY_SOCKET") != nil { shown.aws.secretAccessKey = "***" }
        Output.print(asJSON ? shown.json : shown.table)
        SystemdNotification.send("READY=1")
    }
}
