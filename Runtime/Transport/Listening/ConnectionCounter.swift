import MailTypes
import Synchronization

/// Counts open connections by where they come from. One counter may serve several listeners.
public final class ConnectionCounter: Sendable {
    private struct State {
        var overall = 0
        var byPrefix: [NetworkPrefix: Int] = [:]
    }

    private let state = Mutex(State())
    private let limits: Mutex<ConnectionLimits>

    /// A counter under these limits.
    public init(_ limits: ConnectionLimits) { self.limits = Mutex(limits) }

    /// Exchanges the limits. Connections above a new limit stay; further ones are refused.
    public func apply(_ limits: ConnectionLimits) { self.limits.withLock { $0 = limits } }

    /// Connections open now.
    public var count: Int { state.withLock { $0.overall } }

    /// Counts a connection in; false, counting nothing, when a limit is reached.
    func enter(_ peer: NetworkAddress) -> Bool {
        let limits = limits.withLock { $0 }
        let prefixes = NetworkPrefix.counted(of: peer)
        let bounds =
            limits.exemptsLoopback && peer.isLoopback ? [] : [limits.perAddress, limits.perNetwork, limits.perProvider]
        return state.withLock { state in
            if let bound = limits.overall, state.overall >= bound { return false }
            for (prefix, bound) in zip(prefixes, bounds) {
                if let bound, state.byPrefix[prefix, default: 0] >= bound { return false }
            }
            state.overall += 1
            for prefix in prefixes { state.byPrefix[prefix, default: 0] += 1 }
            return true
        }
    }

    /// Counts a connection out.
    func leave(_ peer: NetworkAddress) {
        let prefixes = NetworkPrefix.counted(of: peer)
        state.withLock { state in
            state.overall -= 1
            for prefix in prefixes {
                let count = state.byPrefix[prefix, default: 0]
                state.byPrefix[prefix] = count > 1 ? count - 1 : nil
            }
        }
    }
}
