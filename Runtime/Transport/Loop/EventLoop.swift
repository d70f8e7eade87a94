import CLinux
import FunctionRuntime
import Glibc
import Synchronization

/// One thread that watches sockets and runs the tasks which speak over them.
///
/// A task started with `Task(executorPreference: loop)` runs here, together with the child tasks and nonisolated functions it calls;
/// an actor may name the loop as its executor. Nothing that blocks may run here: see `BlockingThreads`.
///
/// Loops live as long as the process, because executors are referred to without being retained.
// `local`, `later`, `events` and what decides about staying awake and moving are touched by the loop's own thread only, which `isCurrent` tells;
// everything else is immutable, atomic or behind a Mutex.
public final class EventLoop: TaskExecutor, SerialExecutor, @unchecked Sendable {
    private struct Remote {
        var jobs: [UnownedJob] = []
        var isWoken = false
    }

    private struct Slot {
        var handle: (any IOHandle)?
        var generation: UInt32 = 0
    }

    private struct Registry {
        var slots: [Slot] = []
        var wheel: DeadlineWheel
    }

    /// Most nanoseconds until somebody who was moved to another core gives an answer.
    private static let moveNanoseconds: UInt64 = 1_000_000

    /// Rounds of jobs that may queue each other before sockets and deadlines get their turn.
    private static let roundsBetweenPolls = 16

    /// The loop's number within its group.
    public let number: Int
    private let poll: Int32
    private let wakeUpDescriptor: Int32
    private let thread = Atomic<UInt>(0)
    private let remote = Mutex(Remote())
    private let registry: Mutex<Registry>
    private var local: [UnownedJob] = []
    private var later: [@Sendable () -> Void] = []
    private var alertness = Alertness()
    /// The descriptor that was ready last.
    private var lastReady: Int32 = -1
    private var sharing = CoreSharing()
    private let time = SystemTime()
    /// Answers that somebody waits for here, and whether one has just come.
    private let due = Atomic<Int>(0)
    private let answered = Atomic<Bool>(false)
    private let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: 256)

    /// Starts a loop.
    init(number: Int) {
        self.number = number
        poll = clinux_epoll_create()
        wakeUpDescriptor = clinux_wakeup_descriptor()
        precondition(poll >= 0 && wakeUpDescriptor >= 0, "the system gives no descriptors for an event loop")
        registry = Mutex(Registry(wheel: DeadlineWheel(now: monotonicMilliseconds())))
        precondition(
            clinux_epoll_add_level(poll, wakeUpDescriptor, UInt64(UInt32(bitPattern: wakeUpDescriptor)), 0) == 0,
            "an event loop must be able to watch its own wake-up")
        // Retained for ever: see above.
        let loop = Unmanaged.passRetained(self).takeUnretainedValue()
        NativeThread.start("loop-\(number)") { loop.run() }
    }

    /// True on the loop's own thread.
    public var isCurrent: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

    // MARK: Executor

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            local.append(job)
            return
        }
        let wakes = remote.withLock { remote in
            remote.jobs.append(job)
            defer { remote.isWoken = true }
            return !remote.isWoken
        }
        if wakes { wakeUp() }
    }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
    public func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }
    public func checkIsolated() { precondition(isCurrent, "this must run on its event loop") }

    /// Has the body run on the loop's thread once the jobs at hand are done, before it waits again: for what nobody waits for. Called
    /// from another thread it runs at once.
    public func afterwards(_ body: @escaping @Sendable () -> Void) {
        guard isCurrent else { return body() }
        later.append(body)
    }

    private func wakeUp() {
        var one: UInt64 = 1
        _ = write(wakeUpDescriptor, &one, 8)
    }

    // MARK: Descriptors

    /// What of a descriptor is reported, and how often.
    enum Interest {
        /// Input, output and hang-up, each at its beginning only.
        case edges
        /// Input as long as there is some.
        case input
        /// Input and room for output as long as there is either.
        case inputAndOutput
    }

    /// Watches a descriptor. Any thread.
    /// - Throws: the system's reason.
    func register(
        _ descriptor: Int32, _ handle: any IOHandle, for interest: Interest = .edges
    ) throws(ConnectionFailure) {
        let tag = registry.withLock { registry in
            let index = Int(descriptor)
            while registry.slots.count <= index { registry.slots.append(Slot()) }
            registry.slots[index].generation &+= 1
            registry.slots[index].handle = handle
            // The descriptor's number may be in use anew while events of its former life are still on their way.
            return UInt64(registry.slots[index].generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
        }
        let result =
            interest == .edges
            ? clinux_epoll_add(poll, descriptor, tag)
            : clinux_epoll_add_level(poll, descriptor, tag, interest == .inputAndOutput ? 1 : 0)
        guard result == 0 else {
            let reason = errno
            registry.withLock { $0.slots[Int(descriptor)].handle = nil }
            throw .system(reason)
        }
    }

    /// Lets another handle speak for a descriptor that is watched already.
    func replaceHandle(of descriptor: Int32, by handle: any IOHandle) {
        registry.withLock { $0.slots[Int(descriptor)].handle = handle }
    }

    /// Stops watching. Must come before the descriptor is closed.
    func unregister(_ descriptor: Int32) {
        _ = clinux_epoll_remove(poll, descriptor)
        registry.withLock { registry in
            registry.slots[Int(descriptor)].generation &+= 1
            registry.slots[Int(descriptor)].handle = nil
        }
    }

    /// Has the handle's `expire` called at this time of `monotonicMilliseconds` or up to a quarter of a second later.
    func arm(_ descriptor: Int32, deadline: UInt64) {
        let isEarlier = registry.withLock { $0.wheel.arm(descriptor, deadline: deadline) }
        if isEarlier, !isCurrent { wakeUp() }
    }

    // MARK: Staying awake

    /// An answer will be read here, perhaps within microseconds. Each is followed by an `answerCame`. Any thread.
    public func answerIsDue() {
        due.add(1, ordering: .relaxed)
        if isCurrent { sharing.asks(at: time.monotonicNanoseconds()) }
    }

    /// It came, or never will. Any thread.
    public func answerCame() {
        due.subtract(1, ordering: .relaxed)
        answered.store(true, ordering: .relaxed)
    }

    /// Answers that somebody waits for here. Any thread.
    var answersDue: Int { due.load(ordering: .relaxed) }

    /// Awake for a moment where something may come at once: the only answer that is due, or what follows the last one.
    /// With more of them in flight there is work enough, and the processor is for those who do it.
    private func waitForEvents() -> Int32 {
        let limit = timeout()
        let answers = due.load(ordering: .relaxed)
        guard limit != 0, answers == 1 || answers == 0 && answered.load(ordering: .relaxed) else {
            return epoll_wait(poll, events, 256, limit)
        }
        answered.store(false, ordering: .relaxed)
        let start = time.monotonicNanoseconds()
        var (now, count): (UInt64, Int32) = (start, 0)
        if answers == 1 { sharing.waits(at: start) { clinux_preemptions() } }
        while now &- start < alertness.window {
            count = epoll_wait(poll, events, 256, 0)
            guard count == 0 else { break }
            sched_yield()
            let before = now
            now = time.monotonicNanoseconds()
            if answers == 1 { sharing.gaveWay(for: now &- before) }
        }
        if count == 0 { count = epoll_wait(poll, events, 256, limit) }
        alertness.heard(after: time.monotonicNanoseconds() &- start)
        return count
    }

    /// Moves to the core that the last input came from, if it is another, so that whoever waits there for the answer need not be
    /// woken from afar. For a loop that serves one peer just now; not more often than it pays. On the loop's own thread.
    /// - Returns: true when it moved. Whoever waits awake for what the loop sends next has to leave that core (`tookTurns`), and is
    ///   late for once.
    public func joinPeer() -> Bool {
        guard isCurrent, sharing.mayJoin(), clinux_join_core(lastReady) == 1 else { return false }
        sharing.joined()
        alertness.renew(Self.moveNanoseconds)
        return true
    }

    /// True when somebody else worked on the loop's core while it waited awake for an answer: most likely who gave it. Asked before
    /// each question; true once for each time it was so. On the loop's own thread.
    public func tookTurns() -> Bool { isCurrent && sharing.parts() }

    // MARK: The loop itself

    private func run() {
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        while true {
            // An invocation is a few jobs, each queued by the one before: most end without a look at the sockets.
            var rounds = 0
            repeat {
                runJobs()
                rounds += 1
            } while !local.isEmpty && rounds < Self.roundsBetweenPolls
            doLater()
            expireDeadlines()
            let count = waitForEvents()
            guard count >= 0 else {
                precondition(errno == EINTR, "epoll_wait failed: \(String(cString: strerror(errno)))")
                continue
            }
            for index in 0..<count { dispatch(clinux_event_tag(events, index), clinux_event_flags(events, index)) }
        }
    }

    private func runJobs() {
        remote.withLock { remote in
            remote.isWoken = false
            guard !remote.jobs.isEmpty else { return }
            local.append(contentsOf: remote.jobs)
            remote.jobs.removeAll(keepingCapacity: remote.jobs.capacity <= 4096)
        }
        guard !local.isEmpty else { return }
        var jobs: [UnownedJob] = []
        swap(&jobs, &local)
        // Run as the task executor's and nobody's isolation: a function that belongs to no actor is where it wants to be, and
        // each of its returns from an await goes on at once instead of queueing for the thread it is on.
        for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
        // Gives the storage back to the queue unless somebody queued meanwhile or it has grown beyond use.
        if local.isEmpty, jobs.capacity <= 4096 {
            jobs.removeAll(keepingCapacity: true)
            swap(&jobs, &local)
        }
    }

    private func doLater() {
        guard !later.isEmpty else { return }
        var bodies: [@Sendable () -> Void] = []
        swap(&bodies, &later)
        for body in bodies { body() }
        guard later.isEmpty else { return }
        bodies.removeAll(keepingCapacity: bodies.capacity <= 4096)
        swap(&bodies, &later)
    }

    private func timeout() -> Int32 {
        guard local.isEmpty, later.isEmpty else { return 0 }
        let wait = registry.withLock { $0.wheel.milliseconds(from: monotonicMilliseconds()) }
        return wait.map { Int32(clamping: $0 + 1) } ?? -1
    }

    private func dispatch(_ tag: UInt64, _ flags: UInt32) {
        let descriptor = Int32(truncatingIfNeeded: tag)
        if descriptor == wakeUpDescriptor {
            var count: UInt64 = 0
            _ = read(wakeUpDescriptor, &count, 8)
            return
        }
        lastReady = descriptor
        let handle = registry.withLock { registry -> (any IOHandle)? in
            let slot = registry.slots[Int(descriptor)]
            return slot.generation == UInt32(tag >> 32) ? slot.handle : nil
        }
        handle?.ready(IOEvents(rawValue: flags))
    }

    private func expireDeadlines() {
        let now = monotonicMilliseconds()
        let due = registry.withLock { registry in
            registry.wheel.due(at: now).map { ($0, registry.slots[Int($0)].handle) }
        }
        for (descriptor, handle) in due {
            guard let next = handle?.expire(at: now) else { continue }
            registry.withLock { _ = $0.wheel.arm(descriptor, deadline: next) }
        }
    }
}
