import FunctionRuntime
import MailTypes

/// A call on a bucket that is there, on its way through an operation.
struct ObjectsCall: Sendable {
    let request: ObjectsRequest
    let bucket: Bucket
    let context: Context

    var name: String { bucket.name }
    /// The object's key; operations on objects have one.
    var key: String { request.key ?? "" }
    /// What the call is about, for policies.
    var arn: String { "arn:aws:s3:::\(bucket.name)" + (request.key.map { "/" + $0 } ?? "") }

    /// A draft of the object that the call stores.
    func draft(etag: String = "", _ attributes: ObjectAttributes, condition: ObjectDraft.Condition? = nil)
        -> ObjectDraft
    {
        ObjectDraft(
            bucket: name, key: key, etag: etag, attributes: attributes, condition: condition, at: context.now)
    }
}
