import FunctionRuntime
import MailTypes

extension Objects {
    /// PutObject.
    func putObject(_ call: ObjectsCall) async throws -> HTTPResponse {
        var attributes = try ObjectFields.attributes(of: call.request)
        let condition = try ObjectFields.condition(of: call.request)
        let intake = try UploadIntake(call.request, limitOctets: settings.objectOctets)
        try await refuseEarly(condition, call)
        let upload = try await intake.take(call.request.http.body, into: contents)
        attributes.checksum = upload.checksum
        let draft = call.draft(etag: upload.etag, attributes, condition: condition)
        let version = try await stored(call) {
            try await store.putObject(draft, from: .staged(upload.content), jobs: jobs(call))
        }
        var response = HTTPResponse(200, headers: storedFields(version, call))
        response.headers.add(upload.checksum)
        return response
    }

    /// A condition that does not hold is told before the body is asked for. Whether it holds is decided in the commit.
    private func refuseEarly(_ condition: ObjectDraft.Condition?, _ call: ObjectsCall) async throws {
        guard let condition else { return }
        let found = try await store.object(call.key, in: call.name, version: nil)
        let shown = found.flatMap { $0.isDeleteMarker ? nil : $0 }
        switch condition {
        case .absent: if shown != nil { throw ObjectsFailure.preconditionFailed }
        case .matches(let etag):
            guard let shown else { throw ObjectsFailure.noSuchKey(call.key) }
            guard shown.etag == etag else { throw ObjectsFailure.preconditionFailed }
        }
    }

    /// Stores, with the failures of a store's commit as this call knows them.
    func stored(_ call: ObjectsCall, _ work: () async throws -> ObjectVersion) async throws -> ObjectVersion {
        try await telling(
            { failure in
                switch failure {
                case .notFound("the object"): .noSuchKey(call.key)
                case .notFound("upload"): .noSuchUpload
                case .conflict(let what) where what.hasPrefix("part "): .invalidPart
                default: nil
                }
            }, work)
    }

    /// Fields of an answer to a call that stored a version.
    func storedFields(_ version: ObjectVersion, _ call: ObjectsCall) -> HTTPFields {
        var fields: HTTPFields = ["ETag": "\"\(version.etag)\"", "x-amz-server-side-encryption": "AES256"]
        if call.bucket.settings.versioning == .enabled { fields["x-amz-version-id"] = version.version }
        return fields
    }

    /// CopyObject.
    func copyObject(_ call: ObjectsCall) async throws -> HTTPResponse {
        let content = try await copySource(call)
        let source = content.version
        guard source.size <= settings.objectOctets else {
            throw ObjectsFailure.invalidRequest("The specified copy source is larger than the maximum allowable size")
        }
        var attributes = source.attributes
        let given = try ObjectFields.attributes(of: call.request)
        let replaces = call.request.http.headers["x-amz-metadata-directive"] == "REPLACE"
        if replaces { (attributes.fields, attributes.metadata) = (given.fields, given.metadata) }
        if call.request.http.headers["x-amz-tagging-directive"] == "REPLACE" { attributes.tags = given.tags }
        guard
            replaces || source.key != call.key || call.request.http.headers["x-amz-tagging-directive"] == "REPLACE"
                || !Self.isSameBucket(call) || call.bucket.settings.versioning == .enabled
        else {
            throw ObjectsFailure.invalidRequest(
                "This copy request is illegal because it is trying to copy an object to itself without changing the "
                    + "object's metadata, storage class, website redirect location or encryption attributes.")
        }
        let draft = call.draft(
            etag: source.etag, attributes, condition: try ObjectFields.condition(of: call.request))
        let version = try await stored(call) {
            try await store.putObject(
                draft, from: .object(content), jobs: jobs(call, stored: "ObjectCreated:Copy"))
        }
        var document = ObjectsDocument("CopyObjectResult")
        document.add("LastModified", version.modifiedAt.rfc3339)
        document.add("ETag", "\"\(version.etag)\"")
        document.addChecksum(version.attributes.checksum)
        var response = document.response()
        for field in storedFields(version, call).fields { response.headers[field.name] = field.value }
        response.headers["x-amz-copy-source-version-id"] =
            source.version == ObjectVersion.nullVersion ? nil : source.version
        return response
    }

    private static func isSameBucket(_ call: ObjectsCall) -> Bool {
        guard let field = call.request.http.headers["x-amz-copy-source"] else { return false }
        return (try? CopySource(field))?.bucket == call.name
    }

    /// The object that a copy is made of, once the caller may read it and its conditions hold.
    func copySource(_ call: ObjectsCall) async throws -> any ObjectContent {
        let source = try CopySource(call.request.http.headers["x-amz-copy-source"] ?? "")
        let arn = "arn:aws:s3:::\(source.bucket)/\(source.key)"
        let bucket = try await store.bucket(source.bucket)
        try await permit(
            source.version == nil ? "s3:GetObject" : "s3:GetObjectVersion", on: arn, call.request,
            policy: bucket?.settings.policy)
        guard bucket != nil else { throw ObjectsFailure.noSuchBucket(source.bucket) }
        guard let content = try await store.openObject(source.key, in: source.bucket, version: source.version) else {
            throw source.version.map { .noSuchVersion(source.key, $0) } ?? ObjectsFailure.noSuchKey(source.key)
        }
        try check(EntityConditions(call.request, prefix: "x-amz-copy-source-"), on: content.version, isRead: false)
        return content
    }

    /// PutObjectTagging; an ACL is taken and makes no difference.
    func putObjectPart(_ call: ObjectsCall) async throws -> HTTPResponse {
        guard call.request.has("tagging") else {
            _ = try await DocumentBody.collect(call.request)
            guard let version = try await store.object(call.key, in: call.name, version: call.request.version),
                !version.isDeleteMarker
            else { throw try await absence(call) }
            return HTTPResponse(200)
        }
        let tags = try ObjectFields.tags(
            BucketDocuments.readTags(try await DocumentBody.collect(call.request)), most: ObjectFields.tagsMost)
        return try await setTags(tags, call, 200)
    }

    /// DeleteObjectTagging.
    func deleteTags(_ call: ObjectsCall) async throws -> HTTPResponse { try await setTags([:], call, 204) }

    private func setTags(_ tags: [String: String], _ call: ObjectsCall, _ status: Int) async throws -> HTTPResponse {
        guard let version = try await store.object(call.key, in: call.name, version: call.request.version),
            !version.isDeleteMarker
        else { throw try await absence(call) }
        try await store.setTags(tags, of: call.key, in: call.name, version: call.request.version)
        return HTTPResponse(status)
    }
}

extension ObjectsDocument {
    /// A checksum's elements, as results have them.
    mutating func addChecksum(_ checksum: ObjectChecksum?) {
        guard let checksum else { return }
        add("Checksum" + checksum.algorithm.rawValue, checksum.value)
        add("ChecksumType", checksum.isComposite ? "COMPOSITE" : "FULL_OBJECT")
    }
}
