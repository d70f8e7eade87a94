import FunctionRuntime
import MailTypes
import XML

extension BucketDocuments {
    /// Notifications of one bucket.
    private static let notificationsMost = 100
    /// Element, and the names of its target in the documents of the years.
    private static let kinds: [(ObjectNotification.Kind, String, [String])] = [
        (.function, "CloudFunctionConfiguration", ["CloudFunction"]), (.queue, "QueueConfiguration", ["Queue"]),
        (.topic, "TopicConfiguration", ["Topic"]), (.function, "LambdaFunctionConfiguration", ["LambdaFunctionArn"]),
    ]

    /// Kinds of events that S3 knows; those that nothing here leads to never come.
    private static let eventKinds = [
        "ObjectCreated", "ObjectRemoved", "ObjectRestore", "ReducedRedundancyLostObject", "Replication",
        "LifecycleExpiration", "LifecycleTransition", "IntelligentTiering", "ObjectTagging", "ObjectAcl",
    ]

    /// `s3:ObjectCreated:Put`, `s3:ObjectCreated:*`.
    private static func isEvent(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return text.utf8.count <= 128 && (2...3).contains(parts.count) && parts[0] == "s3"
            && eventKinds.contains(String(parts[1])) && parts.last?.isEmpty == false
    }

    static func readNotifications(_ body: Octets) throws -> [ObjectNotification] {
        var notifications: [ObjectNotification] = []
        for element in try root(body, "NotificationConfiguration").children {
            // Every event goes to the bus; nothing is to be set for it.
            if element.name.local == "EventBridgeConfiguration" { continue }
            guard let (kind, _, names) = kinds.first(where: { $0.1 == element.name.local }),
                let target = names.compactMap({ element.child($0)?.trimmedText }).first, target.hasPrefix("arn:")
            else { throw ObjectsFailure.malformedXML }
            // What nobody would ever hear of is refused when it is set up.
            guard kind == .function else {
                throw ObjectsFailure.invalidArgument(
                    "Unable to validate the following destination configurations: only functions are told here",
                    element.name.local, target)
            }
            let events = element.children.filter { $0.name.local == "Event" }.map(\.trimmedText)
            guard !events.isEmpty, events.allSatisfy(isEvent) else {
                throw ObjectsFailure.invalidArgument(
                    "The event is not supported for notifications", "Event", events.first { !isEvent($0) } ?? "")
            }
            var notification = ObjectNotification(
                id: element.child("Id")?.trimmedText ?? "", kind: kind, target: target, events: events)
            if notification.id.isEmpty { notification.id = "notification-\(notifications.count + 1)" }
            var named: [String] = []
            for rule in element.child("Filter")?.child("S3Key")?.children ?? [] where rule.name.local == "FilterRule" {
                let value = rule.child("Value")?.text ?? ""
                let name = rule.child("Name")?.trimmedText.asciiLowercased ?? ""
                guard !named.contains(name) else {
                    throw ObjectsFailure.invalidArgument(
                        "Cannot specify more than one \(name) rule in a filter.", "FilterRule.Name", name)
                }
                named.append(name)
                switch name {
                case "prefix": notification.prefix = value
                case "suffix": notification.suffix = value
                default:
                    throw ObjectsFailure.invalidArgument(
                        "filter rule name must be either prefix or suffix", "FilterRule.Name", "")
                }
            }
            // An event that two of them are about would call twice, and S3 takes no such configuration.
            if let other = notifications.first(where: { $0.overlaps(notification) }) {
                throw ObjectsFailure.invalidArgument(
                    "Configurations overlap. Configurations on the same bucket cannot share a common event type.",
                    other.id, notification.id)
            }
            notifications.append(notification)
        }
        guard notifications.count <= notificationsMost, Set(notifications.map(\.id)).count == notifications.count else {
            throw ObjectsFailure.invalidArgument(
                "Same ID used for multiple configurations, or too many of them", "Id", "")
        }
        return notifications
    }

    static func notification(_ notifications: [ObjectNotification]) -> ObjectsDocument {
        var document = ObjectsDocument("NotificationConfiguration")
        for notification in notifications {
            guard let (_, name, targets) = kinds.first(where: { $0.0 == notification.kind }) else { continue }
            document.add(name) { document in
                document.add("Id", notification.id)
                document.add(targets[0], notification.target)
                for event in notification.events { document.add("Event", event) }
                guard !notification.prefix.isEmpty || !notification.suffix.isEmpty else { return }
                document.add("Filter") { document in
                    document.add("S3Key") { document in
                        for (name, value) in [("prefix", notification.prefix), ("suffix", notification.suffix)]
                        where !value.isEmpty {
                            document.add("FilterRule") {
                                $0.add("Name", name)
                                $0.add("Value", value)
                            }
                        }
                    }
                }
            }
        }
        return document
    }
}
