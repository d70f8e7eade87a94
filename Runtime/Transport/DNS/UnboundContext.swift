import CUnbound
import FunctionRuntime
import Glibc
import MailTypes
import Synchronization

/// libunbound's context, watched by a loop.
// The pointer never changes; libunbound guards the context with locks of its own, and it is deleted when nobody refers
// to it any more.
final class UnboundContext: IOHandle, @unchecked Sendable {
    private struct State {
        var waiting: [UInt64: UnboundQuery] = [:]
        var lastNumber: UInt64 = 0
    }

    private let context: OpaquePointer
    private let descriptor: Int32
    private let loop: EventLoop
    private let settings: UnboundResolver.Settings
    private let state = Mutex(State())

    /// A context with these settings.
    init(_ settings: UnboundResolver.Settings, loop: EventLoop) throws(ResolverFailure) {
        guard let context = ub_ctx_create() else { throw .temporary("libunbound did not start: memory is short") }
        func check(_ result: Int32, _ what: String) throws(ResolverFailure) {
            guard result != 0 else { return }
            ub_ctx_delete(context)
            throw .temporary("\(what): \(String(cString: ub_strerror(result)))")
        }
        // Threads, never a process: forking a threaded server is asking for trouble.
        try check(ub_ctx_async(context, 1), "libunbound cannot use a thread")
        for forwarder in settings.forwarders {
            try check(ub_ctx_set_fwd(context, forwarder), "“\(forwarder)” is no DNS server's address")
        }
        if !settings.forwarders.isEmpty {
            // The servers of this network know its private addresses; by itself libunbound says that nobody has names there.
            try check(ub_ctx_set_option(context, "unblock-lan-zones:", "yes"), "libunbound refuses an option")
            try check(ub_ctx_set_option(context, "insecure-lan-zones:", "yes"), "libunbound refuses an option")
        }
        for (zone, address) in settings.stubs {
            try check(ub_ctx_set_stub(context, zone, address, 0), "“\(zone)” at “\(address)” is no zone and server")
        }
        for anchor in settings.trustAnchors {
            try check(ub_ctx_add_ta(context, anchor), "“\(anchor)” is no trust anchor")
        }
        if let file = settings.trustAnchorFile, access(file, R_OK) == 0 {
            try check(ub_ctx_add_ta_file(context, file), "The trust anchors in \(file) cannot be used")
        }
        if settings.asksLoopback {
            try check(ub_ctx_set_option(context, "do-not-query-localhost:", "no"), "libunbound refuses an option")
        }
        (self.context, self.loop, self.settings) = (context, loop, settings)
        descriptor = ub_fd(context)
    }

    deinit { ub_ctx_delete(context) }

    /// Has answers picked up from now on.
    func watch() throws(ResolverFailure) {
        do throws(ConnectionFailure) {
            try loop.register(descriptor, self, for: .input)
        } catch {
            throw .temporary("the event loop takes no further descriptor")
        }
    }

    /// Picks up no more answers. Everyone who still waits hears so.
    func end() {
        loop.unregister(descriptor)
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for query in waiting { query.answer(.failure(.temporary("the resolver was shut down"))) }
    }

    /// Asks one question.
    func ask(_ name: String, _ type: DNSRecordType) async -> Result<DNSAnswer, ResolverFailure> {
        let deadline = monotonicMilliseconds() + UInt64(settings.timeoutSeconds) * 1000
        let query = UnboundQuery(name: name, type: type, deadline: deadline)
        let number = state.withLock { state -> UInt64? in
            guard state.waiting.count < settings.inFlightLimit else { return nil }
            state.lastNumber += 1
            state.waiting[state.lastNumber] = query
            return state.lastNumber
        }
        guard let number else { return .failure(.temporary("too many questions are on their way")) }
        defer { state.withLock { _ = $0.waiting.removeValue(forKey: number) } }
        loop.arm(descriptor, deadline: deadline)
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                query.wait(continuation)
                start(query)
            }
        } onCancel: {
            query.answer(.failure(.temporary("the question was cancelled")))
        }
    }

    private func start(_ query: UnboundQuery) {
        // libunbound holds one reference until it has answered.
        let reference = Unmanaged.passRetained(query)
        let result = ub_resolve_async(
            context, query.name, Int32(query.type.number), 1, reference.toOpaque(),
            { reference, error, result in
                guard let reference else { return }
                let query = Unmanaged<UnboundQuery>.fromOpaque(reference).takeRetainedValue()
                query.answer(query.read(error, result?.pointee))
                ub_resolve_free(result)
            }, nil)
        guard result != 0 else { return }
        reference.release()
        query.answer(.failure(.temporary(String(cString: ub_strerror(result)))))
    }

    // MARK: The loop's side

    func ready(_ events: IOEvents) { ub_process(context) }

    func expire(at now: UInt64) -> UInt64? {
        let (late, next) = state.withLock { state in
            (
                state.waiting.values.filter { $0.deadline <= now },
                state.waiting.values.lazy.map(\.deadline).filter { $0 > now }.min()
            )
        }
        for query in late { query.answer(.failure(.temporary("no server answered in time"))) }
        return next
    }
}
