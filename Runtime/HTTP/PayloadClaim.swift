import FunctionRuntime
import MailTypes

/// What a signed request says about its body's hash (reference/functions.md §4.4, §4.6).
enum PayloadClaim: Sendable, Hashable {
    /// Nothing: the hash is that of the body itself.
    case absent
    /// 64 hexadecimal digits to check the body against.
    case hash(String)
    case unsigned(String)
    /// aws-chunked, with or without a signature for each chunk, with or without a trailer.
    case streaming(isSigned: Bool, hasTrailer: Bool, word: String)

    /// Reads the x-amz-content-sha256 field; in presigned addresses the query's item, or UNSIGNED-PAYLOAD for s3.
    init(_ request: HTTPRequest, _ claim: SignatureClaim) throws(SignatureFailure) {
        let (value, count) = request.headers.first(of: "x-amz-content-sha256")
        guard count <= 1 else { throw .incomplete("x-amz-content-sha256 is there twice") }
        let inQuery = claim.form == .query ? request.queryValue("X-Amz-Content-Sha256") : nil
        guard let word = value ?? inQuery else {
            // curl signs for S3 without the field; of presigned addresses nobody knew the body.
            self = claim.service == "s3" && claim.form == .query ? .unsigned("UNSIGNED-PAYLOAD") : .absent
            return
        }
        if word.utf8.count == 64, word.utf8.allSatisfy({ $0.isASCIIDigit || $0 &- 0x61 < 6 }) {
            self = .hash(word)
            return
        }
        // An unsigned body is S3's way only (reference/faults.md F73).
        guard claim.service == "s3" else { throw .unsupportedPayload }
        switch word {
        case "UNSIGNED-PAYLOAD": self = .unsigned(word)
        case "STREAMING-UNSIGNED-PAYLOAD-TRAILER": self = .streaming(isSigned: false, hasTrailer: true, word: word)
        case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": self = .streaming(isSigned: true, hasTrailer: false, word: word)
        case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER":
            self = .streaming(isSigned: true, hasTrailer: true, word: word)
        default: throw .unsupportedPayload
        }
    }

    /// The value as it stands in the canonical request.
    var text: String {
        switch self {
        case .absent: ""
        case .hash(let text), .unsigned(let text), .streaming(_, _, let text): text
        }
    }
}
