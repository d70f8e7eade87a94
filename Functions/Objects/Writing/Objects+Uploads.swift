import FunctionRuntime
import MailTypes

extension Objects {
    /// Numbers that parts can have.
    static let partNumbers = 1...10_000

    /// CreateMultipartUpload.
    func createUpload(_ call: ObjectsCall) async throws -> HTTPResponse {
        var attributes = try ObjectFields.attributes(of: call.request)
        var checksum: ObjectChecksum?
        if let name = call.request.field("x-amz-checksum-algorithm") {
            guard let algorithm = ObjectChecksum.Algorithm(rawValue: name) else {
                throw ObjectsFailure.invalidRequest("Checksum algorithm provided is unsupported.")
            }
            let isComposite = try Self.isComposite(call.request.field("x-amz-checksum-type"), algorithm)
            checksum = ObjectChecksum(algorithm, "", isComposite: isComposite)
        }
        attributes.checksum = checksum
        let id = try await store.startUpload(call.draft(attributes))
        var document = ObjectsDocument("InitiateMultipartUploadResult")
        document.add("Bucket", call.name)
        document.add("Key", call.key)
        document.add("UploadId", id)
        var response = document.response()
        response.headers["x-amz-server-side-encryption"] = "AES256"
        if let checksum {
            response.headers["x-amz-checksum-algorithm"] = checksum.algorithm.rawValue
            response.headers["x-amz-checksum-type"] = checksum.isComposite ? "COMPOSITE" : "FULL_OBJECT"
        }
        return response
    }

    /// What a checksum of several parts is over: digests can only be over those of the parts, CRC64NVME only over all.
    private static func isComposite(_ type: String?, _ algorithm: ObjectChecksum.Algorithm) throws -> Bool {
        let wanted = type.map { $0 == "COMPOSITE" } ?? (algorithm != .crc64nvme)
        let isDigest = algorithm == .sha1 || algorithm == .sha256
        guard type == nil || type == "COMPOSITE" || type == "FULL_OBJECT", wanted || !isDigest,
            !wanted || algorithm != .crc64nvme
        else {
            throw ObjectsFailure.invalidRequest(
                "The \(type ?? "") checksum type cannot be used with the \(algorithm.rawValue) checksum algorithm.")
        }
        return wanted
    }

    /// The upload that a call names.
    func upload(_ call: ObjectsCall) async throws -> ObjectUpload {
        try await whileUploading {
            try await store.upload(call.request.item("uploadId") ?? "", of: call.key, in: call.name)
        }
    }

    /// Does something with an upload, which may be over by then.
    func whileUploading<Value>(_ work: () async throws -> Value) async throws -> Value {
        try await telling({ $0.isMissing("upload") ? .noSuchUpload : nil }, work)
    }

    private func partNumber(_ call: ObjectsCall) throws -> Int {
        let text = call.request.item("partNumber") ?? ""
        guard let number = Int(text), Self.partNumbers.contains(number) else {
            throw ObjectsFailure.invalidArgument(
                "Part number must be an integer between 1 and 10000, inclusive", "partNumber", text)
        }
        return number
    }

    /// UploadPart.
    func uploadPart(_ call: ObjectsCall) async throws -> HTTPResponse {
        let number = try partNumber(call)
        let upload = try await upload(call)
        let intake = try UploadIntake(
            call.request, limitOctets: settings.objectOctets, fallback: upload.draft.attributes.checksum?.algorithm)
        let taken = try await intake.take(call.request.http.body, into: contents)
        let part = try await put(taken, number, of: upload, call)
        var response = HTTPResponse(
            200, headers: ["ETag": "\"\(part.etag)\"", "x-amz-server-side-encryption": "AES256"])
        if let checksum = part.checksum { response.headers[checksum.algorithm.field] = checksum.value }
        return response
    }

    private func put(_ taken: UploadIntake.Upload, _ number: Int, of upload: ObjectUpload, _ call: ObjectsCall)
        async throws -> ObjectPart
    {
        let part = ObjectPart(
            number: number, size: taken.content.size, etag: taken.etag, checksum: taken.checksum,
            modifiedAt: call.context.now)
        try await whileUploading { try await store.putPart(part, content: taken.content, of: upload.id) }
        return part
    }

    /// UploadPartCopy: the range is read and stored again, since a part is one content.
    func copyPart(_ call: ObjectsCall) async throws -> HTTPResponse {
        let number = try partNumber(call)
        let upload = try await upload(call)
        let content = try await copySource(call)
        var range = 0..<content.version.size
        if let field = call.request.http.headers["x-amz-copy-source-range"] {
            guard case .from(let first, let last?)? = ByteRange(field), last < content.version.size else {
                throw ObjectsFailure.invalidArgument(
                    "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are "
                        + "the zero-based offsets of the first and last bytes to copy", "x-amz-copy-source-range", field
                )
            }
            range = first..<last + 1
        }
        let intake = try UploadIntake(
            call.request, limitOctets: settings.objectOctets, fallback: upload.draft.attributes.checksum?.algorithm)
        let taken = try await intake.take(
            .stream(ObjectStream(content, range: range), length: range.count), into: contents)
        let part = try await put(taken, number, of: upload, call)
        var document = ObjectsDocument("CopyPartResult")
        document.add("LastModified", part.modifiedAt.rfc3339)
        document.add("ETag", "\"\(part.etag)\"")
        if let checksum = part.checksum { document.add("Checksum" + checksum.algorithm.rawValue, checksum.value) }
        return document.response()
    }

    /// AbortMultipartUpload.
    func abortUpload(_ call: ObjectsCall) async throws -> HTTPResponse {
        let upload = try await upload(call)
        try await whileUploading { try await store.abortUpload(upload.id) }
        return HTTPResponse(204)
    }

    /// ListParts.
    func listParts(_ call: ObjectsCall) async throws -> HTTPResponse {
        let upload = try await upload(call)
        let limit = try call.request.number("max-parts", 0...Int(Int32.max), default: 1000)
        let marker = try call.request.number("part-number-marker", 0...Int(Int32.max), default: 0)
        var parts = try await store.parts(of: upload.id, after: marker, limit: min(limit, 1000) + 1)
        let isTruncated = parts.count > min(limit, 1000)
        if isTruncated { parts.removeLast() }
        var document = ObjectsDocument("ListPartsResult")
        document.add("Bucket", call.name)
        document.add("Key", call.key)
        document.add("UploadId", upload.id)
        document.add("PartNumberMarker", marker)
        if let last = parts.last { document.add("NextPartNumberMarker", last.number) }
        document.add("MaxParts", limit)
        document.add("IsTruncated", isTruncated)
        for part in parts {
            document.add("Part") {
                $0.add("PartNumber", part.number)
                $0.add("LastModified", part.modifiedAt.rfc3339)
                $0.add("ETag", "\"\(part.etag)\"")
                $0.add("Size", part.size)
                if let checksum = part.checksum { $0.add("Checksum" + checksum.algorithm.rawValue, checksum.value) }
            }
        }
        document.add("Initiator") { $0.add("ID", settings.account) }
        document.addOwner(settings.account)
        document.add("StorageClass", "STANDARD")
        return document.response()
    }

    /// ListMultipartUploads.
    func listUploads(_ call: ObjectsCall) async throws -> HTTPResponse {
        let listing = try ListingTerms(call.request)
        let limit = min(try call.request.number("max-uploads", 0...Int(Int32.max), default: 1000), 1000)
        let keyMarker = call.request.item("key-marker") ?? ""
        let idMarker = call.request.item("upload-id-marker") ?? ""
        // Without an id, all uploads of the key have been listed.
        let after = keyMarker.isEmpty ? nil : (key: keyMarker, id: idMarker.isEmpty ? Self.lastID : idMarker)
        var uploads = try await store.uploads(
            in: call.name, prefix: listing.prefix, after: after, limit: limit + 1)
        let isTruncated = uploads.count > limit
        if isTruncated { uploads.removeLast() }
        var document = ObjectsDocument("ListMultipartUploadsResult")
        document.add("Bucket", call.name)
        document.add("KeyMarker", listing.encoded(keyMarker))
        document.add("UploadIdMarker", idMarker)
        if isTruncated, let last = uploads.last {
            document.add("NextKeyMarker", listing.encoded(last.key))
            document.add("NextUploadIdMarker", last.id)
        }
        document.add("Prefix", listing.encoded(listing.prefix))
        document.add("EncodingType", listing.encodingType)
        document.add("MaxUploads", limit)
        document.add("IsTruncated", isTruncated)
        for upload in uploads {
            document.add("Upload") {
                $0.add("Key", listing.encoded(upload.key))
                $0.add("UploadId", upload.id)
                $0.addOwner(settings.account, as: "Initiator")
                $0.addOwner(settings.account)
                $0.add("StorageClass", "STANDARD")
                $0.add("Initiated", upload.startedAt.rfc3339)
            }
        }
        return document.response()
    }

    private static let lastID = String(repeating: "f", count: 32)
}
