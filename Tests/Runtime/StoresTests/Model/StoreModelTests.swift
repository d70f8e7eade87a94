import FoundationEssentials
import MailTypes
import Testing

@Suite struct StoreModelTests {
    /// Random operations on every implementation at once: each answers the same, and what can be seen afterwards is the
    /// same. `MODEL_SEED=n` repeats a run.
    @Test(arguments: 0..<4)
    func `all implementations do the same with the same operations`(_ run: Int) async throws {
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["MODEL_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64.max)
        let memory = try await ModelWorld(.memory)
        let sqlite = try await ModelWorld(.sqlite)
        var operations = ModelOperations(seed: seed, now: Stores.now)
        var done: [String] = []
        for number in 1...300 {
            let operation = operations.next()
            let expected = try await memory.run(operation)
            let answer = try await sqlite.run(operation)
            done.append("\(operation) → \(expected)")
            guard answer == expected else {
                Issue.record(
                    "MODEL_SEED=\(seed), operation \(number): \(operation)\nmemory: \(expected)\nsqlite: \(answer)")
                return
            }
            guard number.isMultiple(of: 25) else { continue }
            let (one, other) = (try await memory.state(), try await sqlite.state())
            if one != other {
                let differences = zip(one, other).filter { $0 != $1 }.prefix(5).map { "memory: \($0)\nsqlite: \($1)" }
                Issue.record(
                    """
                    MODEL_SEED=\(seed), after operation \(number), \(one.count) and \(other.count) lines:
                    \(differences.joined(separator: "\n"))
                    last operations:
                    \(done.suffix(25).joined(separator: "\n"))
                    """)
                return
            }
        }
    }
}
