import FunctionRuntime
import MailTypes

/// Why a request is not even offered to a function: the status and one sentence for whoever wrote the client.
public struct HTTPRefusal: Error, Sendable, Hashable {
    /// 400, 408, 413, 414, 417, 431, 501 or 505.
    public let status: Int
    /// What is wrong, without anything the peer sent.
    public let sentence: String

    init(_ status: Int, _ sentence: String) { (self.status, self.sentence) = (status, sentence) }

    static let bareLineFeed = HTTPRefusal(400, "a line ends in LF without CR")
    static let bareCarriageReturn = HTTPRefusal(400, "a CR stands outside a line end")
    static let headTooLarge = HTTPRefusal(431, "the header section is too large")
    static let tooManyFields = HTTPRefusal(431, "the header section has too many fields")
    static let targetTooLong = HTTPRefusal(414, "the request target is too long")
    static let bodyTooLarge = HTTPRefusal(413, "the body is too large")
    static let badChunk = HTTPRefusal(400, "the chunked body is malformed")
    static let slowHead = HTTPRefusal(408, "the request did not arrive in time")
    static let slowBody = HTTPRefusal(408, "the body did not arrive in time")
    static let truncatedBody = HTTPRefusal(400, "the connection ended within the body")

    /// The refusal as an answer.
    public var response: HTTPResponse {
        HTTPResponse(status, type: "text/plain; charset=utf-8", "\(status) \(HTTPStatus.reason(status)): \(sentence)\n")
    }
}
