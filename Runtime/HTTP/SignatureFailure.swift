import FunctionRuntime
import MailTypes

/// Why a signature is not accepted (reference/functions.md §4.4).
public enum SignatureFailure: Error, Sendable, Hashable {
    case missing
    /// The claim lacks a part or has one twice or malformed; the text names it.
    case incomplete(String)
    /// Signature version 2 in the Authorization field, or another scheme.
    case unsupportedScheme
    /// Signed for another service than the one that is called.
    case wrongService
    case unknownKey
    case mismatch
    case skewed
    case expiredAddress
    case expiredKey
    case wrongToken
    case unsignedFields
    /// The x-amz-content-sha256 value is neither a hash nor a word this service takes.
    case unsupportedPayload
    /// The body is not the one that was signed.
    case wrongBody
    /// The checksum of this name behind the body is not the body's.
    case wrongChecksum(String)
    /// The body's chunked coding (aws-chunked) is malformed or not of the length announced.
    case malformedBody
    case bodyTooLarge
    /// The key store does not answer.
    case keysUnavailable

    /// The failure as a family tells it.
    func response(_ family: ErrorFamily, requestID: Identifier128, target: String?) -> HTTPResponse {
        var words = family == .s3 ? s3Words : jsonWords(family)
        if family == .query { words.code = Self.queryCodes[words.code] ?? words.code }
        return family.response(words.status, words.code, words.message, requestID: requestID, target: target)
    }

    /// What services of the Query protocol, such as STS and SES, call the same.
    private static let queryCodes = [
        "MissingAuthenticationTokenException": "MissingAuthenticationToken",
        "IncompleteSignatureException": "IncompleteSignature", "InvalidSignatureException": "SignatureDoesNotMatch",
        "UnrecognizedClientException": "InvalidClientTokenId", "ExpiredTokenException": "ExpiredToken",
    ]

    private typealias Words = (status: Int, code: String, message: String)

    /// JSON services answer 400 (reference/workmail-api.md §1.2), REST-JSON and Query ones 403.
    private func jsonWords(_ family: ErrorFamily) -> Words {
        let refused: Int
        if case .json = family { refused = 400 } else { refused = 403 }
        switch self {
        case .missing: return (refused, "MissingAuthenticationTokenException", "Missing Authentication Token")
        case .incomplete(let part):
            return (refused, "IncompleteSignatureException", "The signature is incomplete: \(part).")
        case .unsupportedScheme:
            return (refused, "IncompleteSignatureException", "Sign the request with AWS4-HMAC-SHA256.")
        case .wrongService:
            return (refused, "InvalidSignatureException", "The credential is scoped to another service.")
        case .unknownKey, .wrongToken:
            return (refused, "UnrecognizedClientException", "The security token included in the request is invalid.")
        case .mismatch:
            return (
                refused, "InvalidSignatureException",
                "The signature does not match. Check the key and the signing method."
            )
        case .skewed:
            return (refused, "InvalidSignatureException", "The signature's time is too far from the server's time.")
        case .expiredAddress: return (refused, "InvalidSignatureException", "The signed address has expired.")
        case .expiredKey:
            return (refused, "ExpiredTokenException", "The security token included in the request is expired.")
        case .unsignedFields:
            return (
                refused, "InvalidSignatureException", "There were headers present in the request which were not signed."
            )
        case .unsupportedPayload:
            return (
                refused, "InvalidSignatureException", "The x-amz-content-sha256 header is not usable for this service."
            )
        case .wrongBody:
            return (refused, "InvalidSignatureException", "The body does not match the hash that was signed.")
        case .wrongChecksum: return (refused, "InvalidSignatureException", "The body does not match its checksum.")
        case .malformedBody: return (400, "SerializationException", "The body's coding is malformed.")
        case .bodyTooLarge: return (413, "RequestEntityTooLargeException", "The body is too large.")
        case .keysUnavailable: return (503, "ServiceUnavailableException", "Keys cannot be looked up now. Try again.")
        }
    }

    private var s3Words: Words {
        switch self {
        case .missing: (403, "AccessDenied", "Access Denied")
        case .incomplete(let part): (400, "AuthorizationHeaderMalformed", "The authorization is malformed: \(part).")
        case .unsupportedScheme: (400, "InvalidRequest", "Sign the request with AWS4-HMAC-SHA256.")
        case .wrongService: (403, "AccessDenied", "The credential is scoped to another service.")
        case .unknownKey: (403, "InvalidAccessKeyId", "The access key id does not exist here.")
        case .wrongToken: (400, "InvalidToken", "The security token does not belong to the access key.")
        case .mismatch:
            (403, "SignatureDoesNotMatch", "The signature does not match. Check the key and the signing method.")
        case .skewed:
            (403, "RequestTimeTooSkewed", "The difference between the request time and the server's time is too large.")
        case .expiredAddress: (403, "AccessDenied", "Request has expired")
        case .expiredKey: (400, "ExpiredToken", "The provided token has expired.")
        case .unsignedFields: (403, "AccessDenied", "There were headers present in the request which were not signed")
        case .unsupportedPayload:
            (
                400, "InvalidArgument",
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING- word or a SHA-256 value."
            )
        case .wrongBody:
            (
                400, "XAmzContentSHA256Mismatch",
                "The provided x-amz-content-sha256 header does not match what was computed."
            )
        case .wrongChecksum(let name):
            (400, "BadDigest", "The \(name) you specified did not match the calculated checksum.")
        case .malformedBody: (400, "IncompleteBody", "The body's coding is malformed or not of the announced length.")
        case .bodyTooLarge: (413, "EntityTooLarge", "The body is too large.")
        case .keysUnavailable: (503, "ServiceUnavailable", "Keys cannot be looked up now. Try again.")
        }
    }
}
