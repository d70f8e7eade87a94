import FunctionRuntime
import MailTypes

/// A bucket's settings as they rest, sealed, in its row.
enum BucketRecord {
    static func write(_ settings: BucketSettings) -> Octets {
        var record = RecordWriter()
        record.number(1)
        record.text(settings.versioning.rawValue)
        record.optional(settings.policy) { $0.text($1) }
        record.list(settings.lifecycle) { record, rule in
            record.text(rule.id)
            record.bool(rule.isEnabled)
            record.text(rule.prefix)
            record.dictionary(rule.tags)
            record.optional(rule.days) { $0.int($1) }
            record.optional(rule.date) { $0.time($1) }
            record.optional(rule.noncurrentDays) { $0.int($1) }
            record.bool(rule.removesLoneMarkers)
            record.optional(rule.uploadDays) { $0.int($1) }
        }
        record.list(settings.notifications) { record, notification in
            record.text(notification.id)
            record.text(notification.kind.rawValue)
            record.text(notification.target)
            record.list(notification.events) { $0.text($1) }
            record.text(notification.prefix)
            record.text(notification.suffix)
        }
        record.dictionary(settings.tags)
        record.optional(settings.stack) { $0.text($1) }
        record.dictionary(settings.documents)
        return record.octets
    }

    static func read(_ octets: Octets) throws(StoreFailure) -> BucketSettings {
        var record = RecordReader(octets, "a bucket")
        guard try record.number() == 1 else { throw record.failure }
        return BucketSettings(
            versioning: try record.name(BucketSettings.Versioning.self),
            policy: try record.optional { r throws(StoreFailure) in try r.text() },
            lifecycle: try record.list { r throws(StoreFailure) in try rule(&r) },
            notifications: try record.list { r throws(StoreFailure) in try notification(&r) },
            tags: try record.dictionary(), stack: try record.optional { r throws(StoreFailure) in try r.text() },
            documents: try record.dictionary())
    }

    private static func rule(_ record: inout RecordReader) throws(StoreFailure) -> LifecycleRule {
        LifecycleRule(
            id: try record.text(), isEnabled: try record.bool(), prefix: try record.text(),
            tags: try record.dictionary(), days: try record.optional { r throws(StoreFailure) in try r.int() },
            date: try record.optional { r throws(StoreFailure) in try r.time() },
            noncurrentDays: try record.optional { r throws(StoreFailure) in try r.int() },
            removesLoneMarkers: try record.bool(),
            uploadDays: try record.optional { r throws(StoreFailure) in try r.int() })
    }

    private static func notification(_ record: inout RecordReader) throws(StoreFailure) -> ObjectNotification {
        ObjectNotification(
            id: try record.text(), kind: try record.name(ObjectNotification.Kind.self), target: try record.text(),
            events: try record.list { r throws(StoreFailure) in try r.text() }, prefix: try record.text(),
            suffix: try record.text())
    }
}
