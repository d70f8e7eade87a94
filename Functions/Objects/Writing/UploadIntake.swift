import Cryptography
import FunctionRuntime
import MailTypes

/// Takes in the body of an upload piece by piece, and checks it against every digest that came with it.
struct UploadIntake {
    /// What was taken in, not stored yet.
    struct Upload {
        let content: StagedContent
        /// The MD5 digest in hexadecimal digits.
        let etag: String
        let checksum: ObjectChecksum?
    }

    private let limitOctets: Int
    private let contentMD5: Octets?
    private var algorithm: ObjectChecksum.Algorithm?
    /// The checksum's value where it came before the body; behind it, the endpoint has checked it.
    private var claimed: String?

    /// What a request says of its body.
    /// - Parameter fallback: the algorithm to compute when the request names none.
    init(_ request: ObjectsRequest, limitOctets: Int, fallback: ObjectChecksum.Algorithm? = nil) throws {
        self.limitOctets = limitOctets
        if let field = request.http.headers["Content-MD5"] {
            guard let digest = Base64.decode(Octets(field.utf8)), digest.count == 16 else {
                throw ObjectsFailure.invalidDigest
            }
            contentMD5 = digest
        } else {
            contentMD5 = nil
        }
        for candidate in ObjectChecksum.Algorithm.allCases {
            guard let value = request.field(candidate.field) else { continue }
            guard claimed == nil else {
                throw ObjectsFailure.invalidRequest("Expecting a single x-amz-checksum- header")
            }
            guard Base64.decode(Octets(value.utf8))?.count == candidate.octets else {
                throw ObjectsFailure.invalidRequest("Value for \(candidate.field) header is invalid.")
            }
            (algorithm, claimed) = (candidate, value)
        }
        if claimed == nil, let trailer = request.http.headers["x-amz-trailer"]?.asciiLowercased {
            algorithm = ObjectChecksum.Algorithm.allCases.first { $0.field == trailer }
        }
        algorithm = algorithm ?? fallback
    }

    /// Takes in a body. What was taken in is forgotten when anything is wrong with it.
    func take(_ body: HTTPBody, into contents: any ContentStore) async throws -> Upload {
        let writer = try await contents.stage()
        do {
            let md5 = MD5.hasher()
            var checksum = algorithm.map { ChecksumStream($0) }
            var size = 0
            func add(_ piece: Octets) async throws {
                size += piece.count
                guard size <= limitOctets else { throw ObjectsFailure.entityTooLarge }
                md5.update(piece)
                checksum?.update(piece)
                try await writer.append(piece)
            }
            switch body {
            case .octets(let octets): try await add(octets)
            case .stream(let stream, _): while let piece = try await stream.next() { try await add(piece) }
            }
            let digest = md5.finish()
            guard contentMD5 == nil || contentMD5 == digest else {
                throw ObjectsFailure(
                    400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
            }
            let value = checksum?.finish()
            if let claimed, let algorithm, claimed != value {
                throw ObjectsFailure(
                    400, "BadDigest",
                    "The \(algorithm.rawValue) you specified did not match the calculated checksum.")
            }
            return Upload(
                content: try await writer.finish(), etag: Hexadecimal.encode(digest),
                checksum: algorithm.flatMap { algorithm in value.map { ObjectChecksum(algorithm, $0) } })
        } catch {
            writer.discard()
            throw error
        }
    }
}

extension ObjectChecksum.Algorithm {
    /// Octets of a value.
    var octets: Int {
        switch self {
        case .crc32, .crc32c: 4
        case .crc64nvme: 8
        case .sha1: 20
        case .sha256: 32
        }
    }
}

/// The body of a request that is a document: collected, bounded, checked.
enum DocumentBody {
    /// Octets of a document: 1,000 keys of 1,024 octets as XML fit.
    static let octets = 2 << 20

    /// - Parameter needsDigest: whether a checksum or Content-MD5 must be there, as DeleteObjects wants.
    static func collect(_ request: ObjectsRequest, needsDigest: Bool = false) async throws -> Octets {
        let intake = try DocumentDigests(request)
        guard !needsDigest || intake.hasAny else {
            throw ObjectsFailure.invalidRequest("Missing required header for this request: Content-MD5")
        }
        let octets: Octets
        do {
            octets = try await request.http.body.collect(upTo: Self.octets)
        } catch is HTTPBodyTooLarge { throw ObjectsFailure.malformedXML }
        try intake.check(octets)
        return octets
    }
}

/// Digests that came with a document.
private struct DocumentDigests {
    var md5: Octets?
    var checksum: (ObjectChecksum.Algorithm, String)?
    var isInTrailer: Bool

    var hasAny: Bool { md5 != nil || checksum != nil || isInTrailer }

    init(_ request: ObjectsRequest) throws {
        if let field = request.http.headers["Content-MD5"] {
            guard let digest = Base64.decode(Octets(field.utf8)), digest.count == 16 else {
                throw ObjectsFailure.invalidDigest
            }
            md5 = digest
        }
        for algorithm in ObjectChecksum.Algorithm.allCases {
            if let value = request.http.headers[algorithm.field] { checksum = (algorithm, value) }
        }
        isInTrailer = request.http.headers["x-amz-trailer"] != nil
    }

    func check(_ octets: Octets) throws {
        guard md5 == nil || md5 == MD5.digest(octets) else {
            throw ObjectsFailure(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
        }
        guard let (algorithm, value) = checksum else { return }
        var stream = ChecksumStream(algorithm)
        stream.update(octets)
        guard stream.finish() == value else {
            throw ObjectsFailure(
                400, "BadDigest", "The \(algorithm.rawValue) you specified did not match the calculated checksum.")
        }
    }
}
