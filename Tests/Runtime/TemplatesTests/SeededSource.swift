import FunctionRuntime

/// Small numbers from a seed that a failing test prints.
struct SeededSource {
    private let random: SeededRandom

    init(_ seed: UInt64) { random = SeededRandom(seed) }

    /// A number from 0 up to, not including, this; 0 when there is none.
    func below(_ end: Int) -> Int { end > 0 ? Int(random.next() % UInt64(end)) : 0 }
}
