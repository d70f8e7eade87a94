import FunctionRuntime
import Glibc
import MailTypes
import Testing

@testable import Objects

@Suite struct ObjectsFuzzTests {
    /// How long the random runs are; `make fuzz` lengthens them.
    private static let rounds = getenv("FUZZ_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 2000

    private func mangled(_ text: String, _ random: SeededRandom) -> Octets {
        var octets = Octets(text.utf8)
        for _ in 0..<Int(random.next() % 4) + 1 where !octets.isEmpty {
            let place = Int(random.next() % UInt64(octets.count))
            switch random.next() % 3 {
            case 0: octets[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: octets.removeSubrange(place...)
            default: octets.insert(contentsOf: octets[place...].prefix(7), at: place)
            }
        }
        return octets
    }

    @Test(arguments: ["bytes=0-4", "bytes=-5", "bytes=5-", "bytes=99999999999999999999-1"])
    func `no Range field reads past an object`(_ text: String) {
        let random = SeededRandom(3)
        for _ in 0..<Self.rounds {
            let field = mangled(text, random).text
            for size in [0, 1, 10] {
                guard let range = ByteRange(field)?.range(of: size) else { continue }
                #expect(range.lowerBound >= 0 && range.upperBound <= size && !range.isEmpty, "\(field)")
            }
        }
    }

    @Test(arguments: ["/box/a%20b?versionId=v", "box/k", "/b%C3%A9/x%zz"])
    func `a copy source is read or refused`(_ text: String) {
        let random = SeededRandom(5)
        for _ in 0..<Self.rounds { _ = try? CopySource(mangled(text, random).text) }
        #expect(throws: ObjectsFailure.self) { try CopySource("/box/" + String(repeating: "a", count: 5000)) }
    }

    @Test func `documents are read or refused, however they are mangled`() async throws {
        let random = SeededRandom(7)
        let door = Door()
        _ = try await door.ask("PUT", "/box")
        for (target, text) in [
            (
                "/box?lifecycle",
                "<LifecycleConfiguration><Rule><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>"
            ),
            (
                "/box?notification",
                "<NotificationConfiguration><QueueConfiguration><Queue>arn:q</Queue><Event>s3:x</Event></QueueConfiguration></NotificationConfiguration>"
            ),
            ("/box?tagging", "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>"),
            ("/box?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"),
            ("/box?policy", #"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}"#),
        ] {
            for _ in 0..<Self.rounds / 10 {
                let status = try await door.ask("PUT", target, mangled(text, random)).status
                #expect([200, 204, 400, 501].contains(status))
            }
        }
        let completion =
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>"
        for _ in 0..<Self.rounds { _ = try? CompletedParts(mangled(completion, random)) }
    }

    @Test func `no request makes the door fail, whatever its path and query`() async throws {
        let random = SeededRandom(11)
        let door = Door()
        _ = try await door.ask("PUT", "/box")
        try await door.put("/box/a", "x")
        let methods = ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "X"]
        let names = [
            "uploads", "uploadId=x", "partNumber=1", "versionId=null", "list-type=2", "prefix=a", "delimiter=/",
            "max-keys=1", "versions", "policy", "acl", "tagging", "delete", "continuation-token=YQ==", "key-marker=a",
        ]
        for _ in 0..<Self.rounds {
            let method = methods[Int(random.next() % UInt64(methods.count))]
            let query = (0..<Int(random.next() % 4)).map { _ in names[Int(random.next() % UInt64(names.count))] }
            let path = ["/", "/box", "/box/", "/box/a", "/none", "//", "/box/%"][Int(random.next() % 7)]
            let status = try await door.ask(method, path + "?" + query.joined(separator: "&"), [0x3C]).status
            #expect((200...501).contains(status) && status != 500)
            if method == "DELETE" { _ = try await door.ask("PUT", "/box") }
        }
    }
}
