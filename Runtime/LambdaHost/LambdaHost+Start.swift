import FunctionRuntime
import Glibc
import MailTypes
import Transport

extension LambdaHost {
    /// Starts an environment for a call. What goes wrong here is the call's refusal.
    func start(for call: Call) async {
        do throws(LambdaRefusal) {
            try await begin(call)
        } catch {
            call.settle(.failure(error))
        }
    }

    private func begin(_ call: Call) async throws(LambdaRefusal) {
        let function = call.function
        guard let kind = RuntimeKind(function.runtime) else {
            throw .unavailable("The runtime \(function.runtime) does not run here.")
        }
        let runtime: RuntimeShelf.Runtime
        switch await shelf.runtime(kind) {
        case .failure(let problem): throw .unavailable(problem.sentence)
        case .success(let found): runtime = found
        }
        guard let isolation = await launcher.isolation() else {
            throw .unavailable("The launcher of functions does not start; the log says why.")
        }
        warnOnce(isolation)
        guard let slot = pools.takeSlot() else {
            throw .throttled(reason: "ConcurrentInvocationLimitExceeded")
        }
        var used: [LambdaCode] = []
        do throws(LambdaRefusal) {
            func folder(of code: LambdaCode, _ what: String) throws(LambdaRefusal) -> String {
                guard let folder = codes.use(code) else {
                    throw .unavailable("The code of \(what) is not on this machine: deploy it again.")
                }
                used.append(code)
                return folder
            }
            let code = try folder(of: function.code, function.name)
            var layers: [String] = []
            for layer in function.layers { layers.append(try folder(of: layer.code, layer.arn)) }
            let placement = Placement(
                isolation: isolation, code: code, layers: layers, runtime: runtime.folder, kind: runtime.kind,
                interpreter: runtime.interpreter, ephemeralMB: function.ephemeralMB)
            try launch(call, placement, runtime, slot: slot)
        } catch {
            for code in used { codes.release(code) }
            pools.giveBack(slot: slot)
            throw error
        }
    }

    private func launch(
        _ call: Call, _ placement: Placement, _ runtime: RuntimeShelf.Runtime, slot: Int
    ) throws(LambdaRefusal) {
        let function = call.function
        let stream = streamName(function)
        let lines = EnvironmentLog(
            group: function.logGroup, stream: stream, isJSON: function.logFormat == "JSON", store: logs, time: time,
            settings: settings)
        let loop = loops.next()
        func pipe(_ source: EnvironmentLog.Source) -> OutputPipe? {
            OutputPipe(source, into: lines, on: loop, timer: timer, octetsPerSecond: settings.logOctetsPerSecond)
        }
        let (output, error, gauge) = (pipe(.output), pipe(.error), Gauge())
        let channel =
            speaksOnChannel(function)
            ? EventChannel(
                on: loop, limitOctets: settings.answerOctets, countsEvents: cannotYield(runtime.kind)) : nil
        let ends = [channel?.theirs, channel?.count?.theirs].compactMap { $0 }
        defer {
            for descriptor in [output?.writingEnd, error?.writingEnd, gauge?.descriptor].compactMap({ $0 }) + ends {
                close(descriptor)
            }
        }
        guard let output, let error, let gauge, gauge.descriptor < OpenFiles.end else {
            throw .unavailable("The system has no descriptors left for another function.")
        }
        // Last, since only being served closes it.
        let listener: Listener
        do throws(ListenerFailure) {
            listener = try Listener(
                host: "127.0.0.1", port: 0, settings: .init(idleSeconds: .max / 4000, drainSeconds: 0), loops: loops,
                counter: ConnectionCounter(.none), log: log)
        } catch {
            throw .unavailable(error.description)
        }
        let key = keys.issue(
            role: function.role, sessionName: function.name, account: settings.account, expiresAt: nil, random: random)
        let hasOwnUser = placement.isolation == .full || getuid() == 0
        let environment = Environment(
            .init(
                function: function, slot: slot, key: key, log: lines, output: output, error: error, listener: listener,
                channel: channel, usesOwnUser: hasOwnUser, isInitSuppressed: pools.isInitSuppressed(function)),
            host: self, gauge: gauge)
        let variables = FunctionVariables(
            function: function, placement: placement, kind: runtime.kind, runtimeAPI: listener.address.description,
            key: key, region: settings.region, logStream: stream, endpointURL: settings.endpointURL(),
            channelDescriptors: 3..<3 + ends.count)
        let request = LaunchRequest(
            workingDirectory: placement.taskRoot, arguments: arguments(function, placement, runtime),
            variables: variables.list, mounts: placement.mounts,
            userID: hasOwnUser ? settings.firstUserID + UInt32(slot) : 0, memoryMiB: UInt32(function.memoryMB),
            fileOctets: UInt64(max(512, function.ephemeralMB)) << 20, settings: settings,
            sliceMicroseconds: cannotYield(runtime.kind) ? settings.longSliceMicroseconds : 0,
            parent: parents.parent(of: function, at: placement))
        lines.starts(function.runtime)
        pools.add(environment)
        serveSoon(environment)
        // Before its process can ask.
        environment.begin(call)
        guard
            let id = launcher.spawn(
                request,
                descriptors: [output.writingEnd, error.writingEnd, gauge.descriptor] + ends, for: environment)
        else {
            return environment.abandoned(.unavailable("The launcher of functions takes no more starts now."))
        }
        environment.launched(id)
    }

    /// True for our own bootstraps. A wrapper may start them with no descriptors but the usual three: those speak HTTP.
    private func speaksOnChannel(_ function: LambdaFunction) -> Bool {
        guard function.environment["AWS_LAMBDA_EXEC_WRAPPER"] == nil else { return false }
        return switch RuntimeKind(function.runtime) {
        case .python, .node: true
        case .provided, nil: false
        }
    }

    /// True for runtimes whose language has no way to ask whether a descriptor can be read, nor to let others go first.
    private func cannotYield(_ kind: RuntimeKind) -> Bool {
        if case .node = kind { true } else { false }
    }

    /// Has a parent load what this runtime's functions ask for, before the first of them is called.
    func prepareParent(_ kind: RuntimeKind) async {
        guard case .python = kind, settings.usesParents, case .success(let runtime) = await shelf.runtime(kind),
            let isolation = await launcher.isolation()
        else { return }
        parents.prepare(
            at: Placement(
                isolation: isolation, code: "", layers: [], runtime: runtime.folder, kind: kind,
                interpreter: runtime.interpreter, ephemeralMB: 1))
    }

    /// The command line: the bootstrap, behind the wrapper if there is one (reference/functions.md §1.6).
    private func arguments(
        _ function: LambdaFunction, _ placement: Placement, _ runtime: RuntimeShelf.Runtime
    ) -> [String] {
        let wrapper = function.environment["AWS_LAMBDA_EXEC_WRAPPER"].map { [$0] } ?? []
        let program = runtime.interpreter?.program ?? ""
        switch runtime.kind {
        case .python: return wrapper + [program, "\(placement.runtimeFolder)/bootstrap.py"]
        case .node:
            // V8 would take the machine's memory as its own measure; these are the shares of the managed runtime.
            let shares = [
                "--max-semi-space-size=\(max(1, function.memoryMB * 5 / 100))",
                "--max-old-space-size=\(function.memoryMB * 90 / 100)",
            ]
            return wrapper + [program] + shares + ["\(placement.runtimeFolder)/bootstrap.mjs"]
        case .provided:
            let own = "\(placement.code)/bootstrap"
            let layered = placement.layers.reversed().map { "\($0)/bootstrap" }
            if access(own, F_OK) != 0, let found = layered.first(where: { access($0, F_OK) == 0 }) {
                return [placement.isolation == .plain ? found : "/opt/bootstrap"]
            }
            return ["\(placement.taskRoot)/bootstrap"]
        }
    }

    /// `2026/05/04/[$LATEST]<32 hex>`
    private func streamName(_ function: LambdaFunction) -> String {
        let day = time.now().rfc3339.prefix(10).split(separator: "-").joined(separator: "/")
        func hex(_ value: UInt64) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return "\(day)/[\(function.version)]\(hex(random.next()))\(hex(random.next()))"
    }
}
