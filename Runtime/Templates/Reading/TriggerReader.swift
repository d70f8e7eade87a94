import FunctionRuntime
import MailTypes

/// Reads one entry of a built-in function's Events.
struct TriggerReader {
    static let types = ["SMTP", "IMAP", "HttpApi", "Queue", "Schedule", "FlowRule", "MailboxEvent", "S3"]

    let problems: ProblemCollector
    private var checker: PropertyChecker { PropertyChecker(problems: problems) }

    /// The trigger; nil when it is broken, or a schedule that is switched off.
    func read(_ entry: TemplateMap.Entry) -> TriggerDeclaration? {
        guard let map = entry.value.map else {
            problems.add(
                "an event is a map with Type and Properties, not \(entry.value.kindName)", at: entry.value.position)
            return nil
        }
        let schema = PropertySchema(["Type": .choice(Self.types), "Properties": .map])
        let parts = checker.check(map.entries, schema, of: "an event", at: entry.keyPosition)
        guard let type = parts["Type"]?.text else {
            if map["Type"] == nil { problems.add("event \(entry.key) needs a Type", at: entry.keyPosition) }
            return nil
        }
        let properties = parts["Properties"]?.map?.entries ?? []
        return kind(type, properties, entry).map {
            TriggerDeclaration(name: entry.key, kind: $0, position: entry.keyPosition)
        }
    }

    private func kind(_ type: String, _ entries: [TemplateMap.Entry], _ entry: TemplateMap.Entry)
        -> TriggerDeclaration.Kind?
    {
        let owner = "an event of type \(type)"
        func properties(_ forms: [String: PropertySchema.Form], required: Set<String> = []) -> [String: TemplateValue]?
        {
            for key in required.sorted() where !entries.contains(where: { $0.key == key }) {
                problems.add("event \(entry.key) needs \(key)", at: entry.keyPosition)
            }
            let good = checker.check(entries, PropertySchema(forms), of: owner, at: entry.keyPosition)
            return required.allSatisfy { good[$0] != nil } ? good : nil
        }
        switch type {
        case "SMTP":
            let questions = TriggerDeclaration.SMTPQuestion.allCases.map(\.rawValue)
            let own: [String: PropertySchema.Form] = [
                "Endpoint": .choice(["mx", "submission", "submissions"]), "Question": .choice(questions),
            ]
            guard let good = properties(PropertySchema.smtp.merging(own) { $1 }, required: ["Endpoint"]),
                let endpoint = good["Endpoint"]?.text
            else { return nil }
            let question = good["Question"]?.text.flatMap(TriggerDeclaration.SMTPQuestion.init) ?? .message
            return .smtp(endpoint: endpoint, question: question, properties: good.filter { own[$0.key] == nil })
        case "IMAP":
            let own: [String: PropertySchema.Form] = ["Endpoint": .choice(["imap", "imaps"])]
            guard let good = properties(PropertySchema.imap.merging(own) { $1 }, required: ["Endpoint"]),
                let endpoint = good["Endpoint"]?.text
            else { return nil }
            return .imap(endpoint: endpoint, properties: good.filter { own[$0.key] == nil })
        case "HttpApi": return route(entries, entry)
        case "Queue":
            guard
                let good = properties(["Queue": .text, "BatchSize": .integer(1...10_000)], required: ["Queue"]),
                let name = good["Queue"]?.text
            else { return nil }
            return .queue(QueueName(name), batchSize: good["BatchSize"]?.integer ?? 64)
        case "Schedule": return schedule(properties, entry)
        case "FlowRule":
            return properties(["Organization": .text, "Direction": .choice(["INBOUND", "OUTBOUND"]), "Name": .text])
                .map { .flowRule(properties: $0) }
        case "MailboxEvent":
            return properties(["Account": .text, "Folder": .text, "Events": .list]).map {
                .mailboxEvent(properties: $0)
            }
        default:
            return properties(["Bucket": .text, "Events": .any, "Filter": .map], required: ["Bucket", "Events"])
                .map { .s3(properties: $0) }
        }
    }

    private func schedule(
        _ properties: ([String: PropertySchema.Form], Set<String>) -> [String: TemplateValue]?,
        _ entry: TemplateMap.Entry
    ) -> TriggerDeclaration.Kind? {
        let forms: [String: PropertySchema.Form] = [
            "Schedule": .text, "Name": .text, "Description": .text, "Input": .any, "Enabled": .boolean,
        ]
        guard let good = properties(forms, ["Schedule"]), let value = good["Schedule"], let text = value.text else {
            return nil
        }
        var input: Octets?
        if let given = good["Input"] {
            // As a text it is JSON already; as YAML it is written so.
            let octets = given.text.map { Octets(text: $0) } ?? given.json
            do throws(JSONProblem) {
                _ = try JSONValue(parsing: octets)
                input = octets
            } catch {
                problems.add("Input is not JSON: \(error)", at: given.position)
                return nil
            }
        }
        do throws(ScheduleExpression.Problem) {
            let expression = try ScheduleExpression(text)
            return good["Enabled"]?.boolean == false ? nil : .schedule(expression, input: input)
        } catch {
            problems.add("Schedule is \(text): \(error.message)", at: value.position)
            return nil
        }
    }
}
