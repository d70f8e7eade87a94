import CLinux
import FunctionRuntime
import Glibc
import MailTypes
import Synchronization
import Transport

/// The managed runtimes: their interpreters, our bootstraps, the libraries they bring.
final class RuntimeShelf: Sendable {
    /// A runtime that can be started.
    struct Runtime: Sendable {
        let kind: RuntimeKind
        /// Nil for code that brings its own.
        let interpreter: Interpreter?
        /// What becomes `/var/runtime`.
        let folder: String
    }

    /// What a managed Python brings (reference/functions.md §1.6); boto3 asks for the others itself.
    private static let pythonLibraries = ["boto3", "six", "urllib3"]

    private let directory: String
    private let fetchesLibraries: Bool
    private let log: Log
    private let looking = BlockingThreads(name: "runtimes", threads: 1, queueLimit: 256)
    private let installing = BlockingThreads(name: "pip", threads: 1, queueLimit: 64)
    /// Installations that are asked for and not done.
    private let installations = Atomic<Int>(0)
    private let known = Mutex<[RuntimeKind: Interpreter]>([:])
    private let isWritten = Mutex<Set<String>>([])

    init(directory: String, fetchesLibraries: Bool, log: Log) {
        (self.directory, self.fetchesLibraries, self.log) = (directory, fetchesLibraries, log)
    }

    /// A runtime with what has been fetched for it, without fetching anything itself; or why it cannot be started. Waits
    /// for libraries that are on their way: a process that started a moment before them would lack them all its life.
    func runtime(_ kind: RuntimeKind) async -> Result<Runtime, Unavailable> {
        if case .python = kind, installations.load(ordering: .relaxed) > 0 { try? await installing.run {} }
        let interpreter: Interpreter?
        if let found = known.withLock({ $0[kind] }) {
            interpreter = found
        } else if kind == .provided {
            interpreter = nil
        } else {
            interpreter = await look(for: kind)
            guard interpreter != nil else {
                return .failure(
                    Unavailable(
                        "No interpreter for \(kind.name) is installed: apt install \(Interpreter.debianPackage(for: kind))."
                    ))
            }
        }
        do {
            return .success(
                Runtime(
                    kind: kind, interpreter: interpreter, folder: try await looking.run { try self.folder(of: kind) }))
        } catch {
            return .failure(Unavailable("The runtime's files cannot be written below \(directory)."))
        }
    }

    /// A sentence for whoever wants to use a runtime.
    struct Unavailable: Error, Sendable {
        let sentence: String
        init(_ sentence: String) { self.sentence = sentence }
    }

    /// Fetches what a managed runtime brings, once. Takes a while; failing is no obstacle, only a warning.
    func complete(_ kind: RuntimeKind) async {
        guard case .python = kind, fetchesLibraries, let interpreter = known.withLock({ $0[kind] }) else { return }
        installations.add(1, ordering: .relaxed)
        defer { installations.subtract(1, ordering: .relaxed) }
        try? await installing.run { self.installPythonLibraries(interpreter, for: kind) }
    }

    private func look(for kind: RuntimeKind) async -> Interpreter? {
        let found = try? await looking.run { Interpreter.find(for: kind) }
        guard let found else { return nil }
        let isNew = known.withLock { known in
            defer { known[kind] = found }
            return known[kind] == nil
        }
        if isNew, kind != .provided, found.version != kind.version {
            log.warning(
                "runtime.other-version", .other("runtime", kind.name), .other("found", found.version),
                .other("program", found.program),
                .advice("functions run with the version found; install \(kind.name) for the exact one"))
        }
        return found
    }

    /// The folder with the newest bootstrap in it.
    private func folder(of kind: RuntimeKind) throws -> String {
        let base = "\(directory)/\(kind.name)"
        var folder = "\(base)/full"
        if access(folder, F_OK) != 0 { folder = "\(base)/bare" }
        if isWritten.withLock({ $0.contains(folder) }) { return folder }
        guard Folder.make(folder, mode: 0o755), writeBootstrap(of: kind, into: folder) else {
            throw Unavailable("no space")
        }
        isWritten.withLock { _ = $0.insert(folder) }
        return folder
    }

    private func writeBootstrap(of kind: RuntimeKind, into folder: String) -> Bool {
        switch kind {
        case .python:
            Folder.write(PackageResources.bootstrap_py, to: "\(folder)/bootstrap.py")
                && Folder.write(PackageResources.mailroom_parent_py, to: "\(folder)/mailroom_parent.py")
        case .node:
            Folder.write(PackageResources.bootstrap_mjs, to: "\(folder)/bootstrap.mjs")
                && SmallSDK.files.allSatisfy { path, octets in
                    let place = "\(folder)/\(path)"
                    let parent = place.split(separator: "/").dropLast().joined(separator: "/")
                    return Folder.make("/\(parent)", mode: 0o755) && Folder.write(octets, to: place)
                }
        case .provided: true
        }
    }

    private func installPythonLibraries(_ interpreter: Interpreter, for kind: RuntimeKind) {
        let base = "\(directory)/\(kind.name)"
        let draft = "\(base)/.new"
        guard access("\(base)/full", F_OK) != 0 else { return }
        Folder.remove(draft)
        guard Folder.make(draft, mode: 0o755) else { return }
        defer { Folder.remove(draft) }
        log.info("runtime.libraries", .other("runtime", kind.name), .reason("installing boto3 with pip, once"))
        var host: [String] = []
        var entry = clinux_environment()
        while let text = entry?.pointee {
            host.append(String(cString: text))
            entry = entry?.advanced(by: 1)
        }
        // Functions with user ids of their own must be able to read what pip writes. A deploy waits for it: where there is no
        // network, pip's usual five attempts would be eight seconds of every deploy.
        let words =
            ["/bin/sh", "-c", "umask 022; exec \"$@\"", "sh", interpreter.program, "-m", "pip", "install"]
            + ["--quiet", "--no-input", "--disable-pip-version-check", "--retries", "1", "--target", draft]
            + Self.pythonLibraries
        let (status, text) = Command.run(words, variables: host, includesErrors: true)
        guard status == 0, writeBootstrap(of: kind, into: draft), rename(draft, "\(base)/full") == 0 else {
            log.warning(
                "runtime.libraries-missing", .other("runtime", kind.name),
                .reason(text.split(separator: "\n").last.map(String.init) ?? "pip does not run"),
                .advice("functions that import boto3 need a layer, or: apt install python3-boto3 python3-pip"))
            return
        }
        isWritten.withLock { _ = $0.insert("\(base)/full") }
    }
}

extension RuntimeKind {
    /// The name of its folder.
    var name: String {
        switch self {
        case .python(let version): "python\(version)"
        case .node(let version): "nodejs\(version)"
        case .provided: "provided"
        }
    }

    /// The version as an interpreter tells it.
    var version: String {
        switch self {
        case .python(let version), .node(let version): version
        case .provided: ""
        }
    }
}
