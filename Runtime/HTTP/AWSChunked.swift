import FunctionRuntime
import MailTypes

/// The content coding in which current SDKs upload: chunks with a size line, then a trailer with a checksum
/// (reference/functions.md §4.6). It is not HTTP's chunked coding, though it often travels inside it.
enum AWSChunked {
    /// Replaces a request's body by the decoded one, and its fields by what is true of that.
    static func unwrap(_ request: inout HTTPRequest, seal: ChunkSeal?, hasTrailer: Bool, limits: HTTPLimits)
        throws(SignatureFailure)
    {
        guard let text = request.headers["x-amz-decoded-content-length"], !text.isEmpty,
            text.utf8.allSatisfy(\.isASCIIDigit), let length = Int(text), length <= limits.bodyOctets
        else { throw .malformedBody }
        let codings = (request.headers["Content-Encoding"] ?? "").split(separator: ",").map {
            String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }.filter { !$0.isEmpty && $0.asciiLowercased != "aws-chunked" }
        request.headers["Content-Encoding"] = codings.isEmpty ? nil : codings.joined(separator: ", ")
        request.headers["Content-Length"] = text
        let announced = request.headers["x-amz-trailer"]?.asciiLowercased
        request.body = .stream(
            LookaheadStream(
                AWSChunkedStream(
                    request.body, decodedLength: length, seal: seal, checksum: hasTrailer ? announced : nil,
                    limits: limits)),
            length: length)
    }
}
