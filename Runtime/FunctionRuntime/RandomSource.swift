import MailTypes
import Synchronization

/// Where randomness comes from: unpredictable in the executable, repeatable in a test.
public protocol RandomSource: Sendable {
    /// 64 random bits.
    func next() -> UInt64
}

extension RandomSource {
    /// A new version 7 identifier.
    public func identifier(at now: Timestamp) -> Identifier128 { Identifier128(at: now, random: (next(), next())) }

    /// So many random octets.
    public func octets(_ count: Int) -> Octets {
        var result: Octets = []
        result.reserveCapacity(count)
        while result.count < count {
            var word = next()
            for _ in 0..<Swift.min(8, count - result.count) {
                result.append(UInt8(truncatingIfNeeded: word))
                word >>= 8
            }
        }
        return result
    }

    /// A number from 0 up to, not including, 1.
    public func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }
}

/// SplitMix64 from a seed: the same run for the same seed.
public final class SeededRandom: RandomSource {
    private let state: Mutex<UInt64>

    /// A source that starts at this seed.
    public init(_ seed: UInt64) { state = Mutex(seed) }

    public func next() -> UInt64 {
        state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
