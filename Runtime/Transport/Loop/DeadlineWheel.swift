/// When which descriptor's deadline is due, to a quarter of a second: 1,024 buckets of descriptors.
///
/// Made for tens of thousands of idle connections whose deadlines move with each octet: an entry is not moved when its deadline
/// is put off. It comes up at its old time, is asked for the new deadline, and queued again. Entries belong to
/// descriptor numbers, not to connections, so connections that come and go leave nothing behind.
struct DeadlineWheel {
    private static let tickMilliseconds: UInt64 = 256
    private static let bucketCount: UInt64 = 1024
    private var buckets: [[Int32]] = Array(repeating: [], count: 1024)
    /// One bit for each bucket that holds something.
    private var occupied: [UInt64] = Array(repeating: 0, count: 16)
    /// The tick at which each descriptor comes up next, 0 when none.
    private var queuedTick: [UInt64] = []
    private var nextTick: UInt64

    /// A wheel that stands at this time.
    init(now: UInt64) { nextTick = now / Self.tickMilliseconds }

    /// Makes the descriptor come up at its deadline or earlier. True when it would have come up later before.
    mutating func arm(_ descriptor: Int32, deadline: UInt64) -> Bool {
        let index = Int(descriptor)
        if index >= queuedTick.count {
            queuedTick += Array(repeating: 0, count: max(index + 1 - queuedTick.count, queuedTick.count))
        }
        // Rounded up, so that a deadline has passed when its tick comes.
        var tick = max(deadline / Self.tickMilliseconds + 1, nextTick)
        if queuedTick[index] != 0, queuedTick[index] <= tick { return false }
        tick = min(tick, nextTick + Self.bucketCount - 1)
        queuedTick[index] = tick
        let bucket = Int(tick % Self.bucketCount)
        buckets[bucket].append(descriptor)
        occupied[bucket / 64] |= 1 << UInt64(bucket % 64)
        return true
    }

    /// Takes out the descriptors that are due.
    mutating func due(at now: UInt64) -> [Int32] {
        let tick = now / Self.tickMilliseconds
        guard tick >= nextTick else { return [] }
        var result: [Int32] = []
        // After a long sleep of the machine once round the wheel is enough.
        for passed in 0...min(tick - nextTick, Self.bucketCount - 1) {
            let current = nextTick + passed
            let bucket = Int(current % Self.bucketCount)
            guard occupied[bucket / 64] & 1 << UInt64(bucket % 64) != 0 else { continue }
            for descriptor in buckets[bucket] where queuedTick[Int(descriptor)] != 0 {
                // A stale entry: the descriptor was queued anew for an earlier time, or for a later one after that.
                guard queuedTick[Int(descriptor)] <= tick else { continue }
                queuedTick[Int(descriptor)] = 0
                result.append(descriptor)
            }
            buckets[bucket] = []
            occupied[bucket / 64] &= ~(1 << UInt64(bucket % 64))
        }
        nextTick = tick + 1
        return result
    }

    /// Milliseconds until something may be due, nil when nothing is queued.
    func milliseconds(from now: UInt64) -> UInt64? {
        for step in 0..<17 as Range<UInt64> {
            let start = nextTick % Self.bucketCount
            let word = Int((start / 64 + step) % 16)
            var bits = occupied[word]
            if step == 0 { bits &= ~0 << (start % 64) }
            if step == 16 { bits &= (1 << (start % 64)) - 1 }
            guard bits != 0 else { continue }
            let bucket = UInt64(word * 64 + bits.trailingZeroBitCount)
            let tick = nextTick + (bucket + Self.bucketCount - start) % Self.bucketCount
            let due = tick * Self.tickMilliseconds
            return due > now ? due - now : 0
        }
        return nil
    }
}
