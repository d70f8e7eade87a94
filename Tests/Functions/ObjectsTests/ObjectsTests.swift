import Cryptography
import FunctionRuntime
import MailTypes
import Testing

@testable import Objects

@Suite struct ObjectsTests {
    @Test func `a bucket is made, found, made again, listed and deleted`() async throws {
        let door = Door()
        #expect(try await door.ask("HEAD", "/box").status == 404)
        #expect(try await door.ask("HEAD", "/box").body.isEmpty)
        #expect(try await door.ask("PUT", "/box").status == 200)
        #expect(try await door.ask("PUT", "/box").status == 200)
        #expect(try await door.ask("HEAD", "/box").status == 200)
        #expect(try await door.ask("GET", "/").elements("Name") == ["box"])
        #expect(try await door.ask("GET", "/box?location").status == 200)
        try await door.put("/box/a", "x")
        let full = try await door.ask("DELETE", "/box")
        #expect(full.status == 409 && full.element("Code") == "BucketNotEmpty")
        #expect(try await door.ask("DELETE", "/box/a").status == 204)
        #expect(try await door.ask("DELETE", "/box").status == 204)
        #expect(try await door.ask("GET", "/box").element("Code") == "NoSuchBucket")
        for name in ["ab", "Box", "-box", "box-", "b..x", "1.2.3.4", "b_x"] {
            #expect(try await door.ask("PUT", "/\(name)").element("Code") == "InvalidBucketName", "\(name)")
        }
    }

    @Test func `an object comes back with what was said about it`() async throws {
        let door = Door()
        _ = try await door.ask("PUT", "/box")
        let stored = try await door.put(
            "/box/a%20b/%C3%A9%2B1.eml", "hello",
            headers: [
                "Content-Type": "message/rfc822", "x-amz-meta-Who": "ann", "Content-Encoding": "aws-chunked, gzip",
                "x-amz-checksum-crc32": "NhCmhg==", "x-amz-tagging": "k=v&l=",
            ])
        let etag = "\"5d41402abc4b2a76b9719d911017c592\""
        #expect(stored.status == 200 && stored.headers["ETag"] == etag)
        #expect(stored.headers["x-amz-checksum-crc32"] == "NhCmhg==")
        #expect(stored.headers["x-amz-checksum-type"] == "FULL_OBJECT")
        #expect(stored.headers["x-amz-version-id"] == nil)
        let read = try await door.ask(
            "GET", "/box/a%20b/%C3%A9%2B1.eml", headers: ["x-amz-checksum-mode": "ENABLED"])
        #expect(read.status == 200 && read.text == "hello" && read.headers["ETag"] == etag)
        #expect(read.headers["Content-Type"] == "message/rfc822" && read.headers["Content-Encoding"] == "gzip")
        #expect(read.headers["x-amz-meta-who"] == "ann" && read.headers["x-amz-tagging-count"] == "2")
        #expect(read.headers["x-amz-checksum-crc32"] == "NhCmhg==")
        #expect(read.headers["Last-Modified"] == "Fri, 20 Nov 2026 00:00:00 GMT")
        let head = try await door.ask("HEAD", "/box/a%20b/%C3%A9%2B1.eml")
        #expect(head.status == 200 && head.body.isEmpty && head.headers["Content-Length"] == "5")
        #expect(head.headers["x-amz-checksum-crc32"] == nil, "only who asks gets it")
        let other = try await door.ask("GET", "/box/a%20b/%C3%A9%2B1.eml?response-content-type=text%2Fplain")
        #expect(other.headers["Content-Type"] == "text/plain")
        let missing = try await door.ask("GET", "/box/%3Cno%3E")
        #expect(missing.status == 404 && missing.element("Code") == "NoSuchKey" && missing.element("Key") == "<no>")
    }

    @Test func `wrong digests are told apart and nothing is stored`() async throws {
        let door = Door()
        _ = try await door.ask("PUT", "/box")
        for (headers, code) in [
            (["x-amz-checksum-crc32": "AAAAAA=="], "BadDigest"), (["x-amz-checksum-sha256": "x"], "InvalidRequest"),
            (["x-amz-checksum-crc32": "NhCmhg==", "x-amz-checksum-sha1": "x"], "InvalidRequest"),
            (["Content-MD5": "nonsense"], "InvalidDigest"),
            (["Content-MD5": Base64.encode(MD5.digest([1])).text], "BadDigest"),
            (["x-amz-checksum-crc64nvme": "AAAAAAAAAAA="], "BadDigest"),
        ] as [(HTTPFields, String)] {
            let answer = try await door.put("/box/a", "hello", headers: headers)
            #expect(answer.status == 400 && answer.element("Code") == code)
        }
        #expect(try await door.ask("HEAD", "/box/a").status == 404)
        for algorithm in ObjectChecksum.Algorithm.allCases {
            var stream = ChecksumStream(algorithm)
            stream.update(Octets(text: "hello"))
            let answer = try await door.put(
                "/box/a", "hello", headers: HTTPFields([.init(algorithm.field, stream.finish())]))
            #expect(answer.status == 200 && answer.headers[algorithm.field] != nil)
        }
    }

    @Test(
        arguments: [
            ("bytes=0-4", 206, "01234", "bytes 0-4/10"), ("bytes=5-", 206, "56789", "bytes 5-9/10"),
            ("bytes=-3", 206, "789", "bytes 7-9/10"), ("bytes=8-100", 206, "89", "bytes 8-9/10"),
            ("bytes=0-0,2-3", 200, "0123456789", nil), ("lines=1-2", 200, "0123456789", nil),
            ("bytes=10-", 416, "", "bytes */10"), ("bytes=-0", 416, "", "bytes */10"),
            ("bytes=4-2", 200, "0123456789", nil),
        ] as [(String, Int, String, String?)])
    func `ranges are cut out of an object`(_ range: String, _ status: Int, _ text: String, _ told: String?) async throws
    {
        let door = Door()
        _ = try await door.ask("PUT", "/box")
        try await door.put("/box/a", "0123456789")
        let read = try await door.ask("GET", "/box/a", headers: ["Range": range])
        #expect(read.status == status && read.headers["Content-Range"] == told)
        if status == 416 { #expect(read.element("Code") == "InvalidRange") } else { #expect(read.text == text) }
        #expect(try await door.ask("HEAD", "/box/a", headers: ["Range": range]).status == status)
    }

    @Test func `conditions decide whether an object is read or stored`() async throws {
        let door = Door()
        _ = try await door.ask("PUT", "/box")
        let etag = try #require(try await door.put("/box/a", "one").headers["ETag"])
        for (name, value, status) in [
            ("If-Match", etag, 200), ("If-Match", "*", 200), ("If-Match", "\"x\", \(etag)", 200),
            ("If-Match", "\"x\"", 412), ("If-None-Match", etag, 304), ("If-None-Match", "W/\(etag)", 304),
            ("If-None-Match", "\"x\"", 200), ("If-Modified-Since", "Fri, 20 Nov 2026 00:00:00 GMT", 304),
            ("If-Modified-Since", "Thu, 19 Nov 2026 23:59:59 GMT", 200), ("If-Modified-Since", "nonsense", 200),
            ("If-Unmodified-Since", "Thu, 19 Nov 2026 23:59:59 GMT", 412),
        ] {
            let read = try await door.ask("GET", "/box/a", headers: HTTPFields([.init(name, value)]))
            #expect(read.status == status, "\(name): \(value)")
        }
        #expect(try await door.put("/box/a", "two", headers: ["If-None-Match": "*"]).status == 412)
        #expect(try await door.put("/box/b", "two", headers: ["If-None-Match": "*"]).status == 200)
        #expect(try await door.put("/box/a", "two", headers: ["If-Match": "\"x\""]).status == 412)
        #expect(try await door.put("/box/c", "two", headers: ["If-Match": "\"x\""]).status == 404)
        #expect(try await door.put("/box/a", "two", headers: ["If-Match": etag]).status == 200)
        #expect(try await door.put("/box/a", "two", headers: ["If-None-Match": "\"x\""]).status == 501)
    }

    @Test func `versions are told apart by their ids, and delete markers by their fields`() async throws {
        let door = Door()
        _ = try await door.ask("PUT", "/box")
        #expect(try await door.put("/box?versioning", "<VersioningConfiguration/>").element("Code") == "MalformedXML")
        let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        #expect(try await door.put("/box?versioning", enabled).status == 200)
        #expect(try await door.ask("GET", "/box?versioning").element("Status") == "Enabled")
        let first = try #require(try await door.put("/box/a", "one").headers["x-amz-version-id"])
        let second = try #require(try await door.put("/box/a", "two").headers["x-amz-version-id"])
        #expect(try await door.ask("GET", "/box/a?versionId=\(first)").text == "one")
        #expect(try await door.ask("GET", "/box/a").headers["x-amz-version-id"] == second)
        let deleted = try await door.ask("DELETE", "/box/a")
        let marker = try #require(deleted.headers["x-amz-version-id"])
        #expect(deleted.status == 204 && deleted.headers["x-amz-delete-marker"] == "true")
        let gone = try await door.ask("GET", "/box/a")
        #expect(gone.status == 404 && gone.headers["x-amz-delete-marker"] == "true")
        #expect(try await door.ask("GET", "/box/a?versionId=\(marker)").status == 405)
        #expect(try await door.ask("GET", "/box/a?versionId=none").element("Code") == "NoSuchVersion")
        let listed = try await door.ask("GET", "/box?versions")
        #expect(listed.elements("VersionId") == [marker, second, first])
        #expect(listed.elements("IsLatest") == ["true", "false", "false"])
        let page = try await door.ask("GET", "/box?versions&max-keys=1")
        #expect(page.element("NextVersionIdMarker") == marker && page.element("IsTruncated") == "true")
        let rest = try await door.ask("GET", "/box?versions&key-marker=a&version-id-marker=\(marker)")
        #expect(rest.elements("VersionId") == [second, first])
        #expect(try await door.ask("DELETE", "/box/a?versionId=\(marker)").headers["x-amz-delete-marker"] == "true")
        #expect(try await door.ask("GET", "/box/a").text == "two")
    }

    @Test func `pages of a listing go on where the last one ended, also with keys that XML cannot spell`() async throws
    {
        let door = Door()
        _ = try await door.ask("PUT", "/box")
        for key in ["a/1", "a/2", "b%20c", "d+e", "f%01g", "%C3%A9"] { try await door.put("/box/\(key)", "x") }
        let all = try await door.ask("GET", "/box?list-type=2&encoding-type=url")
        #expect(all.elements("Key") == ["a/1", "a/2", "b%20c", "d%2Be", "f%01g", "%C3%A9"])
        #expect(all.element("KeyCount") == "6" && all.element("IsTruncated") == "false")
        let rolled = try await door.ask("GET", "/box?list-type=2&delimiter=/&max-keys=2")
        #expect(rolled.elements("Key") == ["b c"] && rolled.element("IsTruncated") == "true")
        let token = try #require(rolled.element("NextContinuationToken"))
        let encoded = PercentCoding.encode(token.utf8).text
        let next = try await door.ask("GET", "/box?list-type=2&delimiter=/&continuation-token=\(encoded)")
        #expect(next.elements("Key").first == "d+e")
        #expect(try await door.ask("GET", "/box?list-type=2&start-after=b%20c").elements("Key").first == "d+e")
        #expect(try await door.ask("GET", "/box?prefix=a/&marker=a/1").elements("Key") == ["a/2"])
        for bad in ["max-keys=x", "max-keys=-1", "encoding-type=xml", "list-type=2&continuation-token=%20"] {
            #expect(try await door.ask("GET", "/box?\(bad)").element("Code") == "InvalidArgument", "\(bad)")
        }
        #expect(try await door.ask("GET", "/box?max-keys=0").elements("Key").isEmpty)
    }

    @Test func `virtual hosts name the bucket, addresses in numbers never do`() async throws {
        let door = Door()
        #expect(try await door.ask("PUT", "/", host: "box.localhost:8080").status == 200)
        #expect(try await door.ask("PUT", "/a/b", [1], host: "box.localhost").status == 200)
        #expect(try await door.ask("GET", "/box/a/b").body == [1])
        #expect(try await door.ask("GET", "/a/b", host: "BOX.mx.mailroom.test").body == [1])
        #expect(try await door.ask("GET", "/a/b", host: "127.0.0.1:80").element("Code") == "NoSuchBucket")
    }

    @Test func `keys are octets and nothing of them is normalised`() async throws {
        let door = Door()
        _ = try await door.ask("PUT", "/box")
        for (index, key) in ["a/../b", "a//b", "/", "a/", "%2e%2e/x", "%00"].enumerated() {
            try await door.put("/box/\(key)", "\(index)")
            #expect(try await door.ask("GET", "/box/\(key)").text == "\(index)", "\(key)")
        }
        #expect(try await door.ask("GET", "/box/../x").text == "4", "an encoded dot is a dot")
        #expect(try await door.put("/box/%ff", "x").element("Code") == "InvalidURI")
        #expect(
            try await door.put("/box/" + String(repeating: "k", count: 1025), "x").element("Code") == "KeyTooLongError")
    }
}
