import FunctionRuntime
import Synchronization

/// How a client verifies servers, for many connections: reading the authorities of a system takes 20 milliseconds, which an event
/// loop must not spend on each of them.
public final class TLSClient: Sendable {
    /// Most milliseconds that authorities are used as they were read: one that the system trusts no more is out within an hour.
    static let renewalMilliseconds: UInt64 = 3_600_000

    let verification: TLSVerification
    private let state = Mutex<(context: TLSContext, readAt: UInt64)?>(nil)

    /// A client that verifies in this way. Nothing is read before the first handshake.
    public init(_ verification: TLSVerification) { self.verification = verification }

    /// The settings of a handshake that begins now.
    func context(at now: UInt64 = monotonicMilliseconds()) throws(TLSFailure) -> TLSContext {
        if let held = state.withLock({ $0 }), now < held.readAt + Self.renewalMilliseconds { return held.context }
        // Outside the lock: who comes meanwhile reads once more, and nobody waits.
        let context = try verification.context()
        state.withLock { $0 = (context, now) }
        return context
    }
}
