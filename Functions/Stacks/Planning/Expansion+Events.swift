import FunctionRuntime
import MailTypes
import Templates

/// What calls functions: their events, rules and schedules (reference/functions.md §3.3, §5.3).
extension Expansion {
    /// One entry of a function's Events.
    func event(_ entry: TemplateMap.Entry, of resource: TemplateResource, function: String, qualifier: String?) {
        let owner = "event \(entry.key) of \(resource.logicalID)"
        guard let type = entry.value["Type"]?.text else {
            return notes.problem("\(owner) needs a Type", at: entry.keyPosition)
        }
        let properties = PropertyReader(
            owner, entry.value["Properties"] ?? TemplateValue(.map(TemplateMap([])), at: entry.keyPosition), notes)
        let arn = place.functionARN(function) + (qualifier.map { ":\($0)" } ?? "")
        let id = resource.logicalID + entry.key
        func allow(_ principal: String, from source: String, account: String? = nil) {
            allowed(
                id, principal, to: (function, qualifier), from: source, account: account, ending: "Permission")
        }
        switch type {
        case "Schedule":
            properties.expect(
                ["Schedule", "Name", "Description", "Enabled", "State", "Input"],
                ignored: ["RetryPolicy", "DeadLetterConfig"])
            let name = properties.text("Name") ?? template.name(of: id)
            let rule = "arn:aws:events:\(place.region):\(place.account):rule/\(name)"
            guard let expression = expression(properties, "Schedule") else { return }
            let isEnabled = properties.boolean("Enabled") ?? (properties.text("State") != "DISABLED")
            add(
                implicit: id, "AWS::Events::Rule", name: name,
                .schedule(
                    SchedulePart(
                        name: name, ruleARN: rule, function: arn, expression: expression, input: input(properties),
                        isEnabled: isEnabled, isRule: true)))
            allow("events.amazonaws.com", from: rule)
        case "ScheduleV2":
            properties.expect(
                ["ScheduleExpression", "Name", "Description", "State", "Input", "FlexibleTimeWindow"]
                    + Self.scheduleLimits,
                ignored: [
                    "RetryPolicy", "DeadLetterConfig", "GroupName", "KmsKeyArn", "PermissionsBoundary", "RoleArn",
                    "OmitName",
                ])
            let name = properties.text("Name") ?? template.name(of: id)
            guard let expression = scheduled(properties) else { return }
            add(
                implicit: id, "AWS::Scheduler::Schedule", name: name,
                .schedule(
                    SchedulePart(
                        name: name, ruleARN: scheduleARN(name), function: arn, expression: expression,
                        input: input(properties), isEnabled: properties.text("State") != "DISABLED", isRule: false)))
            allow("scheduler.amazonaws.com", from: scheduleARN(name))
        case "S3":
            properties.expect(["Bucket", "Events", "Filter"])
            guard let bucket = properties.text("Bucket", required: true) else { return }
            guard
                template.foreignResources.contains(where: { $0.type == "AWS::S3::Bucket" && $0.physicalName == bucket })
            else {
                return notes.problem(
                    "\(owner): Bucket refers to a bucket of this template", at: properties.place("Bucket"))
            }
            let (prefix, suffix) = filter(properties)
            notifications[bucket, default: []].append(
                ObjectNotification(
                    id: id, target: arn, events: properties.texts("Events"), prefix: prefix, suffix: suffix))
            allow("s3.amazonaws.com", from: "arn:aws:s3:::\(bucket)", account: place.account)
        case "Api", "HttpApi":
            route(properties, isREST: type == "Api", id: id, to: (function, qualifier))
        case "SNS", "SQS", "DynamoDB", "Kinesis", "EventBridgeRule", "CloudWatchEvent",
            "CloudWatchLogs",
            "MSK", "MQ", "SelfManagedKafka", "DocumentDB", "Cognito", "IoTRule", "AlexaSkill":
            notes.refuse("\(owner): events of type \(type) come with a later release", at: entry.keyPosition)
        default:
            notes.problem(
                "\(owner): there is no event of type \(type)", at: entry.value["Type"]?.position ?? entry.keyPosition,
                suggestion: Suggestion.nearest(to: type, in: ["Schedule", "ScheduleV2", "S3", "HttpApi", "Api"]))
        }
    }

    /// `AWS::Events::Rule` with a schedule.
    func rule(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        reader.expect(
            ["Name", "Description", "ScheduleExpression", "State", "Targets", "EventPattern", "EventBusName"],
            ignored: ["RoleArn", "Tags"])
        if let pattern = reader["EventPattern"] {
            return notes.refuse("\(reader.owner): event patterns come with a later release", at: pattern.position)
        }
        let arn = "arn:aws:events:\(place.region):\(place.account):rule/\(resource.physicalName)"
        guard let expression = expression(reader, "ScheduleExpression") else { return }
        let targets = reader.list("Targets")
        if targets.count > 1 {
            notes.refuse(
                "\(reader.owner): a rule with several targets comes with a later release", at: targets[1].position)
        }
        guard let first = targets.first else {
            return notes.problem("\(reader.owner) needs Targets", at: reader.position)
        }
        let target = PropertyReader("a target of \(reader.owner)", first, notes)
        target.expect(["Arn", "Id", "Input"], ignored: ["RetryPolicy", "DeadLetterConfig", "RoleArn"])
        guard let function = target.text("Arn", required: true) else { return }
        checkFunctionARN(function, at: target.place("Arn"))
        add(
            resource,
            .schedule(
                SchedulePart(
                    name: resource.physicalName, ruleARN: arn, function: function, expression: expression,
                    input: input(target), isEnabled: reader.text("State") != "DISABLED", isRule: true)))
    }

    /// `AWS::Scheduler::Schedule`.
    func schedule(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        reader.expect(
            ["Name", "Description", "ScheduleExpression", "State", "Target", "FlexibleTimeWindow"]
                + Self.scheduleLimits,
            ignored: ["GroupName", "KmsKeyArn"])
        guard let expression = scheduled(reader), let target = reader.inner("Target") else { return }
        target.expect(["Arn", "Input", "RoleArn"], ignored: ["RetryPolicy", "DeadLetterConfig"])
        guard let function = target.text("Arn", required: true) else { return }
        checkFunctionARN(function, at: target.place("Arn"))
        add(
            resource,
            .schedule(
                SchedulePart(
                    name: resource.physicalName, ruleARN: scheduleARN(resource.physicalName), function: function,
                    expression: expression, input: input(target), isEnabled: reader.text("State") != "DISABLED",
                    isRule: false)))
        if let called = Self.target(function) {
            allowed(
                resource.logicalID, "scheduler.amazonaws.com", to: called, from: scheduleARN(resource.physicalName),
                ending: "Permission")
        }
    }

    /// A statement that the template implies. Schedules call through a role of theirs in AWS; here a statement says the
    /// same.
    func allowed(
        _ id: String, _ principal: String, to target: (function: String, qualifier: String?), from source: String,
        account: String? = nil, ending: String
    ) {
        let name = template.name(of: id + ending)
        add(
            implicit: id + ending, "AWS::Lambda::Permission", name: name,
            .permission(
                PermissionPart(
                    function: target.function, qualifier: target.qualifier, statementID: name, principal: principal,
                    sourceARN: source, sourceAccount: account)))
    }

    private func scheduleARN(_ name: String) -> String {
        "arn:aws:scheduler:\(place.region):\(place.account):schedule/default/\(name)"
    }

    private func checkFunctionARN(_ arn: String, at position: SourcePosition) {
        guard arn.hasPrefix("arn:aws:lambda:"), let target = Self.target(arn) else {
            return notes.refuse("\(arn) is no function; other targets come with a later release", at: position)
        }
        checkKnown(target.function, at: position)
    }

    /// Properties of EventBridge Scheduler's schedules without which a function would be called at other times.
    private static let scheduleLimits = ["StartDate", "EndDate", "ScheduleExpressionTimezone"]

    /// The expression of one of EventBridge Scheduler's schedules, when it says all about its times.
    private func scheduled(_ reader: PropertyReader) -> String? {
        for key in ["StartDate", "EndDate"] {
            if let value = reader[key] {
                notes.refuse("\(key) of \(reader.owner) comes with a later release", at: value.position)
                return nil
            }
        }
        guard let expression = expression(reader, "ScheduleExpression") else { return nil }
        // A rate counts from when it starts, wherever that is.
        if expression.hasPrefix("cron"), let zone = reader.text("ScheduleExpressionTimezone"),
            !["UTC", "Etc/UTC", "GMT", "Etc/GMT"].contains(zone)
        {
            notes.refuse(
                "\(reader.owner): schedules are in UTC, not \(zone); write the hours in UTC",
                at: reader.place("ScheduleExpressionTimezone"))
            return nil
        }
        return expression
    }

    private func expression(_ reader: PropertyReader, _ key: String) -> String? {
        guard let text = reader.text(key, required: true) else { return nil }
        do throws(ScheduleExpression.Problem) {
            _ = try ScheduleExpression(text)
            return text
        } catch {
            notes.problem("\(key) of \(reader.owner) is \(text): \(error.message)", at: reader.place(key))
            return nil
        }
    }

    /// The event as JSON text.
    private func input(_ reader: PropertyReader) -> String? {
        guard let value = reader["Input"] else { return nil }
        let text = value.text ?? value.json.text
        do throws(JSONProblem) {
            _ = try JSONValue(parsing: Octets(text: text))
            return text
        } catch {
            notes.problem("Input of \(reader.owner) is not JSON: \(error)", at: value.position)
            return nil
        }
    }

    /// Prefix and suffix of `Filter: {S3Key: {Rules: [{Name, Value}]}}`.
    func filter(_ reader: PropertyReader) -> (prefix: String, suffix: String) {
        var (prefix, suffix) = ("", "")
        for rule in reader["Filter"]?["S3Key"]?["Rules"]?.list ?? [] {
            switch rule["Name"]?.text?.asciiLowercased {
            case "prefix": prefix = rule["Value"]?.text ?? ""
            case "suffix": suffix = rule["Value"]?.text ?? ""
            default: notes.problem("a filter's Name is prefix or suffix", at: rule.position)
            }
        }
        return (prefix, suffix)
    }
}
