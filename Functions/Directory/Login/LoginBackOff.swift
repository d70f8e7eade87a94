import MailTypes

/// Makes guessing passwords slow without letting strangers lock anybody out (reference/faults.md F77).
///
/// Failures are counted three ways: for an account from one network, for a network over all accounts, and for an account
/// over all networks. Where an account has logged in before, only the first count holds: a stranger's failures elsewhere
/// never stop its owner. Elsewhere all three hold, so guessing from ten thousand networks is slow too.
struct LoginBackOff: Sendable {
    private enum Key: Hashable {
        case pair(account: String, network: NetworkPrefix)
        case network(NetworkPrefix)
        case account(String)
    }

    private struct Count {
        var failures = 0
        var lastAt: Timestamp
        var blockedUntil: Timestamp
    }

    /// How many failures are free, and the longest wait after more.
    private struct Limit {
        let free: Int
        let longestSeconds: Int64
    }

    /// Failures are forgotten after so long without a new one.
    static let memory = Duration.seconds(1800)
    /// A place is familiar for so long after a login.
    static let familiarity = Duration.seconds(30 * 86400)
    /// Most counts kept, and most familiar places; the oldest go first.
    static let limitEntries = 50_000

    private var counts: [Key: Count] = [:]
    private var familiar: [Key: Timestamp] = [:]

    init() {}

    /// Admits an attempt and counts it as a failure until `succeed` takes that back: attempts made side by side must not
    /// all be free.
    /// - Returns: nil when the attempt may be made, else the seconds to wait.
    mutating func admit(_ account: String, from network: NetworkPrefix, at now: Timestamp) -> Int? {
        let keys = keys(account, network, at: now)
        let waits = keys.compactMap { key -> Int? in
            guard let count = counts[key], count.blockedUntil > now else { return nil }
            // A clock set back keeps nobody waiting longer than the longest wait (reference/faults.md F105).
            guard count.blockedUntil - now <= .seconds(Self.limit(of: key).longestSeconds) else { return nil }
            return Int((count.blockedUntil.milliseconds - now.milliseconds + 999) / 1000)
        }
        if let wait = waits.max() { return wait }
        for key in keys { fail(key, at: now) }
        return nil
    }

    /// Takes the attempt back as a failure and remembers the place.
    mutating func succeed(_ account: String, from network: NetworkPrefix, at now: Timestamp) {
        let pair = Key.pair(account: account, network: network)
        for key in keys(account, network, at: now) where key != pair {
            if let count = counts[key], count.failures > 1 {
                counts[key]?.failures -= 1
                counts[key]?.blockedUntil = now
            } else {
                counts[key] = nil
            }
        }
        counts[pair] = nil
        familiar[pair] = now
        if familiar.count > Self.limitEntries { Self.trim(&familiar) { $0 } }
    }

    private func keys(_ account: String, _ network: NetworkPrefix, at now: Timestamp) -> [Key] {
        let pair = Key.pair(account: account, network: network)
        if let since = familiar[pair], now - since < Self.familiarity { return [pair] }
        return [pair, .network(network), .account(account)]
    }

    private static func limit(of key: Key) -> Limit {
        switch key {
        // A client with several connections and an old password fails a few times at once.
        case .pair: Limit(free: 10, longestSeconds: 300)
        case .network: Limit(free: 50, longestSeconds: 300)
        // Short, because an owner at a new place waits for it too.
        case .account: Limit(free: 100, longestSeconds: 15)
        }
    }

    private mutating func fail(_ key: Key, at now: Timestamp) {
        var count = counts[key] ?? Count(lastAt: now, blockedUntil: now)
        if now - count.lastAt > Self.memory { count.failures = 0 }
        count.failures += 1
        count.lastAt = now
        let limit = Self.limit(of: key)
        if count.failures > limit.free {
            let doublings = min(count.failures - limit.free - 1, 20)
            count.blockedUntil = now + .seconds(min(1 << doublings, limit.longestSeconds))
        }
        counts[key] = count
        if counts.count > Self.limitEntries { Self.trim(&counts) { $0.lastAt } }
    }

    /// Drops the older half.
    private static func trim<Value>(_ table: inout [Key: Value], by age: (Value) -> Timestamp) {
        let ages = table.values.map(age).sorted()
        let middle = ages[ages.count / 2]
        var kept = table.filter { age($0.value) > middle }
        // Everything came in the same moment: keep half of it, whichever.
        if kept.isEmpty {
            kept = Dictionary(uniqueKeysWithValues: table.prefix(table.count / 2).map { ($0.key, $0.value) })
        }
        table = kept
    }
}
