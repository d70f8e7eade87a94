import FunctionRuntime
import MailTypes

/// How a protocol family writes errors, so that each client library reads ours as it reads its own.
public enum ErrorFamily: Sendable, Hashable {
    /// AWS JSON 1.0 or 1.1: `__type` in the body.
    case json(version: String)
    /// Smithy RPC v2 CBOR: `__type` in the body, a map.
    case cbor
    /// REST-JSON: the type in `x-amzn-ErrorType`, `message` in the body.
    case restJSON
    /// S3's XML.
    case s3
    /// The Query protocol's XML.
    case query
    /// One line of text, for everyone else.
    case text

    /// The family that whoever sent this expects.
    ///
    /// - Parameter signingService: what the route asks for, which says more than a request that is not signed.
    public init(of request: HTTPRequest, signingService: String? = nil) {
        self.init(of: request, service: SignatureClaim.service(of: request) ?? signingService)
    }

    /// The family that whoever sent this for a service expects.
    init(of request: HTTPRequest, service: String?) {
        if request.headers["Smithy-Protocol"] == "rpc-v2-cbor" {
            self = .cbor
        } else if request.headers["X-Amz-Target"] != nil {
            let type = request.headers["Content-Type"] ?? ""
            self = .json(version: type.hasSuffix("-1.0") ? "1.0" : "1.1")
        } else if service == "s3" {
            self = .s3
        } else if service != nil {
            let isForm = request.headers["Content-Type"]?.hasPrefix("application/x-www-form-urlencoded") == true
            self = isForm ? .query : .restJSON
        } else if request.path.hasPrefix("/messages/") || request.path.hasPrefix("/2015-03-31/") {
            // Unsigned, but on a path only these clients ask for.
            self = .restJSON
        } else {
            self = .text
        }
    }

    /// An error as this family writes it.
    ///
    /// - Parameters:
    ///   - code: the exception's name.
    ///   - message: a sentence of ours. It is never the peer's text, so nothing in it needs escaping.
    func response(_ status: Int, _ code: String, _ message: String, requestID: Identifier128, target: String? = nil)
        -> HTTPResponse
    {
        let id = requestID.description
        switch self {
        case .json(let version):
            // The WorkMail model spells the member with a capital, everybody else does not.
            let member = target?.hasPrefix("WorkMailService.") == true ? "Message" : "message"
            return HTTPResponse(
                status, type: "application/x-amz-json-\(version)", #"{"__type":"\#(code)","\#(member)":"\#(message)"}"#)
        case .cbor:
            let body: JSONObject = ["__type": .string(code), "message": .string(message)]
            return HTTPResponse(
                status, headers: ["Content-Type": "application/cbor", "Smithy-Protocol": "rpc-v2-cbor"],
                body: .octets(CBORWriter.octets(.object(body))))
        case .restJSON:
            // Lambda's front end says whose fault it is; others' clients look at the message alone.
            let fault = status < 500 ? "User" : "Service"
            var response = HTTPResponse(
                status, type: "application/json", #"{"Type":"\#(fault)","message":"\#(message)"}"#)
            response.headers["x-amzn-ErrorType"] = code
            return response
        case .s3:
            var response = HTTPResponse(
                status, type: "application/xml",
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <Error><Code>\(code)</Code><Message>\(message)</Message><RequestId>\(id)</RequestId></Error>
                """)
            response.headers["x-amz-request-id"] = id
            return response
        case .query:
            return HTTPResponse(
                status, type: "text/xml",
                """
                <ErrorResponse><Error><Type>\(status < 500 ? "Sender" : "Receiver")</Type><Code>\(code)</Code>\
                <Message>\(message)</Message></Error><RequestId>\(id)</RequestId></ErrorResponse>
                """)
        case .text:
            return HTTPResponse(status, type: "text/plain; charset=utf-8", "\(status) \(code): \(message)\n")
        }
    }
}
