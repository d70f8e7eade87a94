import CLauncher
import FunctionRuntime
import MailTypes
import Synchronization

/// The parents: for each managed Python in use an interpreter that has loaded what functions ask for. Its forks are functions'
/// processes that save this time. A parent runs nothing of users', and belongs to the launcher.
final class Parents: Sendable {
    private struct Parent {
        let id: UInt32
        var isReady = false
    }

    private struct State {
        /// By the folder of the runtime: with other libraries in it, another parent is needed.
        var running: [String: Parent] = [:]
        /// Parents in a row that ended before they were ready.
        var failures: [String: Int] = [:]
    }

    /// Hears of one parent.
    private final class Watch: Launcher.Listener {
        let parents: Parents
        let folder: String
        init(_ parents: Parents, _ folder: String) { (self.parents, self.folder) = (parents, folder) }
        func processStarted(_ process: Int32) {}
        func processReady() { parents.ready(at: folder) }
        func processEnded() { parents.ended(at: folder) }
    }

    /// Beginnings of variables that an interpreter, the loader or a library reads while it starts or is loaded: a function that
    /// sets one must start from nothing for it to mean anything.
    private static let readAtStart = [
        "PYTHON", "LD_", "LANG", "LC_", "LOCPATH", "NLSPATH", "GCONV_PATH", "MALLOC_", "GLIBC_", "OPENSSL_", "SSL_",
        "SSLKEYLOGFILE", "BOTO", "AWS_LAMBDA_EXEC_WRAPPER",
    ]
    /// After so many failures in a row there is no other try; 3.
    private static let failureLimit = 3

    private let settings: HostSettings
    private let launcher: Launcher
    private let log: Log
    private let state = Mutex(State())

    init(_ settings: HostSettings, launcher: Launcher, log: Log) {
        (self.settings, self.launcher, self.log) = (settings, launcher, log)
    }

    /// The parent to ask for a function's process; 0 where it has to start from nothing. Where none runs yet, one is started
    /// for those that come later.
    func parent(of function: LambdaFunction, at placement: Placement) -> UInt32 {
        let isOrdinary = function.environment.keys.allSatisfy { name in
            !Self.readAtStart.contains { name.hasPrefix($0) }
        }
        return isOrdinary ? prepare(at: placement) : 0
    }

    /// The parent for a place, 0 where none is ready; started now unless it runs.
    @discardableResult func prepare(at placement: Placement) -> UInt32 {
        guard settings.usesParents, placement.isolation == .full, case .python = placement.kind,
            let interpreter = placement.interpreter
        else { return 0 }
        return state.withLock { state in
            let folder = placement.runtime
            if let parent = state.running[folder] { return parent.isReady ? parent.id : 0 }
            guard state.failures[folder, default: 0] < Self.failureLimit else { return 0 }
            // One of the same runtime with other libraries has served its time.
            let base = Self.base(of: folder)
            for (other, parent) in state.running where Self.base(of: other) == base { launcher.kill(parent.id) }
            let root = Placement(
                isolation: placement.isolation, code: "", layers: [], runtime: folder, kind: placement.kind,
                interpreter: interpreter, ephemeralMB: 1)
            let variables = FunctionVariables.places(root, placement.kind).sorted { $0.key < $1.key }
            let request = LaunchRequest(
                kind: LAUNCHER_RAISE_PARENT, workingDirectory: "/",
                arguments: [interpreter.program, "\(root.runtimeFolder)/bootstrap.py", "--parent"],
                variables: variables.map { (name: $0.key, value: $0.value) }, mounts: root.mounts, userID: 0,
                memoryMiB: 0, fileOctets: 0, settings: settings)
            if let id = launcher.spawn(request, descriptors: [], for: Watch(self, folder)) {
                state.running[folder] = Parent(id: id)
            }
            return 0
        }
    }

    private static func base(of folder: String) -> Substring {
        folder.prefix(upTo: folder.lastIndex(of: "/") ?? folder.endIndex)
    }

    /// True when one has loaded everything and can be asked.
    var hasReady: Bool { state.withLock { $0.running.values.contains { $0.isReady } } }

    private func ready(at folder: String) { state.withLock { $0.running[folder]?.isReady = true } }

    private func ended(at folder: String) {
        let failures = state.withLock { state -> Int in
            guard let parent = state.running.removeValue(forKey: folder) else { return 0 }
            state.failures[folder] = parent.isReady ? nil : state.failures[folder, default: 0] + 1
            return state.failures[folder] ?? 0
        }
        if failures == Self.failureLimit {
            log.warning(
                "functions.parent", .other("runtime", folder), .count(failures),
                .advice("its functions start from nothing, which takes longer; see that its python3 runs, then restart")
            )
        }
    }
}
