import FunctionRuntime
import MailTypes
import XML

/// How one of the AWS protocols writes answers and errors (reference/functions.md §4.3).
public enum Wire: Sendable, Hashable {
    /// JSON 1.0 or 1.1: the operation in `X-Amz-Target`. WorkMail spells an error's member `Message`, others `message`.
    case json(version: String, messageMember: String = "message")
    /// REST-JSON: the operation in method and path, an error's name in `x-amzn-ErrorType`.
    case restJSON
    /// Query: a form in, XML of this namespace out.
    case query(namespace: String)
    /// Smithy RPC v2 CBOR: the operation in the path, CBOR in and out.
    case cbor

    /// The answer of an operation.
    public func response(_ output: JSONObject, operation: String, requestID: Identifier128) -> HTTPResponse {
        switch self {
        case .json, .restJSON: return json(200, .object(output))
        case .cbor: return Self.cbor(200, output)
        case .query(let namespace):
            // There even when it is empty: client libraries look for it.
            let result = "<\(operation)Result>\(Self.xml(.object(output)))</\(operation)Result>"
            return xml(
                200,
                """
                <\(operation)Response xmlns="\(namespace)">\(result)\
                <ResponseMetadata><RequestId>\(requestID)</RequestId></ResponseMetadata></\(operation)Response>
                """, requestID)
        }
    }

    /// A refusal.
    public func response(_ failure: ServiceFailure, requestID: Identifier128) -> HTTPResponse {
        let code = name(of: failure.code)
        switch self {
        case .json(_, let messageMember):
            var body: JSONObject = JSONObject(["__type": .string(code.name), messageMember: .string(failure.message)])
            for (name, value) in failure.members.members { body[name] = value }
            var response = json(code.status, .object(body))
            response.headers["x-amzn-ErrorType"] = code.name
            return response
        case .restJSON:
            var body = failure.members
            if body["message"] == nil, body["Message"] == nil { body["message"] = .string(failure.message) }
            var response = json(code.status, .object(body))
            response.headers["x-amzn-ErrorType"] = code.name
            return response
        case .cbor:
            var body: JSONObject = ["__type": .string(code.name), "message": .string(failure.message)]
            for (name, value) in failure.members.members { body[name] = value }
            var response = Self.cbor(code.status, body)
            response.headers["x-amzn-ErrorType"] = code.name
            return response
        case .query(let namespace):
            return xml(
                code.status,
                """
                <ErrorResponse xmlns="\(namespace)"><Error><Type>\(code.status < 500 ? "Sender" : "Receiver")</Type>\
                <Code>\(XMLText.escape(code.name))</Code><Message>\(XMLText.escape(failure.message))</Message></Error>\
                <RequestId>\(requestID)</RequestId></ErrorResponse>
                """, requestID)
        }
    }

    /// A moment in an answer: seconds since 1970 in JSON, marked as a moment in CBOR, RFC 3339 in XML.
    public func moment(_ moment: Timestamp) -> JSONValue {
        switch self {
        case .query: .string(moment.rfc3339)
        case .cbor: CBORWriter.moment(moment)
        case .json, .restJSON: .timestamp(moment)
        }
    }

    /// The common names differ between the protocols.
    private func name(of code: ServiceFailure.Code) -> ServiceFailure.Code {
        switch (self, code) {
        case (.query, .accessDenied): ServiceFailure.Code("AccessDenied", status: 403)
        case (.query, .unknownOperation): ServiceFailure.Code("InvalidAction")
        case (.query, .validation), (.query, .serialization): ServiceFailure.Code("ValidationError")
        case (.restJSON, .accessDenied): ServiceFailure.Code("AccessDeniedException", status: 403)
        default: code
        }
    }

    private func json(_ status: Int, _ value: JSONValue) -> HTTPResponse {
        let type =
            if case .json(let version, _) = self { "application/x-amz-json-\(version)" } else { "application/json" }
        return HTTPResponse(status, headers: ["Content-Type": type], body: .octets(value.octets))
    }

    private static func cbor(_ status: Int, _ object: JSONObject) -> HTTPResponse {
        HTTPResponse(
            status, headers: ["Content-Type": "application/cbor", "Smithy-Protocol": "rpc-v2-cbor"],
            body: .octets(CBORWriter.octets(.object(object))))
    }

    private func xml(_ status: Int, _ text: String, _ requestID: Identifier128) -> HTTPResponse {
        HTTPResponse(status, type: "text/xml", text)
    }

    /// Members as elements, lists as `member` elements: the Query protocol's way for every service here.
    private static func xml(_ value: JSONValue) -> String {
        switch value {
        case .null: ""
        case .bool(let bool): bool ? "true" : "false"
        case .integer(let number): String(number)
        case .number: value.octets.text
        case .string(let text): XMLText.escape(text)
        case .array(let elements): elements.map { "<member>\(xml($0))</member>" }.joined()
        case .object(let object): object.members.map { "<\($0.name)>\(xml($0.value))</\($0.name)>" }.joined()
        }
    }
}
