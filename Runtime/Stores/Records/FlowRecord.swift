import FunctionRuntime
import MailTypes

extension RecordWriter {
    /// How far a rule's function has come.
    mutating func flowProgress(_ progress: FlowProgress) {
        text(progress.rule)
        time(progress.startedAt)
        int(progress.failures)
        int(Int(progress.waitedMilliseconds))
        optional(progress.dueAt) { $0.time($1) }
        text(progress.reason)
        optional(progress.decisions) { record, decisions in
            record.list(decisions) { record, decision in record.decision(decision) }
        }
    }

    private mutating func decision(_ decision: RecipientDecision) {
        int(decision.recipient)
        optional(decision.rule) { $0.text($1) }
        switch decision.action {
        case .deliver: number(0)
        case .junk: number(1)
        case .neverJunk: number(2)
        case .drop: number(3)
        case .bounce(let message):
            number(4)
            optional(message) { $0.text($1) }
        case .gateway(let name):
            number(5)
            text(name)
        case .loop: number(6)
        }
    }
}

extension RecordReader {
    /// What `RecordWriter.flowProgress` wrote.
    mutating func flowProgress() throws(StoreFailure) -> FlowProgress {
        FlowProgress(
            rule: try text(), startedAt: try time(), failures: try int(), waitedMilliseconds: Int64(try int()),
            dueAt: try optional { r throws(StoreFailure) in try r.time() }, reason: try text(),
            decisions: try optional { r throws(StoreFailure) in
                try r.list { r throws(StoreFailure) in try r.decision() }
            })
    }

    private mutating func decision() throws(StoreFailure) -> RecipientDecision {
        let recipient = try int()
        let rule = try optional { r throws(StoreFailure) in try r.text() }
        return RecipientDecision(recipient: recipient, action: try action(), rule: rule)
    }

    private mutating func action() throws(StoreFailure) -> RecipientDecision.Action {
        switch try number() {
        case 0: .deliver
        case 1: .junk
        case 2: .neverJunk
        case 3: .drop
        case 4: .bounce(message: try optional { r throws(StoreFailure) in try r.text() })
        case 5: .gateway(try text())
        case 6: .loop
        default: throw failure
        }
    }
}
