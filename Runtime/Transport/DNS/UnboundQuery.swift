import CUnbound
import FunctionRuntime
import MailTypes
import Synchronization

/// One question on its way. It is answered once, by whichever comes first: libunbound, the deadline, a cancellation.
final class UnboundQuery: Sendable {
    private enum State {
        case asked
        case waiting(UnsafeContinuation<Result<DNSAnswer, ResolverFailure>, Never>)
        case answered(Result<DNSAnswer, ResolverFailure>)
    }

    let name: String
    let type: DNSRecordType
    let deadline: UInt64
    private let state = Mutex(State.asked)

    /// A question of this name and type.
    init(name: String, type: DNSRecordType, deadline: UInt64) {
        (self.name, self.type, self.deadline) = (name, type, deadline)
    }

    /// Waits for the answer.
    func wait(_ continuation: UnsafeContinuation<Result<DNSAnswer, ResolverFailure>, Never>) {
        let known = state.withLock { state -> Result<DNSAnswer, ResolverFailure>? in
            if case .answered(let answer) = state { return answer }
            state = .waiting(continuation)
            return nil
        }
        if let known { continuation.resume(returning: known) }
    }

    /// Gives the answer; only the first counts.
    func answer(_ answer: Result<DNSAnswer, ResolverFailure>) {
        let waiter = state.withLock { state -> UnsafeContinuation<Result<DNSAnswer, ResolverFailure>, Never>? in
            if case .answered = state { return nil }
            defer { state = .answered(answer) }
            guard case .waiting(let waiter) = state else { return nil }
            return waiter
        }
        waiter?.resume(returning: answer)
    }

    /// What libunbound's result says.
    func read(_ error: Int32, _ result: ub_result?) -> Result<DNSAnswer, ResolverFailure> {
        guard error == 0, let result else { return .failure(.temporary(String(cString: ub_strerror(error)))) }
        if result.bogus != 0 {
            return .failure(.bogus(result.why_bogus.map { String(cString: $0) } ?? "a signature does not fit"))
        }
        // NOERROR and NXDOMAIN are facts; everything else says that somebody could not do their work (RFC 1035 §4.1.1).
        guard result.rcode == 0 || result.rcode == 3 else {
            return .failure(
                .temporary(result.rcode == 2 ? "the server failed" : "the server answered code \(result.rcode)"))
        }
        var records: [DNSRecord] = []
        var index = 0
        while let data = result.data?[index], let length = result.len?[index] {
            let octets = UnsafeRawBufferPointer(start: data, count: Int(length))
            // One malformed record does not take the others with it.
            if let record = DNSRecord(type, data: octets) { records.append(record) }
            index += 1
        }
        var canonical = (result.canonname.map { String(cString: $0) } ?? name).asciiLowercased
        if canonical.hasSuffix(".") { canonical.removeLast() }
        return .success(
            DNSAnswer(
                records: records, isSecure: result.secure != 0, nameExists: result.nxdomain == 0,
                canonicalName: canonical,
                ttlSeconds: Int(result.ttl)))
    }
}
