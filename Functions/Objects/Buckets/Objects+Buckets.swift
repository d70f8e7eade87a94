import FunctionRuntime
import MailPolicy
import MailTypes
import XML

extension Objects {
    /// Buckets of one answer of ListBuckets, when it says no other number.
    private static let bucketsMost = 10_000

    /// ListBuckets.
    func listBuckets(_ request: ObjectsRequest) async throws -> HTTPResponse {
        var document = ObjectsDocument("ListAllMyBucketsResult")
        document.addOwner(settings.account)
        let limit = try request.number("max-buckets", 1...Self.bucketsMost, default: Self.bucketsMost)
        let prefix = request.item("prefix") ?? ""
        let after = try request.item("continuation-token").map(Self.key(ofToken:)) ?? ""
        // An account has few buckets: they are read at once.
        let buckets = try await store.buckets().filter { bucket in
            bucket.name.hasPrefix(prefix) && after.utf8.lexicographicallyPrecedes(bucket.name.utf8)
        }
        document.add("Buckets") { document in
            for bucket in buckets.prefix(limit) {
                document.add("Bucket") {
                    $0.add("Name", bucket.name)
                    $0.add("CreationDate", bucket.createdAt.rfc3339)
                }
            }
        }
        if !prefix.isEmpty { document.add("Prefix", prefix) }
        if buckets.count > limit { document.add("ContinuationToken", Self.token(ofKey: buckets[limit - 1].name)) }
        return document.response()
    }

    /// CreateBucket; making one's own bucket again succeeds, as in us-east-1.
    func createBucket(_ name: String, _ request: ObjectsRequest, _ context: Context) async throws -> HTTPResponse {
        guard BucketName.isValid(name) else {
            throw ObjectsFailure(400, "InvalidBucketName", "The specified bucket is not valid.").with(
                "BucketName", name)
        }
        let body = try await DocumentBody.collect(request)
        if !body.isEmpty {
            guard let root = try? XMLElement(parsing: body), root.name.local == "CreateBucketConfiguration" else {
                throw ObjectsFailure.malformedXML
            }
            // Every bucket is here, whatever region a function was written for.
        }
        // What a stack has made is the account's own all the same.
        if try await store.bucket(name) == nil {
            try await store.createBucket(name, settings: BucketSettings(), at: context.now)
        }
        context.decide("createBucket", because: name)
        return HTTPResponse(200, headers: ["Location": "/\(name)"])
    }

    /// DeleteBucket.
    func deleteBucket(_ call: ObjectsCall) async throws -> HTTPResponse {
        try await telling({ failure in
            guard case .conflict = failure else { return nil }
            return ObjectsFailure(409, "BucketNotEmpty", "The bucket you tried to delete is not empty").with(
                "BucketName", call.name)
        }) { try await store.deleteBucket(call.name) }
        return HTTPResponse(204)
    }

    private func part(_ call: ObjectsCall) throws -> BucketPart {
        guard let part = BucketPart(call.request) else { throw ObjectsFailure.methodNotAllowed }
        return part
    }

    /// GetBucketVersioning, GetBucketPolicy and their kind.
    func bucketPart(_ call: ObjectsCall) throws -> HTTPResponse {
        let settings = call.bucket.settings
        switch try part(call) {
        case .location:
            // us-east-1 is written as nothing.
            var document = ObjectsDocument("LocationConstraint")
            if self.settings.region != "us-east-1" { document.addText(self.settings.region) }
            return document.response()
        case .versioning:
            var document = ObjectsDocument("VersioningConfiguration")
            if settings.versioning != .never { document.add("Status", settings.versioning.rawValue) }
            return document.response()
        case .policy:
            guard let policy = settings.policy else {
                throw missing("NoSuchBucketPolicy", "The bucket policy does not exist", call)
            }
            return HTTPResponse(200, type: "application/json", policy)
        case .policyStatus:
            var document = ObjectsDocument("PolicyStatus")
            document.add("IsPublic", false)
            return document.response()
        case .lifecycle:
            guard !settings.lifecycle.isEmpty else {
                throw missing("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", call)
            }
            return BucketDocuments.lifecycle(settings.lifecycle).response()
        case .notification: return BucketDocuments.notification(settings.notifications).response()
        case .tagging:
            guard !settings.tags.isEmpty else { throw missing("NoSuchTagSet", "The TagSet does not exist", call) }
            return BucketDocuments.tagging(settings.tags).response()
        case .acl: return BucketDocuments.accessControl(self.settings.account).response()
        case .cors:
            return try kept(
                "cors", "NoSuchCORSConfiguration", "The CORS configuration does not exist", call)
        case .ownershipControls:
            return try kept(
                "ownershipControls", "OwnershipControlsNotFoundError", "The bucket ownership controls were not found",
                call)
        case .encryption: return BucketDocuments.encryption.response()
        case .publicAccessBlock: return BucketDocuments.publicAccessBlock.response()
        case .accelerate: return ObjectsDocument("AccelerateConfiguration").response()
        case .logging: return ObjectsDocument("BucketLoggingStatus").response()
        case .requestPayment:
            var document = ObjectsDocument("RequestPaymentConfiguration")
            document.add("Payer", "BucketOwner")
            return document.response()
        case .replication:
            throw missing(
                "ReplicationConfigurationNotFoundError", "The replication configuration was not found", call)
        case .website:
            throw missing(
                "NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration", call)
        case .objectLock:
            throw missing(
                "ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket",
                call)
        case .analytics, .inventory, .metrics, .tiering: throw ObjectsFailure.notImplemented("This configuration")
        }
    }

    private func missing(_ code: String, _ message: String, _ call: ObjectsCall) -> ObjectsFailure {
        ObjectsFailure(404, code, message).with("BucketName", call.name)
    }

    private func kept(_ name: String, _ code: String, _ message: String, _ call: ObjectsCall) throws -> HTTPResponse {
        guard let document = call.bucket.settings.documents[name] else { throw missing(code, message, call) }
        return HTTPResponse(200, type: "application/xml", document)
    }

    /// PutBucketVersioning, PutBucketPolicy and their kind.
    func putBucketPart(_ call: ObjectsCall) async throws -> HTTPResponse {
        let part = try part(call)
        let body = try await DocumentBody.collect(call.request)
        switch part {
        case .versioning:
            let versioning = try BucketDocuments.readVersioning(body)
            try await store.changeBucket(call.name) { $0.versioning = versioning }
        case .policy:
            try Self.checkPolicy(body)
            let text = body.text
            try await store.changeBucket(call.name) { $0.policy = text }
            return HTTPResponse(204)
        case .lifecycle:
            let rules = try BucketDocuments.readLifecycle(body)
            try await store.changeBucket(call.name) { $0.lifecycle = rules }
        case .notification:
            let notifications = try BucketDocuments.readNotifications(body)
            try await store.changeBucket(call.name) { $0.notifications = notifications }
        case .tagging:
            let tags = try ObjectFields.tags(BucketDocuments.readTags(body), most: 50)
            try await store.changeBucket(call.name) { $0.tags = tags }
            return HTTPResponse(204)
        case .cors, .ownershipControls:
            let name = part.rawValue
            _ = try BucketDocuments.root(body, nil)
            let text = body.text
            guard text.utf8.count <= 64 << 10 else { throw ObjectsFailure.malformedXML }
            try await store.changeBucket(call.name) { $0.documents[name] = text }
        // Taken and without effect: content is always encrypted, and nothing is ever public.
        case .acl, .encryption, .publicAccessBlock: break
        default: throw ObjectsFailure.notImplemented("Setting \(part.rawValue)")
        }
        return HTTPResponse(200)
    }

    private static func checkPolicy(_ body: Octets) throws {
        do throws(PolicyProblem) { _ = try PolicyDocument(parsing: body) } catch {
            throw ObjectsFailure(400, "MalformedPolicy", error.sentence)
        }
    }

    /// DeleteBucketPolicy and its kind.
    func deleteBucketPart(_ call: ObjectsCall) async throws -> HTTPResponse {
        let part = try part(call)
        switch part {
        case .policy: try await store.changeBucket(call.name) { $0.policy = nil }
        case .lifecycle: try await store.changeBucket(call.name) { $0.lifecycle = [] }
        case .tagging: try await store.changeBucket(call.name) { $0.tags = [:] }
        case .cors, .ownershipControls:
            let name = part.rawValue
            try await store.changeBucket(call.name) { $0.documents[name] = nil }
        case .encryption, .publicAccessBlock, .website, .replication: break
        default: throw ObjectsFailure.methodNotAllowed
        }
        return HTTPResponse(204)
    }
}
