import FunctionRuntime
import MailTypes

/// Looks at all functions together: queues that are not there, and two functions for one question.
struct BindingChecker {
    let problems: ProblemCollector

    func check(_ functions: [FunctionDeclaration], _ queues: [QueueDeclaration], _ endpoints: [EndpointDeclaration]) {
        var seen: [String: FunctionName] = [:]
        for function in functions {
            for trigger in function.triggers {
                if case .queue(let name, _) = trigger.kind, !queues.contains(where: { $0.name == name }) {
                    problems.add(
                        "there is no queue \(name)", at: trigger.position, misspelt: name.text,
                        candidates: queues.map(\.name.text))
                }
                guard let binding = Self.binding(trigger.kind) else { continue }
                if let first = seen[binding] {
                    problems.add("\(binding) leads to \(first) already", at: trigger.position)
                } else {
                    seen[binding] = function.name
                }
            }
        }
        var names: Set<String> = []
        for queue in queues where !names.insert("queue " + queue.name.text).inserted {
            problems.add("there is a second queue \(queue.name)", at: queue.position)
        }
        for endpoint in endpoints where !names.insert("endpoint " + endpoint.name).inserted {
            problems.add("there is a second endpoint \(endpoint.name)", at: endpoint.position)
        }
    }

    /// What can lead to one function only, in words.
    private static func binding(_ kind: TriggerDeclaration.Kind) -> String? {
        switch kind {
        case .smtp(let endpoint, let question, _): "the \(question.rawValue) question of \(endpoint)"
        case .imap(let endpoint, _): "endpoint \(endpoint)"
        case .queue(let name, _): "queue \(name)"
        case .httpApi(let route):
            "\(route.method) \(route.path)" + (route.host.map { " at \($0)" } ?? "")
                + (route.target.map { " for \($0)" } ?? "") + (route.service.map { " signed for \($0)" } ?? "")
        case .schedule, .flowRule, .mailboxEvent, .s3: nil
        }
    }
}
