import FunctionRuntime
import MailPolicy
import MailTypes
import Templates

/// Buckets and their policies.
extension Expansion {
    /// `AWS::S3::Bucket`. Encryption and the block of public access are always on, so both are accepted silently.
    func bucket(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        reader.expect(
            [
                "BucketName", "VersioningConfiguration", "LifecycleConfiguration", "NotificationConfiguration",
                "BucketEncryption", "PublicAccessBlockConfiguration", "OwnershipControls", "AccessControl", "Tags",
            ],
            ignored: [
                "CorsConfiguration", "LoggingConfiguration", "AccelerateConfiguration", "AnalyticsConfigurations",
                "IntelligentTieringConfigurations", "InventoryConfigurations", "MetricsConfigurations",
                "ObjectLockConfiguration", "ObjectLockEnabled", "ReplicationConfiguration", "WebsiteConfiguration",
            ])
        let name = resource.physicalName
        if !Self.isBucketName(name) {
            notes.problem(
                "\(name) is no bucket name: 3 to 63 lower-case letters, digits, dots and dashes",
                at: reader.place("BucketName"))
        }
        var settings = BucketSettings(tags: reader.pairs("Tags"), stack: template.stackName)
        if let versioning = reader.inner("VersioningConfiguration") {
            let status = versioning.choice("Status", of: ["Enabled", "Suspended"])
            settings.versioning = status == "Enabled" ? .enabled : status == "Suspended" ? .suspended : .never
        }
        if let lifecycle = reader.inner("LifecycleConfiguration") {
            for (index, rule) in lifecycle.list("Rules").enumerated() {
                settings.lifecycle.append(self.lifecycle(rule, "rule \(index + 1) of \(reader.owner)"))
            }
        }
        if let notification = reader.inner("NotificationConfiguration") {
            settings.notifications = self.notifications(notification, of: resource)
        }
        add(resource, .bucket(BucketPart(name: name, settings: settings)))
    }

    private static func isBucketName(_ name: String) -> Bool {
        let octets = Octets(text: name)
        let isGood = octets.allSatisfy {
            $0.isASCIIDigit || $0 == 0x2D || $0 == 0x2E || $0.isASCIILetter && $0 == $0.asciiLowercased
        }
        guard (3...63).contains(octets.count), isGood, let first = octets.first, let last = octets.last else {
            return false
        }
        return first != 0x2D && first != 0x2E && last != 0x2D && last != 0x2E
    }

    private func lifecycle(_ value: TemplateValue, _ owner: String) -> LifecycleRule {
        let rule = PropertyReader(owner, value, notes)
        rule.expect(
            [
                "Id", "Status", "Prefix", "TagFilters", "ExpirationInDays", "ExpirationDate",
                "NoncurrentVersionExpirationInDays", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload",
                "ExpiredObjectDeleteMarker", "ObjectSizeGreaterThan", "ObjectSizeLessThan",
            ],
            ignored: [
                "Transition", "Transitions", "NoncurrentVersionTransition", "NoncurrentVersionTransitions",
            ])
        // Left out, the rule would remove objects that it is not about.
        for key in ["ObjectSizeGreaterThan", "ObjectSizeLessThan"] where rule[key] != nil {
            notes.problem("\(owner): rules by size come with a later release", at: rule.place(key))
        }
        let days = 1...36_500
        if let date = rule["ExpirationDate"] {
            notes.warn("ExpirationDate of \(owner) is accepted and has no effect here", at: date.position)
        }
        return LifecycleRule(
            id: rule.text("Id") ?? owner, isEnabled: rule.choice("Status", of: ["Enabled", "Disabled"]) != "Disabled",
            prefix: rule.text("Prefix") ?? "", tags: rule.pairs("TagFilters"),
            days: rule.integer("ExpirationInDays", in: days),
            noncurrentDays: rule.integer("NoncurrentVersionExpirationInDays", in: days)
                ?? rule.inner("NoncurrentVersionExpiration")?.integer("NoncurrentDays", in: days),
            removesLoneMarkers: rule.boolean("ExpiredObjectDeleteMarker") ?? false,
            uploadDays: rule.inner("AbortIncompleteMultipartUpload")?.integer("DaysAfterInitiation", in: days))
    }

    private func notifications(_ reader: PropertyReader, of resource: TemplateResource) -> [ObjectNotification] {
        reader.expect(
            ["LambdaConfigurations", "QueueConfigurations", "TopicConfigurations"],
            ignored: ["EventBridgeConfiguration"])
        for key in ["QueueConfigurations", "TopicConfigurations"] where !reader.list(key).isEmpty {
            notes.refuse("\(key) of \(resource.logicalID) comes with a later release", at: reader.place(key))
        }
        return reader.list("LambdaConfigurations").enumerated().compactMap { index, value in
            let one = PropertyReader("notification \(index + 1) of \(resource.logicalID)", value, notes)
            one.expect(["Event", "Function", "Filter"])
            guard let event = one.text("Event", required: true), let function = one.text("Function", required: true)
            else { return nil }
            if let target = Self.target(function) { checkKnown(target.function, at: one.place("Function")) }
            let (prefix, suffix) = filter(one)
            return ObjectNotification(
                id: "\(resource.logicalID)\(index + 1)", target: function, events: [event], prefix: prefix,
                suffix: suffix)
        }
    }

    /// `AWS::S3::BucketPolicy`.
    func bucketPolicy(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        reader.expect(["Bucket", "PolicyDocument"])
        let document = document(reader, "PolicyDocument")
        guard let bucket = reader.text("Bucket", required: true) else { return }
        let buckets = template.foreignResources.filter { $0.type == "AWS::S3::Bucket" }.map(\.physicalName)
        if !buckets.contains(bucket) {
            notes.problem(
                "\(reader.owner): Bucket refers to a bucket of this template", at: reader.place("Bucket"),
                suggestion: Suggestion.nearest(to: bucket, in: buckets))
        }
        guard let document else { return }
        add(resource, name: bucket, .bucketPolicy(BucketPolicyPart(bucket: bucket, document: document)))
    }

    /// A policy as JSON text; what cannot be evaluated is a problem, since a condition that nobody looks at allows too
    /// much.
    func document(_ reader: PropertyReader, _ key: String) -> String? {
        guard let value = reader[key] else {
            notes.problem("\(reader.owner) needs \(key)", at: reader.position)
            return nil
        }
        let octets = value.text.map { Octets(text: $0) } ?? value.json
        do throws(PolicyProblem) {
            _ = try PolicyDocument(parsing: octets)
            return octets.text
        } catch {
            notes.problem("\(key) of \(reader.owner): \(error.sentence)", at: value.position)
            return nil
        }
    }
}
