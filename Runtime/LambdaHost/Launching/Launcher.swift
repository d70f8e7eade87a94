import CLauncher
import CLinux
import FunctionRuntime
import Glibc
import MailTypes
import Synchronization
import Transport

/// The host's end of the launcher process: asks for starts and ends, and hears of them.
final class Launcher: Sendable {
    /// What an environment hears of its process.
    protocol Listener: AnyObject, Sendable {
        /// The supervisor's process id.
        func processStarted(_ process: Int32)
        /// A parent can be asked for children from now on.
        func processReady()
        func processEnded()
    }

    private struct State {
        var socket: Int32 = -1
        var process: pid_t = 0
        var watch: DescriptorWatch?
        var isolation: HostSettings.Isolation?
        var waiters: [CheckedContinuation<HostSettings.Isolation?, Never>] = []
        var listeners: [UInt32: any Listener] = [:]
        var nextID: UInt32 = 0
        var isStopped = false
        var stopWaiter: CheckedContinuation<Void, Never>?
    }

    private let settings: HostSettings
    private let loop: EventLoop
    private let log: Log
    private let state = Mutex(State())

    init(_ settings: HostSettings, on loop: EventLoop, log: Log) {
        (self.settings, self.loop, self.log) = (settings, loop, log)
    }

    /// Starts the launcher unless it runs, and tells what it can do here; nil when it does not start.
    func isolation() async -> HostSettings.Isolation? {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state -> HostSettings.Isolation?? in
                if state.isStopped { return .some(nil) }
                if state.socket < 0, !start(&state) { return .some(nil) }
                if let known = state.isolation { return known }
                state.waiters.append(continuation)
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    private func start(_ state: inout State) -> Bool {
        guard let program = settings.launcher.first else { return false }
        let words = settings.launcher + [settings.directory + "/root", settings.usesNamespaces ? "best" : "plain"]
        let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        let socket = launcher_start(program, arguments, &state.process)
        guard socket >= 0 else {
            log.error(
                "launcher.failed", .reason(String(cString: strerror(errno))), .other("program", program),
                .advice("users' functions cannot run until it starts; look at the limit of processes"))
            return false
        }
        let watch = try? DescriptorWatch(socket, on: loop) { [weak self] in self?.hear() }
        guard let watch else {
            close(socket)
            return false
        }
        (state.socket, state.watch) = (socket, watch)
        return true
    }

    /// Starts a process; nil when it cannot even be asked for.
    /// - descriptors: standard output, standard error, gauge, and what becomes 3 and on.
    func spawn(_ request: LaunchRequest, descriptors: [Int32], for listener: any Listener) -> UInt32? {
        state.withLock { state in
            guard state.socket >= 0, !state.isStopped else { return nil }
            state.nextID &+= 1
            let id = state.nextID
            let octets = request.encode(id: id)
            guard octets.count <= Int(LAUNCHER_REQUEST_MAX) else { return nil }
            let count = Int32(descriptors.count)
            guard launcher_send(state.socket, octets, octets.count, descriptors, count) == 0 else { return nil }
            state.listeners[id] = listener
            return id
        }
    }

    /// Ends a process with everything it started.
    func kill(_ id: UInt32) {
        state.withLock { state in
            guard state.socket >= 0, state.listeners[id] != nil else { return }
            var request = launcher_request()
            request.kind = LAUNCHER_KILL.rawValue
            request.id = id
            _ = launcher_send(state.socket, &request, MemoryLayout<launcher_request>.size, nil, 0)
        }
    }

    /// Ends the launcher, and by that everything it started. Returns when it is gone, also in a cancelled task.
    func stop() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isRunning = state.withLock { state in
                state.isStopped = true
                guard state.socket >= 0 else { return false }
                state.stopWaiter = continuation
                _ = clinux_shutdown_writing(state.socket)
                return true
            }
            if !isRunning { continuation.resume() }
        }
    }

    private func hear() {
        while true {
            var notice = launcher_notice()
            let socket = state.withLock { $0.socket }
            guard socket >= 0 else { return }
            let count = clinux_receive(socket, &notice, MemoryLayout<launcher_notice>.size)
            if count == MemoryLayout<launcher_notice>.size {
                take(notice)
            } else if count < 0, errno == EINTR {
                continue
            } else if count < 0, errno == EAGAIN {
                return
            } else {
                return lost()
            }
        }
    }

    private func take(_ notice: launcher_notice) {
        switch notice.kind {
        case LAUNCHER_READY.rawValue where notice.id != 0:
            state.withLock { $0.listeners[notice.id] }?.processReady()
        case LAUNCHER_READY.rawValue:
            let isolation: HostSettings.Isolation =
                switch UInt32(notice.value) {
                case LAUNCHER_FULL.rawValue: .full
                case LAUNCHER_UNPRIVILEGED.rawValue: .unprivileged
                default: .plain
                }
            let waiters = state.withLock { state in
                state.isolation = isolation
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume(returning: isolation) }
        case LAUNCHER_STARTED.rawValue:
            state.withLock { $0.listeners[notice.id] }?.processStarted(notice.value)
        case LAUNCHER_ENDED.rawValue:
            state.withLock { $0.listeners.removeValue(forKey: notice.id) }?.processEnded()
        default: break
        }
    }

    /// The launcher is gone, and with it everything it had started.
    private func lost() {
        let (old, isStopped) = state.withLock { state in
            let old = state
            state.watch?.end()
            if state.socket >= 0 { close(state.socket) }
            state = State(nextID: old.nextID, isStopped: old.isStopped)
            return (old, old.isStopped)
        }
        guard old.socket >= 0 else { return }
        if old.process > 0 {
            // It closed its end by ending: there is nothing to wait for.
            while waitpid(old.process, nil, 0) < 0, errno == EINTR {}
        }
        if !isStopped {
            log.error(
                "launcher.ended", .count(old.listeners.count), .advice("the next call of a function starts it again"))
        }
        for listener in old.listeners.values { listener.processEnded() }
        for waiter in old.waiters { waiter.resume(returning: nil) }
        old.stopWaiter?.resume()
    }
}
