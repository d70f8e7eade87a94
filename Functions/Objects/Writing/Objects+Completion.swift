import Cryptography
import FunctionRuntime
import MailTypes
import XML

extension Objects {
    /// Octets that every part has but the last.
    static let partOctets = 5 << 20

    /// CompleteMultipartUpload.
    func completeUpload(_ call: ObjectsCall) async throws -> HTTPResponse {
        let upload = try await upload(call)
        let wanted = try CompletedParts(try await DocumentBody.collect(call.request))
        let parts = try await match(wanted, with: upload)
        let joined = try JoinedParts(parts, checksum: upload.draft.attributes.checksum)
        try joined.check(against: call.request)
        var attributes = upload.draft.attributes
        attributes.checksum = joined.checksum
        let draft = call.draft(
            etag: joined.etag, attributes, condition: try ObjectFields.condition(of: call.request))
        let version = try await stored(call) {
            try await store.completeUpload(
                upload.id, parts: parts, as: draft,
                jobs: jobs(call, stored: "ObjectCreated:CompleteMultipartUpload"))
        }
        var document = ObjectsDocument("CompleteMultipartUploadResult")
        document.add("Location", call.request.http.path)
        document.add("Bucket", call.name)
        document.add("Key", call.key)
        document.add("ETag", "\"\(version.etag)\"")
        document.addChecksum(version.attributes.checksum)
        var response = document.response()
        for field in storedFields(version, call).fields where field.name != "ETag" {
            response.headers[field.name] = field.value
        }
        return response
    }

    /// The stored parts that a completion names, in its order.
    private func match(_ wanted: CompletedParts, with upload: ObjectUpload) async throws -> [ObjectPart] {
        var found: [Int: ObjectPart] = [:]
        var last = 0
        while true {
            let page = try await whileUploading {
                try await store.parts(of: upload.id, after: last, limit: 1000)
            }
            for part in page { found[part.number] = part }
            guard page.count == 1000, let end = page.last else { break }
            last = end.number
        }
        var parts: [ObjectPart] = []
        var size = 0
        for (index, one) in wanted.parts.enumerated() {
            guard let part = found[one.number], part.etag == one.etag,
                one.checksum == nil || part.checksum == nil || one.checksum == part.checksum
            else { throw ObjectsFailure.invalidPart.with("PartNumber", String(one.number)) }
            guard part.size >= Self.partOctets || index == wanted.parts.count - 1 else {
                throw ObjectsFailure(
                    400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size"
                ).with("ProposedSize", String(part.size)).with("MinSizeAllowed", String(Self.partOctets))
                    .with("PartNumber", String(one.number)).with("ETag", part.etag)
            }
            size += part.size
            parts.append(part)
        }
        guard size <= settings.uploadOctets else { throw ObjectsFailure.entityTooLarge }
        return parts
    }
}

/// The document of a completion: which parts, in which order.
struct CompletedParts {
    var parts: [(number: Int, etag: String, checksum: ObjectChecksum?)] = []

    init(_ body: Octets) throws {
        guard let root = try? XMLElement(parsing: body, limits: XMLLimits(octets: DocumentBody.octets)),
            root.name.local == "CompleteMultipartUpload"
        else { throw ObjectsFailure.malformedXML }
        for element in root.children where element.name.local == "Part" {
            guard let text = element.child("PartNumber")?.trimmedText, let number = Int(text),
                let etag = element.child("ETag")?.trimmedText
            else { throw ObjectsFailure.malformedXML }
            guard Objects.partNumbers.contains(number) else { throw ObjectsFailure.invalidPart }
            guard number > parts.last?.number ?? 0 else {
                throw ObjectsFailure(
                    400, "InvalidPartOrder",
                    "The list of parts was not in ascending order. Parts must be ordered by part number.")
            }
            var checksum: ObjectChecksum?
            for algorithm in ObjectChecksum.Algorithm.allCases {
                if let value = element.child("Checksum" + algorithm.rawValue)?.trimmedText {
                    checksum = ObjectChecksum(algorithm, value)
                }
            }
            parts.append((number, EntityConditions.bare(etag), checksum))
        }
        guard !parts.isEmpty else { throw ObjectsFailure.malformedXML }
    }
}

/// Etag and checksum of an object made of parts, computed from those of the parts.
struct JoinedParts {
    let etag: String
    let checksum: ObjectChecksum?

    /// - Parameter wanted: the algorithm, and whether it is over the parts' checksums.
    init(_ parts: [ObjectPart], checksum wanted: ObjectChecksum?) throws {
        let digests = parts.flatMap { Hexadecimal.decode($0.etag) ?? [] }
        etag = "\(Hexadecimal.encode(MD5.digest(digests)))-\(parts.count)"
        guard let wanted else {
            checksum = nil
            return
        }
        var values: [Octets] = []
        for part in parts {
            guard let own = part.checksum, own.algorithm == wanted.algorithm,
                let value = Base64.decode(Octets(own.value.utf8))
            else {
                throw ObjectsFailure.invalidRequest(
                    "The upload was created using a \(wanted.algorithm.rawValue) checksum. The complete request must "
                        + "include the checksum for each part.")
            }
            values.append(value)
        }
        if wanted.isComposite {
            var stream = ChecksumStream(wanted.algorithm)
            stream.update(values.flatMap { $0 })
            checksum = ObjectChecksum(
                wanted.algorithm, "\(stream.finish())-\(parts.count)", isComposite: true)
            return
        }
        var whole: Octets? = values.first
        for (value, part) in zip(values, parts).dropFirst() {
            whole = whole.flatMap { ChecksumJoining.join($0, value, octets: part.size, wanted.algorithm) }
        }
        checksum = whole.map { ObjectChecksum(wanted.algorithm, Base64.encode($0).text) }
    }

    /// Compares with the checksum of the whole object that a client has sent along.
    func check(against request: ObjectsRequest) throws {
        guard let checksum, let claimed = request.field(checksum.algorithm.field) else { return }
        // Some clients leave the number of parts away.
        guard claimed == checksum.value || checksum.isComposite && checksum.value.hasPrefix(claimed + "-") else {
            throw ObjectsFailure(
                400, "BadDigest",
                "The \(checksum.algorithm.rawValue) you specified did not match the calculated checksum.")
        }
    }
}
