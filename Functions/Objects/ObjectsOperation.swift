import FunctionRuntime
import MailTypes

/// What a request asks for, told by method, path and query.
enum ObjectsOperation: String, Sendable {
    case listBuckets, createBucket, headBucket, deleteBucket
    case listObjects, listObjectsV2, listVersions, listUploads, deleteObjects
    /// A bucket's policy, versioning and so on; `BucketPart` says which.
    case getBucketPart, putBucketPart, deleteBucketPart
    case getObject, headObject, getAttributes, putObject, copyObject, deleteObject
    /// An object's tags or ACL.
    case getObjectPart, putObjectPart, deleteObjectTags
    case createUpload, uploadPart, copyPart, completeUpload, abortUpload, listParts

    init(_ request: ObjectsRequest) throws {
        guard request.bucket != nil else {
            guard request.method == "GET" || request.method == "HEAD" else { throw ObjectsFailure.methodNotAllowed }
            self = .listBuckets
            return
        }
        self = request.key == nil ? try Self.ofBucket(request) : try Self.ofObject(request)
    }

    private static func ofBucket(_ request: ObjectsRequest) throws -> ObjectsOperation {
        let part = BucketPart(request)
        switch request.method {
        case "GET":
            if part != nil { return .getBucketPart }
            for other in ["session", "metadataTable", "metadataConfiguration", "abac"] where request.has(other) {
                throw ObjectsFailure.notImplemented(other)
            }
            if request.has("versions") { return .listVersions }
            if request.has("uploads") { return .listUploads }
            return request.item("list-type") == "2" ? .listObjectsV2 : .listObjects
        case "HEAD": return .headBucket
        case "PUT": return part == nil ? .createBucket : .putBucketPart
        case "DELETE": return part == nil ? .deleteBucket : .deleteBucketPart
        case "POST":
            if request.has("delete") { return .deleteObjects }
            throw ObjectsFailure.notImplemented("Uploading by a form")
        default: throw ObjectsFailure.methodNotAllowed
        }
    }

    private static func ofObject(_ request: ObjectsRequest) throws -> ObjectsOperation {
        for other in ["retention", "legal-hold", "torrent", "restore", "select", "renameObject"] {
            if request.has(other) { throw ObjectsFailure.notImplemented(other) }
        }
        let isPart = request.has("tagging") || request.has("acl")
        switch request.method {
        case "GET":
            if isPart { return .getObjectPart }
            if request.has("attributes") { return .getAttributes }
            return request.has("uploadId") ? .listParts : .getObject
        case "HEAD": return .headObject
        case "PUT":
            if isPart { return .putObjectPart }
            let isCopy = request.http.headers["x-amz-copy-source"] != nil
            if request.has("uploadId") || request.has("partNumber") { return isCopy ? .copyPart : .uploadPart }
            return isCopy ? .copyObject : .putObject
        case "POST":
            if request.has("uploads") { return .createUpload }
            if request.has("uploadId") { return .completeUpload }
            throw ObjectsFailure.methodNotAllowed
        case "DELETE":
            if request.has("uploadId") { return .abortUpload }
            if request.has("tagging") { return .deleteObjectTags }
            guard !isPart else { throw ObjectsFailure.methodNotAllowed }
            return .deleteObject
        default: throw ObjectsFailure.methodNotAllowed
        }
    }

    /// The action that policies know it by.
    func action(_ call: ObjectsCall) -> String {
        let (part, request) = (BucketPart(call.request), call.request)
        let version = request.version == nil ? "" : "Version"
        switch self {
        case .getBucketPart: return part?.readAction ?? action
        case .putBucketPart: return part?.writeAction ?? action
        case .deleteBucketPart: return part == .policy ? "s3:DeleteBucketPolicy" : part?.writeAction ?? action
        case .getObject, .headObject, .getAttributes: return "s3:GetObject" + version
        case .deleteObject: return "s3:DeleteObject" + version
        case .getObjectPart: return "s3:GetObject" + version + (request.has("tagging") ? "Tagging" : "Acl")
        case .putObjectPart: return "s3:PutObject" + version + (request.has("tagging") ? "Tagging" : "Acl")
        case .deleteObjectTags: return "s3:DeleteObject" + version + "Tagging"
        default: return action
        }
    }

    /// The action where the request's details make no difference.
    var action: String {
        switch self {
        case .listBuckets: "s3:ListAllMyBuckets"
        case .createBucket: "s3:CreateBucket"
        case .deleteBucket: "s3:DeleteBucket"
        case .headBucket, .listObjects, .listObjectsV2: "s3:ListBucket"
        case .listVersions: "s3:ListBucketVersions"
        case .listUploads: "s3:ListBucketMultipartUploads"
        // Asked again for each key.
        case .deleteObjects: "s3:ListBucket"
        case .getBucketPart: "s3:GetBucketAcl"
        case .putBucketPart, .deleteBucketPart: "s3:PutBucketAcl"
        case .getObject, .headObject, .getAttributes, .getObjectPart: "s3:GetObject"
        case .putObject, .copyObject, .createUpload, .uploadPart, .copyPart, .completeUpload, .putObjectPart:
            "s3:PutObject"
        case .deleteObject, .deleteObjectTags: "s3:DeleteObject"
        case .abortUpload: "s3:AbortMultipartUpload"
        case .listParts: "s3:ListMultipartUploadParts"
        }
    }
}
