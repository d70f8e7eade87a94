import FunctionRuntime
import MailTypes

/// Why a call was refused, by the codes that clients compare (reference/functions.md §4.5).
struct ObjectsFailure: Error {
    let status: Int
    let code: String
    let message: String
    /// Further elements of the error's document, in order.
    var details: [(String, String)] = []
    var headers: HTTPFields = HTTPFields()
    /// What the log reads, when that is more than the client does.
    var cause: String?

    init(_ status: Int, _ code: String, _ message: String, cause: String? = nil) {
        (self.status, self.code, self.message, self.cause) = (status, code, message, cause)
    }

    static let accessDenied = ObjectsFailure(403, "AccessDenied", "Access Denied")
    static let methodNotAllowed = ObjectsFailure(
        405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
    static let malformedXML = ObjectsFailure(
        400, "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema")
    static let preconditionFailed = ObjectsFailure(
        412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
    static let invalidDigest = ObjectsFailure(400, "InvalidDigest", "The Content-MD5 you specified was invalid.")
    static let invalidPart = ObjectsFailure(
        400, "InvalidPart",
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified "
            + "entity tag may not match the part's entity tag.")
    static let noSuchUpload = ObjectsFailure(
        404, "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
            + "completed.")
    static let entityTooLarge = ObjectsFailure(
        400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")

    static func noSuchBucket(_ name: String) -> ObjectsFailure {
        ObjectsFailure(404, "NoSuchBucket", "The specified bucket does not exist").with("BucketName", name)
    }

    static func noSuchKey(_ key: String) -> ObjectsFailure {
        ObjectsFailure(404, "NoSuchKey", "The specified key does not exist.").with("Key", key)
    }

    static func noSuchVersion(_ key: String, _ version: String) -> ObjectsFailure {
        ObjectsFailure(404, "NoSuchVersion", "The specified version does not exist.").with("Key", key)
            .with("VersionId", version)
    }

    static func invalidArgument(_ message: String, _ name: String, _ value: String) -> ObjectsFailure {
        ObjectsFailure(400, "InvalidArgument", message).with("ArgumentName", name).with("ArgumentValue", value)
    }

    static func invalidRequest(_ message: String) -> ObjectsFailure { ObjectsFailure(400, "InvalidRequest", message) }

    static func notImplemented(_ what: String) -> ObjectsFailure {
        ObjectsFailure(501, "NotImplemented", "\(what) is not implemented here.")
    }

    /// A store's failure where no more is known of what was asked.
    init(_ failure: StoreFailure) {
        switch failure {
        case .notFound: self.init(404, "NoSuchKey", "The specified key does not exist.")
        case .exists, .conflict: self = .preconditionFailed
        default:
            self.init(
                503, "ServiceUnavailable", "The service cannot answer now. Try again.", cause: "\(failure)")
        }
    }

    func with(_ name: String, _ value: String) -> ObjectsFailure {
        var failure = self
        failure.details.append((name, value))
        return failure
    }

    func withHeader(_ name: String, _ value: String) -> ObjectsFailure {
        var failure = self
        failure.headers.append(name, value)
        return failure
    }

    /// The error's document.
    func response(requestID: Identifier128) -> HTTPResponse {
        guard status != 304 else { return HTTPResponse(304, headers: headers) }
        var document = ObjectsDocument("Error", namespace: nil)
        document.add("Code", code)
        document.add("Message", message)
        for (name, value) in details { document.add(name, value) }
        document.add("RequestId", requestID.description)
        document.add("HostId", "mailroom")
        var response = document.response(status)
        for field in headers.fields { response.headers.append(field.name, field.value) }
        if status == 503 { response.headers["Retry-After"] = "5" }
        return response
    }
}
