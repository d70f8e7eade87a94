import FunctionRuntime
import Glibc
import MailTypes

/// A program of this machine that runs a managed runtime.
struct Interpreter: Sendable, Hashable {
    /// The binary itself, no wrapper script.
    let program: String
    /// The folder that holds everything it needs.
    let prefix: String
    /// As `3.12` or `20`.
    let version: String
    /// What functions call it by.
    let names: [String]

    /// Looks for the interpreter of a runtime: the exact version, else the machine's own.
    /// - Returns: nil when there is none at all. Blocks: it runs what it finds, to ask where it really lives.
    static func find(for kind: RuntimeKind) -> Interpreter? {
        switch kind {
        case .provided: return nil
        case .python(let version):
            return candidates("python\(version)", "python3").lazy.compactMap { askPython($0, name: "python\(version)") }
                .first
        case .node(let version):
            return candidates("node\(version)", "node", "nodejs").lazy.compactMap(askNode).first
        }
    }

    /// The Debian package that has it.
    static func debianPackage(for kind: RuntimeKind) -> String {
        switch kind {
        case .python: "python3"
        case .node: "nodejs"
        case .provided: ""
        }
    }

    private static func candidates(_ names: String...) -> [String] {
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        var folders = path.split(separator: ":").map(String.init)
        for usual in ["/usr/local/bin", "/usr/bin"] where !folders.contains(usual) { folders.append(usual) }
        var found: [String] = []
        for name in names {
            for folder in folders where access("\(folder)/\(name)", X_OK) == 0 { found.append("\(folder)/\(name)") }
            // pyenv's shims refuse versions that are installed but not chosen.
            if name.hasPrefix("python3."), let home = getenv("HOME").map({ String(cString: $0) }) {
                found += Folder.names(in: "\(home)/.pyenv/versions").filter { $0.hasPrefix("\(name.dropFirst(6)).") }
                    .map { "\(home)/.pyenv/versions/\($0)/bin/\(name)" }
            }
        }
        return found
    }

    private static func askPython(_ program: String, name: String) -> Interpreter? {
        let question =
            "import sys,os; print(os.path.realpath(sys.executable), sys.base_prefix, '%d.%d' % sys.version_info[:2])"
        // Not the variables of a virtual environment that the server was started from.
        guard let answer = Command.output([program, "-I", "-c", question]) else { return nil }
        let words = answer.split(separator: "\n").first?.split(separator: " ").map(String.init) ?? []
        guard words.count == 3, words[2].hasPrefix("3.") else { return nil }
        return Interpreter(program: words[0], prefix: words[1], version: words[2], names: ["python3", "python", name])
    }

    private static func askNode(_ program: String) -> Interpreter? {
        guard let answer = Command.output([program, "-p", "process.execPath + ' ' + process.versions.node"]) else {
            return nil
        }
        let words = answer.split(separator: "\n").first?.split(separator: " ").map(String.init) ?? []
        guard words.count == 2, let real = Placement.realPath(words[0]),
            let major = words[1].split(separator: ".").first
        else { return nil }
        let folders = real.split(separator: "/").dropLast(2)
        return Interpreter(
            program: real, prefix: "/" + folders.joined(separator: "/"), version: String(major), names: ["node"])
    }
}
