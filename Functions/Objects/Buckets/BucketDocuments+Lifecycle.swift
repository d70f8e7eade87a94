import FunctionRuntime
import MailTypes
import XML

extension BucketDocuments {
    /// Rules of one bucket.
    private static let rulesMost = 1000
    /// Days that a rule can name.
    private static let days = 1...36_500

    /// Reads a lifecycle configuration. Rules that would move objects to another storage class are taken without that.
    static func readLifecycle(_ body: Octets) throws -> [LifecycleRule] {
        let root = try root(body, nil)
        guard root.name.local == "LifecycleConfiguration" || root.name.local == "BucketLifecycleConfiguration" else {
            throw ObjectsFailure.malformedXML
        }
        let elements = root.children.filter { $0.name.local == "Rule" }
        guard (1...rulesMost).contains(elements.count) else { throw ObjectsFailure.malformedXML }
        var rules: [LifecycleRule] = []
        for (index, element) in elements.enumerated() { rules.append(try rule(element, index)) }
        guard Set(rules.map(\.id)).count == rules.count else {
            throw ObjectsFailure.invalidArgument(
                "Rule ID must be unique. Found same ID for more than one rule", "ID", "")
        }
        return rules
    }

    private static func rule(_ element: XMLElement, _ index: Int) throws -> LifecycleRule {
        let status = element.child("Status")?.trimmedText
        guard status == "Enabled" || status == "Disabled" else { throw ObjectsFailure.malformedXML }
        let id = element.child("ID")?.trimmedText ?? ""
        guard id.utf8.count <= 255 else {
            throw ObjectsFailure.invalidArgument("ID length should not exceed allowed limit of 255", "ID", id)
        }
        var rule = LifecycleRule(id: id.isEmpty ? "rule-\(index + 1)" : id, isEnabled: status == "Enabled")
        let filter = element.child("Filter")
        let both = filter?.child("And") ?? filter
        rule.prefix = both?.child("Prefix")?.text ?? element.child("Prefix")?.text ?? ""
        for tag in both?.children.filter({ $0.name.local == "Tag" }) ?? [] {
            guard let key = tag.child("Key")?.text, let value = tag.child("Value")?.text else {
                throw ObjectsFailure.malformedXML
            }
            rule.tags[key] = value
        }
        if both?.child("ObjectSizeGreaterThan") != nil || both?.child("ObjectSizeLessThan") != nil {
            throw ObjectsFailure.notImplemented("Filtering by size")
        }
        if let expiration = element.child("Expiration") {
            rule.days = try expiration.child("Days").map { try number($0) }
            if let text = expiration.child("Date")?.trimmedText {
                guard let date = HTTPDate.readISO(text) else { throw ObjectsFailure.malformedXML }
                rule.date = date
            }
            rule.removesLoneMarkers = expiration.child("ExpiredObjectDeleteMarker")?.trimmedText == "true"
            guard rule.days == nil || rule.date == nil else { throw ObjectsFailure.malformedXML }
        }
        rule.noncurrentDays = try element.child("NoncurrentVersionExpiration")?.child("NoncurrentDays").map {
            try number($0)
        }
        rule.uploadDays = try element.child("AbortIncompleteMultipartUpload")?.child("DaysAfterInitiation").map {
            try number($0)
        }
        return rule
    }

    private static func number(_ element: XMLElement) throws -> Int {
        guard let number = Int(element.trimmedText), days.contains(number) else {
            throw ObjectsFailure.invalidArgument(
                "'\(element.name.local)' must be a positive integer", element.name.local, element.trimmedText)
        }
        return number
    }

    static func lifecycle(_ rules: [LifecycleRule]) -> ObjectsDocument {
        var document = ObjectsDocument("LifecycleConfiguration")
        for rule in rules { document.add("Rule") { add(rule, to: &$0) } }
        return document
    }

    private static func add(_ rule: LifecycleRule, to document: inout ObjectsDocument) {
        document.add("ID", rule.id)
        document.add("Filter") { document in
            guard !rule.tags.isEmpty else { return document.add("Prefix", rule.prefix) }
            document.add("And") { document in
                document.add("Prefix", rule.prefix)
                for (key, value) in rule.tags.sorted(by: { $0.key < $1.key }) {
                    document.add("Tag") {
                        $0.add("Key", key)
                        $0.add("Value", value)
                    }
                }
            }
        }
        document.add("Status", rule.isEnabled ? "Enabled" : "Disabled")
        if rule.days != nil || rule.date != nil || rule.removesLoneMarkers {
            document.add("Expiration") {
                $0.add("Days", rule.days)
                $0.add("Date", rule.date?.rfc3339)
                if rule.removesLoneMarkers { $0.add("ExpiredObjectDeleteMarker", true) }
            }
        }
        if let days = rule.noncurrentDays {
            document.add("NoncurrentVersionExpiration") { $0.add("NoncurrentDays", days) }
        }
        if let days = rule.uploadDays {
            document.add("AbortIncompleteMultipartUpload") { $0.add("DaysAfterInitiation", days) }
        }
    }
}
