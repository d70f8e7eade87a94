import FunctionRuntime
import MailTypes
import Templates

/// Schedules of stacks: each is a record, read when the system starts and after each deploy, so that it survives both.
extension Stacks {
    private static let scheduleKind: RecordKind = "stack-schedule"

    /// Schedules by the name under which their next firing is kept.
    static func schedules(of resources: [StackResource], stack: String) -> [String: SchedulePart] {
        var schedules: [String: SchedulePart] = [:]
        for resource in resources {
            if case .schedule(let part) = resource.part { schedules["\(stack)/\(resource.logicalID)"] = part }
        }
        return schedules
    }

    func scheduleChanges(from old: [StackResource], to new: [StackResource], stack: String)
        throws(StoreFailure) -> [RecordChange]
    {
        let former = Self.schedules(of: old, stack: stack)
        let wanted = Self.schedules(of: new, stack: stack)
        var changes: [RecordChange] = []
        for name in former.keys.sorted() where wanted[name] == nil {
            changes.append(.delete(RecordKey(Self.scheduleKind, name)))
        }
        for (name, part) in wanted.sorted(by: { $0.key < $1.key }) where former[name] != part {
            changes.append(try .put(RecordKey(Self.scheduleKind, name), encoding: part))
        }
        return changes
    }

    /// What the clock has to call, of all stacks. Each firing is a job for `FunctionTrigger`.
    public func scheduleBindings() async throws(StoreFailure) -> [ScheduleBinding] {
        var bindings: [ScheduleBinding] = []
        for record in try await records.records(of: Self.scheduleKind) {
            let part = try record.decoded(as: SchedulePart.self)
            guard part.isEnabled, let expression = try? ScheduleExpression(part.expression) else { continue }
            let event = FunctionTriggerEvent(
                function: part.function,
                principal: part.isRule ? "events.amazonaws.com" : "scheduler.amazonaws.com", sourceARN: part.ruleARN,
                sourceAccount: nil, payload: part.input)
            bindings.append(
                ScheduleBinding(name: record.key.name, function: FunctionTriggerEvent.handler, input: event.octets) {
                    expression.next(after: $0)
                })
        }
        return bindings
    }
}
