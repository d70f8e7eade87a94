import Cryptography
import FunctionRuntime
import MailTypes
import Testing

@testable import Objects

@Suite struct ObjectsWritingTests {
    private static let part = Octets(repeating: 0x61, count: 5 << 20)

    private func door() async throws -> Door {
        let door = Door()
        _ = try await door.ask("PUT", "/box")
        return door
    }

    private func start(_ door: Door, headers: HTTPFields = HTTPFields()) async throws -> String {
        try #require(try await door.ask("POST", "/box/big?uploads", headers: headers).element("UploadId"))
    }

    private func completion(_ parts: [(Int, String)]) -> Octets {
        let inner = parts.map { "<Part><PartNumber>\($0.0)</PartNumber><ETag>\($0.1)</ETag></Part>" }.joined()
        return Octets(text: "<CompleteMultipartUpload>\(inner)</CompleteMultipartUpload>")
    }

    @Test func `parts become an object with the etag of its parts' etags`() async throws {
        let door = try await door()
        let id = try await start(door, headers: ["x-amz-meta-m": "1", "Content-Type": "text/plain"])
        let first = try await door.ask("PUT", "/box/big?partNumber=1&uploadId=\(id)", Self.part)
        let second = try await door.ask("PUT", "/box/big?uploadId=\(id)&partNumber=2", [1, 2, 3])
        let etags = try [first, second].map { try #require($0.headers["ETag"]) }
        let listed = try await door.ask("GET", "/box/big?uploadId=\(id)")
        #expect(listed.elements("PartNumber") == ["1", "2"] && listed.elements("Size") == ["5242880", "3"])
        #expect(try await door.ask("GET", "/box/big?uploadId=\(id)&max-parts=1").element("NextPartNumberMarker") == "1")
        #expect(try await door.ask("GET", "/box?uploads").elements("UploadId") == [id])
        let done = try await door.ask(
            "POST", "/box/big?uploadId=\(id)", completion([(1, etags[0]), (2, etags[1])]))
        let digests = MD5.digest(Self.part) + MD5.digest([1, 2, 3])
        #expect(done.status == 200 && done.element("ETag") == "\"\(Hexadecimal.encode(MD5.digest(digests)))-2\"")
        let read = try await door.ask("GET", "/box/big")
        #expect(read.body == Self.part + [1, 2, 3])
        #expect(read.headers["x-amz-meta-m"] == "1" && read.headers["Content-Type"] == "text/plain")
        #expect(try await door.ask("GET", "/box?uploads").elements("UploadId").isEmpty)
        #expect(try await door.ask("DELETE", "/box/big?uploadId=\(id)").element("Code") == "NoSuchUpload")
    }

    @Test func `a completion that names wrong parts is refused with the reason`() async throws {
        let door = try await door()
        let id = try await start(door)
        let etag = try #require(
            try await door.ask("PUT", "/box/big?partNumber=1&uploadId=\(id)", [1]).headers["ETag"])
        let other = try #require(
            try await door.ask("PUT", "/box/big?partNumber=2&uploadId=\(id)", [2]).headers["ETag"])
        for (parts, code) in [
            ([(1, etag), (2, other)], "EntityTooSmall"), ([(2, other), (1, etag)], "InvalidPartOrder"),
            ([(1, other)], "InvalidPart"), ([(3, etag)], "InvalidPart"), ([], "MalformedXML"),
            ([(0, etag)], "InvalidPart"), ([(1, etag), (1, etag)], "InvalidPartOrder"),
        ] as [([(Int, String)], String)] {
            let answer = try await door.ask("POST", "/box/big?uploadId=\(id)", completion(parts))
            #expect(answer.status == 400 && answer.element("Code") == code)
        }
        let unknown = try await door.ask("POST", "/box/other?uploadId=\(id)", completion([(1, etag)]))
        #expect(unknown.element("Code") == "NoSuchUpload")
        #expect(
            try await door.ask("PUT", "/box/big?partNumber=10001&uploadId=\(id)", [1]).element("Code")
                == "InvalidArgument")
        #expect(try await door.ask("PUT", "/box/big?partNumber=1&uploadId=none", [1]).element("Code") == "NoSuchUpload")
        #expect(try await door.ask("DELETE", "/box/big?uploadId=\(id)").status == 204)
        #expect(
            try await door.ask("POST", "/box/big?uploadId=\(id)", completion([(1, etag)])).element("Code")
                == "NoSuchUpload")
    }

    @Test(
        arguments: [
            ("CRC32", nil, true), ("CRC32C", "FULL_OBJECT", false), ("CRC64NVME", nil, false), ("SHA256", nil, true),
            ("CRC32", "FULL_OBJECT", false),
        ] as [(String, String?, Bool)])
    func `checksums of parts become that of the object`(_ name: String, _ type: String?, _ isComposite: Bool)
        async throws
    {
        let door = try await door()
        let algorithm = try #require(ObjectChecksum.Algorithm(rawValue: name))
        var headers: HTTPFields = ["x-amz-checksum-algorithm": name]
        headers["x-amz-checksum-type"] = type
        let id = try await start(door, headers: headers)
        var parts: [(Int, String)] = []
        var composite: Octets = []
        for (number, content) in [(1, Self.part), (2, [1, 2, 3])] {
            var stream = ChecksumStream(algorithm)
            stream.update(content)
            composite += stream.finishOctets()
            let answer = try await door.ask("PUT", "/box/big?partNumber=\(number)&uploadId=\(id)", content)
            #expect(answer.headers[algorithm.field] != nil)
            parts.append((number, try #require(answer.headers["ETag"])))
        }
        let done = try await door.ask("POST", "/box/big?uploadId=\(id)", completion(parts))
        var whole = ChecksumStream(algorithm)
        whole.update(isComposite ? composite : Self.part + [1, 2, 3])
        let expected = whole.finish() + (isComposite ? "-2" : "")
        #expect(done.element("Checksum" + name) == expected)
        let head = try await door.ask("HEAD", "/box/big", headers: ["x-amz-checksum-mode": "ENABLED"])
        #expect(head.headers[algorithm.field] == expected)
        #expect(head.headers["x-amz-checksum-type"] == (isComposite ? "COMPOSITE" : "FULL_OBJECT"))
    }

    @Test func `a copy takes fields along or gets others`() async throws {
        let door = try await door()
        try await door.put("/box/a%20b", "hello", headers: ["x-amz-meta-m": "1", "Content-Type": "text/plain"])
        let copy = try await door.ask("PUT", "/box/c", headers: ["x-amz-copy-source": "/box/a%20b"])
        #expect(copy.status == 200 && copy.element("ETag") == "\"5d41402abc4b2a76b9719d911017c592\"")
        let read = try await door.ask("GET", "/box/c")
        #expect(read.text == "hello" && read.headers["x-amz-meta-m"] == "1")
        _ = try await door.ask(
            "PUT", "/box/c",
            headers: ["x-amz-copy-source": "box/c", "x-amz-metadata-directive": "REPLACE", "x-amz-meta-n": "2"])
        let replaced = try await door.ask("HEAD", "/box/c")
        #expect(replaced.headers["x-amz-meta-m"] == nil && replaced.headers["x-amz-meta-n"] == "2")
        for (source, code) in [
            ("/box/c", "InvalidRequest"), ("/box/none", "NoSuchKey"), ("/none/c", "NoSuchBucket"),
            ("nonsense", "InvalidArgument"), ("/box/c?versionId=none", "NoSuchVersion"), ("", "InvalidArgument"),
        ] {
            let answer = try await door.ask("PUT", "/box/c", headers: ["x-amz-copy-source": source])
            #expect(answer.element("Code") == code, "\(source)")
        }
        let failed = try await door.ask(
            "PUT", "/box/d", headers: ["x-amz-copy-source": "/box/c", "x-amz-copy-source-if-match": "\"x\""])
        #expect(failed.status == 412)
        let id = try await start(door)
        let part = try await door.ask(
            "PUT", "/box/big?partNumber=1&uploadId=\(id)",
            headers: ["x-amz-copy-source": "/box/c", "x-amz-copy-source-range": "bytes=1-3"])
        let etag = try #require(part.element("ETag"))
        _ = try await door.ask("POST", "/box/big?uploadId=\(id)", completion([(1, etag)]))
        #expect(try await door.ask("GET", "/box/big").text == "ell")
    }

    @Test func `many objects are deleted in one call, with a digest of the list`() async throws {
        let door = try await door()
        for key in ["a", "b", "%3C"] { try await door.put("/box/\(key)", "x") }
        let body = Octets(
            text:
                "<Delete><Object><Key>a</Key></Object><Object><Key>&lt;</Key></Object><Object><Key>no</Key></Object></Delete>"
        )
        #expect(try await door.ask("POST", "/box?delete", body).element("Code") == "InvalidRequest")
        let digest = Base64.encode(MD5.digest(body)).text
        let wrong = try await door.ask("POST", "/box?delete", body + [0x20], headers: ["Content-MD5": digest])
        #expect(wrong.element("Code") == "BadDigest")
        let deleted = try await door.ask("POST", "/box?delete", body, headers: ["Content-MD5": digest])
        #expect(deleted.elements("Key") == ["a", "<", "no"])
        #expect(try await door.ask("GET", "/box").elements("Key") == ["b"])
        for text in ["", "<Delete/>", "<Other><Object><Key>a</Key></Object></Other>", "<Delete><Object/></Delete>"] {
            let octets = Octets(text: text)
            let answer = try await door.ask(
                "POST", "/box?delete", octets, headers: ["Content-MD5": Base64.encode(MD5.digest(octets)).text])
            #expect(answer.element("Code") == "MalformedXML", "\(text)")
        }
    }

    @Test func `tags and metadata have their limits`() async throws {
        let door = try await door()
        try await door.put("/box/a", "x")
        let tags = "<Tagging><TagSet><Tag><Key>k</Key><Value>v &amp; w</Value></Tag></TagSet></Tagging>"
        #expect(try await door.put("/box/a?tagging", tags).status == 200)
        #expect(try await door.ask("GET", "/box/a?tagging").element("Value") == "v & w")
        #expect(try await door.ask("DELETE", "/box/a?tagging").status == 204)
        #expect(try await door.ask("GET", "/box/a?tagging").elements("Tag").isEmpty)
        #expect(try await door.put("/box/none?tagging", tags).element("Code") == "NoSuchKey")
        let many = (0..<11).map { "k\($0)=v" }.joined(separator: "&")
        #expect(try await door.put("/box/a", "x", headers: ["x-amz-tagging": many]).status == 400)
        #expect(
            try await door.put("/box/a", "x", headers: ["x-amz-tagging": "k=1&k=2"]).element("Code") == "InvalidTag")
        let long = HTTPFields([.init("x-amz-meta-m", String(repeating: "x", count: 2100))])
        #expect(try await door.put("/box/a", "x", headers: long).element("Code") == "MetadataTooLarge")
    }

    @Test func `what is not done here says so`() async throws {
        let door = try await door()
        try await door.put("/box/a", "x")
        for (method, target, status) in [
            ("POST", "/box", 501), ("GET", "/box/a?torrent", 501), ("PUT", "/box/a?retention", 501),
            ("GET", "/box/a?partNumber=1", 501), ("POST", "/box/a", 405), ("PATCH", "/box/a", 405),
            ("PUT", "/", 405), ("OPTIONS", "/box/a", 403), ("GET", "/box?inventory", 501),
        ] { #expect(try await door.ask(method, target).status == status, "\(method) \(target)") }
    }
}
