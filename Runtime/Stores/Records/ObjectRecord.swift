import FunctionRuntime
import MailTypes

/// Buckets, objects, uploads and parts as they rest, sealed, in their rows.
enum ObjectRecord {
    /// An object's or part's size, etag and attributes.
    static func write(size: Int, etag: String, _ attributes: ObjectAttributes) -> Octets {
        var record = RecordWriter()
        record.number(1)
        record.int(size)
        record.text(etag)
        Self.write(attributes, to: &record)
        return record.octets
    }

    static func read(_ octets: Octets) throws(StoreFailure) -> (size: Int, etag: String, ObjectAttributes) {
        var record = RecordReader(octets, "an object")
        guard try record.number() == 1 else { throw record.failure }
        return (try record.int(), try record.text(), try attributes(&record))
    }

    /// What an upload will be.
    static func write(_ draft: ObjectDraft) -> Octets {
        var record = RecordWriter()
        record.number(1)
        record.text(draft.bucket)
        record.text(draft.key)
        record.text(draft.etag)
        write(draft.attributes, to: &record)
        record.time(draft.at)
        return record.octets
    }

    static func draft(_ octets: Octets) throws(StoreFailure) -> ObjectDraft {
        var record = RecordReader(octets, "an upload")
        guard try record.number() == 1 else { throw record.failure }
        return ObjectDraft(
            bucket: try record.text(), key: try record.text(), etag: try record.text(),
            attributes: try attributes(&record), at: try record.time())
    }

    private static func write(_ attributes: ObjectAttributes, to record: inout RecordWriter) {
        record.dictionary(attributes.fields)
        record.dictionary(attributes.metadata)
        record.dictionary(attributes.tags)
        record.optional(attributes.checksum) { record, checksum in
            record.text(checksum.algorithm.rawValue)
            record.text(checksum.value)
            record.bool(checksum.isComposite)
        }
    }

    private static func attributes(_ record: inout RecordReader) throws(StoreFailure) -> ObjectAttributes {
        ObjectAttributes(
            fields: try record.dictionary(), metadata: try record.dictionary(), tags: try record.dictionary(),
            checksum: try record.optional { r throws(StoreFailure) in
                ObjectChecksum(
                    try r.name(ObjectChecksum.Algorithm.self), try r.text(), isComposite: try r.bool())
            })
    }
}
