import CLauncher
import FunctionRuntime
import Glibc
import MailTypes
import Synchronization
import Transport

/// Users' functions as child processes behind the Lambda Runtime API.
///
/// `run` must be running while functions are invoked; when it returns every process is gone.
public final class LambdaHost: LambdaHosting {
    let settings: HostSettings
    let keys: SessionKeys
    let time: any TimeSource
    let random: any RandomSource
    let log: Log
    let logs: any FunctionLogStore
    let loops: EventLoopGroup
    let timer: DeadlineTimer
    let launcher: Launcher
    let parents: Parents
    let pools: Pools
    let codes: CodeStore
    let shelf: RuntimeShelf
    /// The slot of the environment that had the last event on a channel.
    let lastAsked = Atomic<Int>(-1)
    let disk = BlockingThreads(name: "code", threads: 1, queueLimit: 1024)
    /// What `run` is to do next.
    private enum Chore: Sendable {
        case serve(Environment)
        case place(Call)
        case releaseCode(LambdaFunction)
    }

    private let chores: AsyncStream<Chore>
    private let asked: AsyncStream<Chore>.Continuation
    private let didWarn = Mutex(false)

    /// A host that starts nothing yet.
    /// - Throws: a sentence when its folders cannot be made or the system gives no timer.
    public init(
        _ settings: HostSettings, keys: SessionKeys, logs: any FunctionLogStore, loops: EventLoopGroup,
        time: any TimeSource, random: any RandomSource, log: Log
    ) throws {
        for folder in ["code", "runtimes", "root"] {
            guard Folder.make("\(settings.directory)/\(folder)") else {
                throw LambdaCodeProblem(
                    "\(settings.directory)/\(folder) cannot be made: \(String(cString: strerror(errno)))",
                    code: "ServiceException")
            }
        }
        (self.settings, self.keys, self.logs, self.loops) = (settings, keys, logs, loops)
        (self.time, self.random, self.log) = (time, random, log)
        timer = try DeadlineTimer(on: loops.next())
        launcher = Launcher(settings, on: loops.next(), log: log)
        parents = Parents(settings, launcher: launcher, log: log)
        pools = Pools(settings)
        codes = CodeStore(directory: "\(settings.directory)/code", zipOctets: settings.zipOctets)
        shelf = RuntimeShelf(
            directory: "\(settings.directory)/runtimes", fetchesLibraries: settings.fetchesLibraries, log: log)
        (chores, asked) = AsyncStream.makeStream()
    }

    /// Serves the environments until the task is cancelled; then ends them all.
    public func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.retireIdle() }
            for await chore in chores {
                group.addTask { await self.handle(chore) }
            }
            pools.stop()
            await launcher.stop()
            group.cancelAll()
        }
    }

    private func handle(_ chore: Chore) async {
        switch chore {
        case .serve(let environment):
            let server = RuntimeAPIServer(environment)
            await environment.parts.listener.run { await server.serve($0) }
        case .place(let call): await place(call)
        case .releaseCode(let function):
            let used = [function.code] + function.layers.map(\.code)
            try? await disk.run { [codes] in for code in used { codes.release(code) } }
        }
    }

    private func retireIdle() async {
        let limit = UInt64(settings.idleSeconds) * 1_000_000_000
        while !Task.isCancelled {
            let now = time.monotonicNanoseconds()
            if now > limit { pools.retire(idleSince: now - limit) }
            try? await Task.sleep(for: .seconds(max(1, settings.idleSeconds / 20)))
        }
    }

    // MARK: Code

    public func install(zip: Octets) async throws(LambdaCodeProblem) -> LambdaCode {
        let outcome = try? await disk.run { [codes, time] in
            Result { () throws(LambdaCodeProblem) in try codes.install(zip, at: time.now()) }
        }
        guard let outcome else {
            throw LambdaCodeProblem("Too much code is being installed.", code: "ServiceException")
        }
        return try outcome.get()
    }

    public func zip(of code: LambdaCode) async -> Octets? {
        let zip = try? await disk.run { [codes] in codes.zip(of: code) }
        return zip ?? nil
    }

    public func forget(allBut kept: Set<LambdaCode>, installedBefore moment: Timestamp) async -> Int {
        let count = try? await disk.run { [codes] in codes.forget(allBut: kept, installedBefore: moment) }
        return count ?? 0
    }

    public func problem(ofRuntime runtime: String) async -> String? {
        guard let kind = RuntimeKind(runtime) else {
            return "The runtime \(runtime) does not run here: use python3.x, nodejs…x or provided.al2023."
        }
        switch await shelf.runtime(kind) {
        case .failure(let problem): return problem.sentence
        case .success: await shelf.complete(kind)
        }
        await prepareParent(kind)
        return nil
    }

    public func substitute(forRuntime runtime: String) async -> String? {
        guard let kind = RuntimeKind(runtime), case .success(let found) = await shelf.runtime(kind),
            let interpreter = found.interpreter, interpreter.version != kind.version
        else { return nil }
        return "version \(interpreter.version) (\(interpreter.program))"
    }

    public func retire(_ name: String, keeping: Set<LambdaRevision>) async {
        pools.retire(name, keeping: keeping)
    }

    // MARK: Calls

    public func invoke(
        _ function: LambdaFunction, _ invocation: LambdaInvocation
    ) async throws(LambdaRefusal) -> LambdaResult {
        guard invocation.payload.count <= settings.eventOctets else {
            throw .tooLarge(limitOctets: settings.eventOctets)
        }
        try pools.enter(function)
        let call = Call(function, invocation) { [pools, time] in pools.leave($0, with: $1, at: time.now()) }
        var patience: DeadlineTimer.Token?
        if let limit = invocation.patience {
            let (seconds, attoseconds) = limit.components
            let milliseconds = Int(clamping: seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
            patience = timer.after(milliseconds: milliseconds) { call.abandon(limit) }
        }
        defer { timer.cancel(patience) }
        await place(call)
        return try await call.value()
    }

    /// What a function has done since the system started; nil when it was never called.
    public func tally(of name: String) -> FunctionTally? { pools.tally(of: name) }
    /// The same of all that were called, by name.
    public var tallies: [String: FunctionTally] { pools.tallies }

    /// Finds or starts an environment for a call.
    func place(_ call: Call) async {
        while let idle = pools.takeIdle(call.function) {
            if idle.assign(call) { return }
        }
        await start(for: call)
    }

    /// Places a call once more, from outside its caller's task.
    func retry(_ call: Call) {
        asked.yield(.place(call))
    }

    /// Hands an environment's listener to `run`.
    func serveSoon(_ environment: Environment) { asked.yield(.serve(environment)) }

    func releaseSoon(_ function: LambdaFunction) { asked.yield(.releaseCode(function)) }

    /// Says once how much functions are kept apart here.
    func warnOnce(_ isolation: HostSettings.Isolation) {
        let isFirst = didWarn.withLock { did in
            defer { did = true }
            return !did
        }
        guard isFirst else { return }
        switch isolation {
        case .full: break
        case .unprivileged:
            log.warning(
                "functions.isolation", .code("unprivileged"), .reason("functions run with the server's own user id"),
                .advice("they see neither its files nor each other's; run the server as root for ids of their own"))
        case .plain:
            // With user ids of their own but no roots, functions read their code where it lies: they may pass through the data
            // directory, whose files stay its owner's.
            if getuid() == 0 { chmod("\(settings.directory)/..", 0o711) }
            log.warning(
                "functions.isolation", .code("plain"), .reason("this system gives no namespaces"),
                .advice("run only functions you trust, or allow CAP_SYS_ADMIN or user namespaces"))
        }
    }

    /// An environment has ended.
    func released(_ environment: Environment) {
        pools.remove(environment)
        releaseSoon(environment.function)
    }
}
