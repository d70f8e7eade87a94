import FunctionRuntime
import MailPolicy
import MailTypes

/// A flow rule as it rests, sealed, in its row.
enum RuleRecord {
    static func write(_ rule: FlowRule) -> Octets {
        var record = RecordWriter()
        record.number(1)
        record.text(rule.name)
        record.list(rule.senderPatterns) { $0.text($1) }
        record.list(rule.recipientPatterns) { $0.text($1) }
        switch rule.action {
        case .drop: record.number(1)
        case .bounce(let message):
            record.number(2)
            record.optional(message) { $0.text($1) }
        case .junk: record.number(3)
        case .default: record.number(4)
        case .neverJunk: record.number(5)
        case .smtpGateway(let name):
            record.number(6)
            record.text(name)
        case .runLambda(let lambda):
            record.number(7)
            record.text(lambda.functionARN)
            record.bool(lambda.isSynchronous)
            record.optional(lambda.fallback) { $0.text($1.rawValue) }
            record.int(lambda.timeoutMinutes)
        }
        return record.octets
    }

    static func read(_ octets: Octets) throws(StoreFailure) -> FlowRule {
        var record = RecordReader(octets, "a flow rule")
        guard try record.number() == 1 else { throw record.failure }
        return FlowRule(
            name: try record.text(), senderPatterns: try record.list { r throws(StoreFailure) in try r.text() },
            recipientPatterns: try record.list { r throws(StoreFailure) in try r.text() },
            action: try action(&record))
    }

    private static func action(_ record: inout RecordReader) throws(StoreFailure) -> FlowAction {
        switch try record.number() {
        case 1: return .drop
        case 2: return .bounce(message: try record.optional { r throws(StoreFailure) in try r.text() })
        case 3: return .junk
        case 4: return .default
        case 5: return .neverJunk
        case 6: return .smtpGateway(try record.text())
        case 7:
            return .runLambda(
                LambdaRule(
                    functionARN: try record.text(), isSynchronous: try record.bool(),
                    fallback: try record.optional { r throws(StoreFailure) in try r.name(FlowFallback.self) },
                    timeoutMinutes: try record.int()))
        default: throw record.failure
        }
    }
}
