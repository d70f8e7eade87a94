import FunctionRuntime
import MailTypes

extension Objects {
    /// GetObject.
    func getObject(_ call: ObjectsCall) async throws -> HTTPResponse {
        guard !call.request.has("partNumber") else { throw ObjectsFailure.notImplemented("Reading single parts") }
        guard let content = try await store.openObject(call.key, in: call.name, version: call.request.version) else {
            throw try await absence(call)
        }
        let version = content.version
        try check(EntityConditions(call.request), on: version, isRead: true)
        guard let range = try range(call, version) else {
            var response = HTTPResponse(
                200, headers: fields(of: version, call),
                body: .stream(ObjectStream(content, range: 0..<version.size), length: version.size))
            addChecksum(of: version, call, to: &response)
            return response
        }
        var response = HTTPResponse(
            206, headers: fields(of: version, call),
            body: .stream(ObjectStream(content, range: range), length: range.count))
        response.headers["Content-Range"] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(version.size)"
        return response
    }

    /// HeadObject.
    func headObject(_ call: ObjectsCall) async throws -> HTTPResponse {
        guard let version = try await store.object(call.key, in: call.name, version: call.request.version),
            !version.isDeleteMarker
        else { throw try await absence(call) }
        try check(EntityConditions(call.request), on: version, isRead: true)
        let range = try range(call, version)
        var response = HTTPResponse(range == nil ? 200 : 206, headers: fields(of: version, call))
        response.headers["Content-Length"] = String(range?.count ?? version.size)
        if let range {
            response.headers["Content-Range"] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(version.size)"
        } else {
            addChecksum(of: version, call, to: &response)
        }
        return response
    }

    /// Why there is no object to read: a delete marker says so in the answer's fields.
    func absence(_ call: ObjectsCall) async throws -> ObjectsFailure {
        let found = try await store.object(call.key, in: call.name, version: call.request.version)
        guard let marker = found, marker.isDeleteMarker else {
            return call.request.version.map { .noSuchVersion(call.key, $0) } ?? .noSuchKey(call.key)
        }
        let failure = call.request.version == nil ? ObjectsFailure.noSuchKey(call.key) : .methodNotAllowed
        return failure.withHeader("x-amz-delete-marker", "true").withHeader("x-amz-version-id", marker.version)
    }

    /// Throws what a condition that does not hold is answered with.
    func check(_ conditions: EntityConditions, on version: ObjectVersion, isRead: Bool) throws {
        switch conditions.verdict(on: version) {
        case .holds: return
        case .failed: throw ObjectsFailure.preconditionFailed
        case .notModified:
            guard isRead else { throw ObjectsFailure.preconditionFailed }
            throw ObjectsFailure(304, "NotModified", "Not Modified").withHeader("ETag", "\"\(version.etag)\"")
                .withHeader("Last-Modified", version.modifiedAt.httpDate)
        }
    }

    private func range(_ call: ObjectsCall, _ version: ObjectVersion) throws -> Range<Int>? {
        guard let field = call.request.http.headers["Range"], let asked = ByteRange(field) else { return nil }
        // A range of another state than the client has the rest of would be put together wrongly.
        if let state = call.request.http.headers["If-Range"], !EntityConditions.isState(state, of: version) {
            return nil
        }
        guard let range = asked.range(of: version.size) else {
            throw ObjectsFailure(416, "InvalidRange", "The requested range is not satisfiable")
                .with("RangeRequested", field).with("ActualObjectSize", String(version.size))
                .withHeader("Content-Range", "bytes */\(version.size)")
        }
        return range
    }

    /// GetObjectAttributes: the facts that `x-amz-object-attributes` asks for.
    func attributes(_ call: ObjectsCall) async throws -> HTTPResponse {
        guard let version = try await store.object(call.key, in: call.name, version: call.request.version),
            !version.isDeleteMarker
        else { throw try await absence(call) }
        let asked = (call.request.field("x-amz-object-attributes") ?? "").split(separator: ",").map { $0.trimmed }
        guard !asked.isEmpty else {
            throw ObjectsFailure.invalidArgument(
                "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty",
                "x-amz-object-attributes", "")
        }
        var document = ObjectsDocument("GetObjectAttributesResponse")
        if asked.contains("ETag") { document.add("ETag", version.etag) }
        if asked.contains("Checksum"), let checksum = version.attributes.checksum {
            document.add("Checksum") { $0.addChecksum(checksum) }
        }
        // Made in parts: the etag says of how many.
        if asked.contains("ObjectParts"), let dash = version.etag.firstIndex(of: "-") {
            document.add("ObjectParts") { $0.add("PartsCount", String(version.etag[dash...].dropFirst())) }
        }
        if asked.contains("StorageClass") { document.add("StorageClass", "STANDARD") }
        if asked.contains("ObjectSize") { document.add("ObjectSize", version.size) }
        var response = document.response()
        response.headers["Last-Modified"] = version.modifiedAt.httpDate
        if call.bucket.settings.versioning != .never { response.headers["x-amz-version-id"] = version.version }
        return response
    }

    /// The fields that describe a version.
    private func fields(of version: ObjectVersion, _ call: ObjectsCall) -> HTTPFields {
        var fields: HTTPFields = [
            "ETag": "\"\(version.etag)\"", "Last-Modified": version.modifiedAt.httpDate, "Accept-Ranges": "bytes",
            "x-amz-server-side-encryption": "AES256",
        ]
        let attributes = version.attributes
        fields["Content-Type"] = attributes.fields["content-type"] ?? "binary/octet-stream"
        for name in ObjectFields.kept where name != "content-type" { fields[name] = attributes.fields[name] }
        for name in ObjectFields.kept { if let other = call.request.item("response-" + name) { fields[name] = other } }
        for (name, value) in attributes.metadata.sorted(by: { $0.key < $1.key }) {
            fields.append("x-amz-meta-" + name, value)
        }
        if call.bucket.settings.versioning != .never { fields["x-amz-version-id"] = version.version }
        if !attributes.tags.isEmpty { fields["x-amz-tagging-count"] = String(attributes.tags.count) }
        return fields
    }

    private func addChecksum(of version: ObjectVersion, _ call: ObjectsCall, to response: inout HTTPResponse) {
        guard call.request.field("x-amz-checksum-mode")?.asciiLowercased == "enabled" else { return }
        response.headers.add(version.attributes.checksum)
    }

    /// Tags, or the ACL that everything has.
    func objectPart(_ call: ObjectsCall) async throws -> HTTPResponse {
        guard let version = try await store.object(call.key, in: call.name, version: call.request.version),
            !version.isDeleteMarker
        else { throw try await absence(call) }
        guard call.request.has("tagging") else { return BucketDocuments.accessControl(settings.account).response() }
        var response = BucketDocuments.tagging(version.attributes.tags).response()
        if call.bucket.settings.versioning != .never { response.headers["x-amz-version-id"] = version.version }
        return response
    }
}

extension HTTPFields {
    /// Says a checksum and what it is over.
    mutating func add(_ checksum: ObjectChecksum?) {
        guard let checksum else { return }
        self[checksum.algorithm.field] = checksum.value
        self["x-amz-checksum-type"] = checksum.isComposite ? "COMPOSITE" : "FULL_OBJECT"
    }
}
