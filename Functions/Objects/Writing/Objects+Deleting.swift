import FunctionRuntime
import MailTypes
import XML

extension Objects {
    /// Keys of one DeleteObjects.
    private static let keysMost = 1000

    /// DeleteObject.
    func deleteObject(_ call: ObjectsCall) async throws -> HTTPResponse {
        let deleted = try await store.deleteObject(
            call.key, version: call.request.version,
            etag: call.request.field("if-match").map(EntityConditions.bare), in: call.name, at: call.context.now,
            jobs: jobs(call))
        guard !deleted.isRefused else { throw ObjectsFailure.preconditionFailed }
        var response = HTTPResponse(204)
        response.headers["x-amz-version-id"] = deleted.version
        if deleted.isDeleteMarker { response.headers["x-amz-delete-marker"] = "true" }
        return response
    }

    /// DeleteObjects: each key on its own, all that the caller may delete in one commit.
    func deleteObjects(_ call: ObjectsCall) async throws -> HTTPResponse {
        let body = try await DocumentBody.collect(call.request, needsDigest: true)
        guard let root = try? XMLElement(parsing: body, limits: XMLLimits(octets: DocumentBody.octets)),
            root.name.local == "Delete"
        else { throw ObjectsFailure.malformedXML }
        let isQuiet = root.child("Quiet")?.trimmedText == "true"
        let wanted = root.children.filter { $0.name.local == "Object" }
        guard (1...Self.keysMost).contains(wanted.count) else { throw ObjectsFailure.malformedXML }
        var (names, denied): ([ObjectName], [ObjectName]) = ([], [])
        for element in wanted {
            guard let key = element.child("Key")?.text, (1...ObjectsRequest.keyOctets).contains(key.utf8.count) else {
                throw ObjectsFailure.malformedXML
            }
            let version = element.child("VersionId")?.trimmedText
            let etag = element.child("ETag")?.trimmedText
            let name = ObjectName(
                key, version: version.flatMap { $0.isEmpty ? nil : $0 }, etag: etag.map(EntityConditions.bare))
            let isAllowed = try await allows(
                name.version == nil ? "s3:DeleteObject" : "s3:DeleteObjectVersion", on: "\(call.arn)/\(key)",
                call.request, policy: call.bucket.settings.policy)
            if isAllowed { names.append(name) } else { denied.append(name) }
        }
        let deleted = try await store.deleteObjects(names, in: call.name, at: call.context.now, jobs: jobs(call))
        var document = ObjectsDocument("DeleteResult")
        for (name, deletion) in zip(names, deleted) {
            if deletion.isRefused {
                Self.add(.preconditionFailed, of: name, to: &document)
            } else if !isQuiet {
                Self.add(deletion, of: name, to: &document)
            }
        }
        let refusal = ObjectsFailure(403, "AccessDenied", "Access Denied")
        for name in denied { Self.add(refusal, of: name, to: &document) }
        return document.response()
    }

    private static func add(_ failure: ObjectsFailure, of name: ObjectName, to document: inout ObjectsDocument) {
        document.add("Error") {
            $0.add("Key", name.key)
            $0.add("VersionId", name.version)
            $0.add("Code", failure.code)
            $0.add("Message", failure.message)
        }
    }

    private static func add(_ deletion: ObjectDeletion, of name: ObjectName, to document: inout ObjectsDocument) {
        document.add("Deleted") {
            $0.add("Key", deletion.key)
            $0.add("VersionId", name.version)
            if deletion.isDeleteMarker {
                $0.add("DeleteMarker", true)
                $0.add("DeleteMarkerVersionId", deletion.version)
            }
        }
    }
}
