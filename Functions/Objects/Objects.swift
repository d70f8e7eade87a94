import FunctionRuntime
import MailPolicy
import MailTypes

/// The S3-compatible door to the object store: buckets and objects over REST with XML (reference/functions.md §4.5).
///
/// The caller was named by the route's authorizer. Whether it may do what it asks is decided by `Permissions`, and by the
/// bucket's policy, which may allow more and may deny.
public struct Objects: Handler {
    public typealias Event = HTTPRequest
    public typealias Outcome = HTTPResponse

    let store: any ObjectStore
    let contents: any ContentStore
    let permissions: any Permissions
    let events: any ObjectEvents
    let settings: ObjectsSettings

    /// The door to these stores.
    ///
    /// - Parameters:
    ///   - contents: takes in new content; the same stores.
    ///   - events: what follows of changes; by default nothing.
    public init(
        store: any ObjectStore, contents: any ContentStore, permissions: any Permissions = KeyHoldersMayAll(),
        events: any ObjectEvents = NoObjectEvents(), settings: ObjectsSettings = ObjectsSettings()
    ) {
        (self.store, self.contents, self.permissions) = (store, contents, permissions)
        (self.events, self.settings) = (events, settings)
    }

    public func handle(_ event: HTTPRequest, in context: Context) async throws -> HTTPResponse {
        var response: HTTPResponse
        do {
            response = try await answer(try ObjectsRequest(event, hosts: settings.hosts), context)
        } catch let failure as ObjectsFailure {
            response = refuse(failure, context)
        } catch let failure as StoreFailure {
            response = refuse(ObjectsFailure(failure), context)
        }
        if event.method == "HEAD", response.status >= 300 {
            // Clients take the status for the code; a body would be that of the next answer.
            response.body = .empty
        }
        response.headers["x-amz-request-id"] = context.requestID.description
        response.headers["x-amz-id-2"] = "mailroom"
        return response
    }

    private func refuse(_ failure: ObjectsFailure, _ context: Context) -> HTTPResponse {
        context.decide("refused", because: "\(failure.code): \(failure.message)")
        if let cause = failure.cause {
            context.log.warning(
                "objects.unavailable", .reason(cause), .advice("look at disk space and at the stores' own log lines"))
        }
        return failure.response(requestID: context.requestID)
    }

    private func answer(_ request: ObjectsRequest, _ context: Context) async throws -> HTTPResponse {
        if request.method == "OPTIONS" {
            throw ObjectsFailure(403, "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.")
        }
        let operation = try ObjectsOperation(request)
        guard let name = request.bucket else {
            try await permit(operation.action, on: "arn:aws:s3:::*", request, policy: nil)
            return try await listBuckets(request)
        }
        guard let bucket = try await store.bucket(name) else {
            try await permit(operation.action, on: "arn:aws:s3:::\(name)", request, policy: nil)
            guard operation == .createBucket else { throw ObjectsFailure.noSuchBucket(name) }
            return try await createBucket(name, request, context)
        }
        let call = ObjectsCall(request: request, bucket: bucket, context: context)
        try await permit(operation.action(call), on: call.arn, request, policy: bucket.settings.policy)
        context.decide(operation.rawValue, because: "\(name) \(request.key ?? "")")
        return try await telling({ $0.isMissing("bucket \(name)") ? .noSuchBucket(name) : nil }) {
            try await perform(operation, call)
        }
    }

    /// Does something with the stores, and tells their failures as the caller knows them.
    func telling<Value>(
        _ words: (StoreFailure) -> ObjectsFailure?, _ work: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await work()
        } catch let failure as StoreFailure {
            throw words(failure) ?? ObjectsFailure(failure)
        }
    }

    private func perform(_ operation: ObjectsOperation, _ call: ObjectsCall) async throws -> HTTPResponse {
        switch operation {
        case .listBuckets: return try await listBuckets(call.request)
        case .createBucket: return try await createBucket(call.bucket.name, call.request, call.context)
        case .headBucket: return HTTPResponse(200, headers: ["x-amz-bucket-region": settings.region])
        case .deleteBucket: return try await deleteBucket(call)
        case .listObjects, .listObjectsV2: return try await listObjects(call, isV2: operation == .listObjectsV2)
        case .listVersions: return try await listVersions(call)
        case .listUploads: return try await listUploads(call)
        case .deleteObjects: return try await deleteObjects(call)
        case .getBucketPart: return try bucketPart(call)
        case .putBucketPart: return try await putBucketPart(call)
        case .deleteBucketPart: return try await deleteBucketPart(call)
        case .getObject: return try await getObject(call)
        case .headObject: return try await headObject(call)
        case .getAttributes: return try await attributes(call)
        case .getObjectPart: return try await objectPart(call)
        case .putObjectPart: return try await putObjectPart(call)
        case .deleteObjectTags: return try await deleteTags(call)
        case .putObject: return try await putObject(call)
        case .copyObject: return try await copyObject(call)
        case .deleteObject: return try await deleteObject(call)
        case .createUpload: return try await createUpload(call)
        case .uploadPart: return try await uploadPart(call)
        case .copyPart: return try await copyPart(call)
        case .completeUpload: return try await completeUpload(call)
        case .abortUpload: return try await abortUpload(call)
        case .listParts: return try await listParts(call)
        }
    }
}

extension StoreFailure {
    /// True when it says that this is not there.
    func isMissing(_ what: String) -> Bool { self == .notFound(what) }
}

/// What the door is told by the system.
public struct ObjectsSettings: Sendable {
    public var region: String
    /// The account that all buckets belong to.
    public var account: String
    /// Names under which `bucket.name` addresses a bucket, in lower case. Never an IP address.
    public var hosts: [String]
    /// Octets of an object that is put in one piece, 5 GiB as in S3.
    public var objectOctets: Int
    /// Octets of a whole upload in parts, 5 TiB as in S3.
    public var uploadOctets: Int

    /// Settings; what is left out has the usual value.
    public init(
        region: String = "us-east-1", account: String = "000000000000", hosts: [String] = ["localhost"],
        objectOctets: Int = 5 << 30, uploadOctets: Int = 5 << 40
    ) {
        self.region = region
        self.account = account
        self.hosts = hosts
        self.objectOctets = objectOctets
        self.uploadOctets = uploadOctets
    }
}
