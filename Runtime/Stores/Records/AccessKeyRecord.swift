import FunctionRuntime
import MailTypes

/// An access key as it rests, sealed, in its row.
enum AccessKeyRecord {
    static func write(_ key: AccessKey) -> Octets {
        var record = RecordWriter()
        record.text(key.secret.reveal())
        record.optional(key.sessionToken) { $0.text($1.reveal()) }
        record.text(key.principal)
        record.optional(key.expiresAt) { $0.time($1) }
        return record.octets
    }

    static func read(_ octets: Octets, id: String) throws(StoreFailure) -> AccessKey {
        var record = RecordReader(octets, "an access key")
        return AccessKey(
            id: id, secret: Secret(try record.text()),
            sessionToken: try record.optional { r throws(StoreFailure) in Secret(try r.text()) },
            principal: try record.text(), expiresAt: try record.optional { r throws(StoreFailure) in try r.time() })
    }
}
