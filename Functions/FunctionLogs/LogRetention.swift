import FunctionRuntime
import MailTypes

/// Forgets log lines whose time is over: by their group's retention, or by the system's.
public struct LogRetention: Handler {
    public struct Event: Codable, Sendable {
        public init() {}
    }
    /// What was forgotten.
    public struct Outcome: Codable, Sendable, Equatable {
        public var lines: Int
    }

    let logs: any FunctionLogStore
    let records: any RecordStore
    let keepFor: Duration
    let stepSize: Int

    /// - Parameters:
    ///   - keepFor: of groups without a retention of their own.
    ///   - stepSize: lines forgotten in one commit.
    public init(
        logs: any FunctionLogStore, records: any RecordStore, keepFor: Duration = .seconds(30 * 86400),
        stepSize: Int = 1000
    ) {
        (self.logs, self.records, self.keepFor, self.stepSize) = (logs, records, keepFor, stepSize)
    }

    public func handle(_ event: Event, in context: Context) async throws -> Outcome {
        var days: [String: Int] = [:]
        for record in try await records.records(of: .logGroup) {
            if let own = try record.decoded(as: LogGroup.self).retentionDays { days[record.key.name] = own }
        }
        var forgotten = 0
        for group in try await logs.groups(prefix: "", limit: .max) {
            let age = days[group].map { Duration.seconds($0 * 86400) } ?? keepFor
            while context.now < context.deadline {
                let count = try await logs.trim(olderThan: context.now + (.zero - age), group: group, limit: stepSize)
                forgotten += count
                if count < stepSize { break }
            }
        }
        context.decide("trimmed", because: "\(forgotten) lines were older than their groups keep them")
        return Outcome(lines: forgotten)
    }
}
