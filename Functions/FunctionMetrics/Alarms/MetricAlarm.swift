import Cryptography
import FunctionRuntime
import MailTypes

extension RecordKind {
    /// Alarms of CloudWatch: `MetricAlarm` in JSON, by the digest of their name.
    static let alarm: RecordKind = "alarm"
}

/// An alarm as somebody asked for it: when it rings follows from the metric alone.
struct MetricAlarm: Codable, Sendable, Hashable {
    /// How a value is held against the threshold.
    enum Comparison: String, Codable, Sendable {
        case greaterOrEqual = "GreaterThanOrEqualToThreshold"
        case greater = "GreaterThanThreshold"
        case less = "LessThanThreshold"
        case lessOrEqual = "LessThanOrEqualToThreshold"

        /// The words between values and threshold in a reason.
        var words: String {
            switch self {
            case .greaterOrEqual: "greater than or equal to"
            case .greater: "greater than"
            case .less: "less than"
            case .lessOrEqual: "less than or equal to"
            }
        }
    }

    /// What a period without values counts as.
    enum Missing: String, Codable, Sendable {
        case missing, ignore, breaching, notBreaching
    }

    var name: String
    var description: String?
    var metric: MetricName
    var unit: String?
    var statistic: String
    /// Whole minutes, in seconds.
    var periodSeconds: Int64
    var evaluationPeriods: Int
    /// At most `evaluationPeriods`.
    var datapointsToAlarm: Int
    var threshold: Double
    var comparison: Comparison
    var missing: Missing
    var actionsEnabled: Bool
    /// When it became what it is.
    var configuredAt: Timestamp

    /// Whether a value is one to ring for.
    func isBreached(by value: Double) -> Bool {
        switch comparison {
        case .greaterOrEqual: value >= threshold
        case .greater: value > threshold
        case .less: value < threshold
        case .lessOrEqual: value <= threshold
        }
    }

    /// The key of an alarm's record. Names often hold addresses, and the names of records are kept in clear.
    static func key(_ name: String) -> RecordKey {
        RecordKey(.alarm, Hexadecimal.encode(SHA256.digest(Octets(text: name))))
    }
}
