import FunctionRuntime
import MailTypes
import Testing

@testable import HTTP

@Suite struct AWSChunkedTests {
    /// What AWS publishes as the example of a chunked upload: 65536 + 1024 octets of `a`.
    static let published = AccessKey(
        id: "AKIAIOSFODNN7EXAMPLE", secret: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"))

    private static func publishedRequest(spoil: Bool = false) -> HTTPRequest {
        var body = Octets(
            text: "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n")
        body += Octets(repeating: 0x61, count: 65_536)
        body += "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n".utf8
        body += Octets(repeating: spoil ? 0x62 : 0x61, count: 1_024)
        body += "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n".utf8
        return HTTPRequest(
            method: "PUT", path: "/examplebucket/chunkObject.txt",
            headers: [
                "Host": "s3.amazonaws.com", "x-amz-date": "20130524T000000Z",
                "x-amz-storage-class": "REDUCED_REDUNDANCY",
                "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "Content-Encoding": "aws-chunked",
                "x-amz-decoded-content-length": "66560", "Content-Length": "66824",
                "Authorization": "AWS4-HMAC-SHA256 "
                    + "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=content-encoding;"
                    + "content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class,"
                    + "Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
            ],
            // Split where it hurts: in the middle of a size line and of a chunk.
            body: .stream(
                Pieces([Octets(body[..<50]), Octets(body[50..<40_000]), Octets(body[40_000...])]), length: body.count),
            peer: NetworkAddress(host: "192.0.2.7", port: 1))
    }

    @Test func `the published example of signed chunks is decoded`() async throws {
        let now = Timestamp(year: 2013, month: 5, day: 24)
        let verified = try await SignatureVerifier { _ in Self.published }.verify(Self.publishedRequest(), at: now)
        #expect(try await verified.body.collect(upTo: 100_000) == Octets(repeating: 0x61, count: 66_560))
        #expect(verified.headers["Content-Encoding"] == nil)
        #expect(verified.headers["Content-Length"] == "66560")
        let spoiled = try await SignatureVerifier { _ in Self.published }.verify(
            Self.publishedRequest(spoil: true), at: now)
        await #expect(throws: SignatureFailure.mismatch) { _ = try await spoiled.body.collect(upTo: 100_000) }
    }

    private func decode(
        _ text: String, length: Int, checksum: String? = "x-amz-checksum-crc32", pieces: Int = 7
    ) async throws -> String {
        let octets = Octets(text: text)
        let parts = stride(from: 0, to: octets.count, by: pieces).map {
            Octets(octets[$0..<min($0 + pieces, octets.count)])
        }
        let stream = LookaheadStream(
            AWSChunkedStream(
                .stream(Pieces(parts), length: nil), decodedLength: length, seal: nil, checksum: checksum,
                limits: HTTPLimits()))
        return try await HTTPBody.stream(stream, length: length).collect(upTo: 1 << 20).text
    }

    @Test(arguments: 1...40) func `an unsigned upload with a trailer is decoded however it is cut`(_ pieces: Int)
        async throws
    {
        let text = "b\r\nhello world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n"
        #expect(try await decode(text, length: 11, pieces: pieces) == "hello world")
    }

    @Test(arguments: [
        ("crc32", "y/Q5Jg=="), ("crc32c", "4waSgw=="), ("crc64nvme", "rosUhgp5mIg="),
        ("sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="), ("sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
    ])
    func `every checksum of current SDKs is known`(_ name: String, _ value: String) async throws {
        let text = "4\r\n1234\r\n5\r\n56789\r\n0\r\nX-Amz-Checksum-\(name): \(value)\r\n\r\n"
        #expect(try await decode(text, length: 9, checksum: "x-amz-checksum-\(name)") == "123456789")
        await #expect(throws: SignatureFailure.wrongChecksum(name.uppercased())) {
            _ = try await decode(text.swapping("1234", "1235"), length: 9, checksum: "x-amz-checksum-\(name)")
        }
    }

    @Test(arguments: [
        ("b\r\nhello world\r\n0\r\n\r\n", 11), ("b\r\nhello world\r\n0\r\nx-other: 1\r\n\r\n", 11),
        ("b\r\nhello world\r\n", 11), ("b\r\nhello world0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n", 11),
        ("b\r\nhello world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n", 12),
        ("b\r\nhello world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n", 10),
        ("b\nhello world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n", 11),
        ("b\r\nhello world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\nmore", 11), ("", 0), ("zz\r\n", 1),
        ("fffffffffffffff\r\n", 11),
    ])
    func `a malformed upload is refused before its end`(_ text: String, _ length: Int) async {
        await #expect(throws: SignatureFailure.malformedBody) { _ = try await decode(text, length: length) }
    }
}
