import FunctionRuntime
import Glibc
import MailTypes

/// Where a function finds its code, its layers and its runtime: at Lambda's own paths where it has a root of its own, at their
/// real places where not.
struct Placement {
    let isolation: HostSettings.Isolation
    /// Empty: the root of a parent, which has none.
    let code: String
    /// In list order.
    let layers: [String]
    /// The folder with the bootstrap and the managed libraries.
    let runtime: String
    let kind: RuntimeKind
    let interpreter: Interpreter?
    let ephemeralMB: Int

    private var hasRoot: Bool { isolation != .plain }
    var taskRoot: String { hasRoot ? "/var/task" : code }
    var runtimeFolder: String { hasRoot ? "/var/runtime" : runtime }
    /// Where layers are seen, later ones first.
    var optionals: [String] { hasRoot ? ["/opt"] : layers.reversed() }

    /// The root's pieces; empty without namespaces.
    var mounts: [Mount] {
        guard hasRoot else { return [] }
        var mounts: [Mount] = [.bind("/usr", at: "/usr"), .bind("/etc", at: "/etc")]
        for name in ["bin", "sbin", "lib", "lib32", "lib64", "libx32"] {
            if let target = Self.linkTarget("/" + name) {
                mounts.append(.link(to: target, at: "/" + name))
            } else if access("/" + name, F_OK) == 0 {
                mounts.append(.bind("/" + name, at: "/" + name))
            }
        }
        // A resolver's configuration is often a link out of /etc.
        if Self.linkTarget("/etc/resolv.conf") != nil, let real = Self.realPath("/etc/resolv.conf"),
            !real.hasPrefix("/etc/")
        {
            mounts.append(.bind(real, at: real))
        }
        mounts += ["null", "zero", "full", "random", "urandom"].map { .device("/dev/\($0)") }
        mounts += [
            .link(to: "/proc/self/fd", at: "/dev/fd"), .link(to: "/proc/self/fd/0", at: "/dev/stdin"),
            .link(to: "/proc/self/fd/1", at: "/dev/stdout"), .link(to: "/proc/self/fd/2", at: "/dev/stderr"),
            .temporary(megabytes: ephemeralMB, at: "/tmp"), .processes,
            .bind(runtime, at: "/var/runtime"), .folder("/var/lang/bin"),
        ]
        // The loader never looks again for a folder of libraries that it did not find: a parent has them all.
        mounts +=
            code.isEmpty
            ? [.folder("/var/task/lib"), .folder("/opt/lib")] : [.bind(code, at: "/var/task")]
        if let interpreter {
            if !interpreter.prefix.hasPrefix("/usr") {
                mounts.append(.bind(interpreter.prefix, at: interpreter.prefix))
            }
            for name in interpreter.names { mounts.append(.link(to: interpreter.program, at: "/var/lang/bin/\(name)")) }
        }
        // Node looks for packages in the folders above a module first, and an ES module nowhere else, whatever NODE_PATH
        // says. Layers' packages are nearer than the runtime's, so that a layer's copy wins.
        if let packages = layerPackages { mounts.append(.link(to: packages, at: "/var/node_modules")) }
        if access("\(runtime)/node_modules", F_OK) == 0 {
            mounts.append(.link(to: "/var/runtime/node_modules", at: "/node_modules"))
        }
        // Layers of the same content are one tree, which no overlay takes twice.
        var trees: [String] = []
        for layer in layers.reversed() where !trees.contains(layer) { trees.append(layer) }
        switch trees.count {
        case 0: mounts.append(.folder("/opt"))
        case 1: mounts.append(.bind(trees[0], at: "/opt"))
        default: mounts.append(.overlay(trees, at: "/opt"))
        }
        return mounts
    }

    /// Where layers bring packages for this version of Node, or for any.
    private var layerPackages: String? {
        guard case .node(let version) = kind else { return nil }
        let found = ["nodejs/node\(version)/node_modules", "nodejs/node_modules"].first { folder in
            layers.contains { access("\($0)/\(folder)", F_OK) == 0 }
        }
        return found.map { "/opt/\($0)" }
    }

    private static func linkTarget(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }

    static func realPath(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}
