import Cryptography
import FunctionRuntime
import MailTypes
import MemoryStores
import Synchronization
import Testing

@testable import Objects

@Suite struct ObjectsSettingsTests {
    private func door(
        permissions: any Permissions = KeyHoldersMayAll(), events: any ObjectEvents = NoObjectEvents()
    ) async throws -> Door {
        let door = Door(permissions: permissions, events: events)
        _ = try await door.ask("PUT", "/box")
        try await door.put("/box/a", "x")
        return door
    }

    @Test func `a policy comes back as it was given, and is refused when nobody understands it`() async throws {
        let door = try await door()
        #expect(try await door.ask("GET", "/box?policy").element("Code") == "NoSuchBucketPolicy")
        let policy = #"{ "Statement": [] }"#
        #expect(try await door.put("/box?policy", policy).status == 204)
        #expect(try await door.ask("GET", "/box?policy").text == policy)
        let refused = try await door.put("/box?policy", #"{"Statement": 1}"#)
        #expect(refused.status == 400 && refused.element("Code") == "MalformedPolicy")
        #expect(try await door.ask("DELETE", "/box?policy").status == 204)
        #expect(try await door.ask("GET", "/box?policy").status == 404)
    }

    @Test func `permissions are asked with the action and the ARN`() async throws {
        let door = try await door(
            permissions: MayOnly("s3:GetObject arn:aws:s3:::box/a", "s3:ListBucket arn:aws:s3:::box"))
        #expect(try await door.ask("GET", "/box/a", as: Door.role).text == "x")
        #expect(try await door.ask("HEAD", "/box/a", as: Door.role).status == 200)
        #expect(try await door.ask("GET", "/box", as: Door.role).elements("Key") == ["a"])
        for (method, target) in [
            ("GET", "/box/b"), ("GET", "/box/a?versionId=null"), ("PUT", "/box/a"), ("DELETE", "/box/a"),
            ("GET", "/"), ("GET", "/box?policy"), ("PUT", "/box?policy"), ("PUT", "/other"), ("GET", "/box?versions"),
            ("POST", "/box/a?uploads"), ("GET", "/box/a?tagging"), ("GET", "/none"),
        ] {
            let answer = try await door.ask(method, target, as: Door.role)
            #expect(answer.status == 403 && answer.element("Code") == "AccessDenied", "\(method) \(target)")
        }
        let copy = try await door.ask("PUT", "/box/c", headers: ["x-amz-copy-source": "/box/a"], as: Door.role)
        #expect(copy.status == 403)
        #expect(try await door.ask("GET", "/box/a", as: .anonymous).status == 200, "it is asked for these, too")
    }

    @Test func `a bucket's policy may allow more, and its denials hold`() async throws {
        let door = try await door(permissions: MayOnly("s3:GetObject arn:aws:s3:::box/a"))
        let policy = """
            {"Statement": [
              {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:role/reader"},
               "Action": "s3:PutObject", "Resource": "arn:aws:s3:::box/up/*",
               "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}},
              {"Effect": "Deny", "Principal": "*", "Action": ["s3:GetObject", "s3:DeleteBucketPolicy"],
               "Resource": ["arn:aws:s3:::box/a", "arn:aws:s3:::box"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}
            """
        #expect(try await door.put("/box?policy", policy).status == 204)
        #expect(try await door.put("/box/up/1", "x", as: Door.role).status == 200)
        #expect(try await door.put("/box/down", "x", as: Door.role).status == 403)
        #expect(try await door.ask("GET", "/box/a", as: Door.role).status == 403)
        #expect(try await door.ask("GET", "/box/a").status == 403, "a denial holds for root, too")
        #expect(try await door.ask("GET", "/box/a", as: Door.role, isSecure: true).status == 200)
        #expect(try await door.ask("DELETE", "/box?policy").status == 204, "but never locks root out of the policy")
    }

    @Test func `what comes in plain text from this machine is no insecure transport`() async throws {
        let keys = SessionKeys()
        let key = keys.issue(
            role: "arn:aws:iam::000000000000:role/writer", sessionName: "f", account: "000000000000", expiresAt: nil,
            random: SeededRandom(7))
        let function = Caller.key(id: key.id, principal: key.principal, region: "us-east-1", service: "s3")
        let records = MemoryStores()
        var role = Role(
            name: "writer", arn: "arn:aws:iam::000000000000:role/writer", id: "AROA", createdAt: Door.now)
        role.inline = [
            "put": #"""
            {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:PutObject",
             "Resource": "arn:aws:s3:::box/*", "Condition": {"Bool": {"aws:SecureTransport": true}}}}
            """#
        ]
        try await records.apply([.put(Role.key("writer"), encoding: role)])
        let door = try await door(permissions: RolePermissions(keys: keys, records: records, log: .silent))
        func put(from peer: String, isSecure: Bool = false) async throws -> Int {
            try await door.ask("PUT", "/box/k", Octets(text: "x"), as: function, peer: peer, isSecure: isSecure).status
        }
        #expect(try await put(from: "127.0.0.1") == 200)
        #expect(try await put(from: "192.0.2.7") == 403)
        #expect(try await put(from: "192.0.2.7", isSecure: true) == 200)
        // The same of a denial in the bucket's policy.
        let policy = """
            {"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::box/*",
             "Condition": {"Bool": {"aws:SecureTransport": "false"}}}}
            """
        #expect(try await door.put("/box?policy", policy).status == 204)
        #expect(try await put(from: "127.0.0.1") == 200)
        #expect(try await door.ask("GET", "/box/a").status == 403)
    }

    @Test func `those who may not delete one key still delete the others`() async throws {
        let door = try await door(
            permissions: MayOnly("s3:DeleteObject arn:aws:s3:::box/b", "s3:ListBucket arn:aws:s3:::box"))
        try await door.put("/box/b", "x")
        let body = Octets(text: "<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>")
        let answer = try await door.ask(
            "POST", "/box?delete", body, headers: ["x-amz-checksum-crc32": checksum(body)], as: Door.role)
        #expect(answer.elements("Code") == ["AccessDenied"])
        #expect(try await door.ask("GET", "/box").elements("Key") == ["a"])
    }

    private func checksum(_ body: Octets) -> String {
        var stream = ChecksumStream(.crc32)
        stream.update(body)
        return stream.finish()
    }

    @Test func `notifications are kept, and their events come with the change`() async throws {
        let witness = Witness()
        let door = try await door(events: witness)
        let configuration = """
            <NotificationConfiguration><CloudFunctionConfiguration><Id>n</Id>
            <CloudFunction>arn:aws:lambda:us-east-1:000000000000:function:F</CloudFunction>
            <Event>s3:ObjectCreated:*</Event><Event>s3:ObjectRemoved:Delete</Event><Filter><S3Key>
            <FilterRule><Name>Prefix</Name><Value>in/</Value></FilterRule>
            <FilterRule><Name>suffix</Name><Value>.eml</Value></FilterRule></S3Key></Filter>
            </CloudFunctionConfiguration></NotificationConfiguration>
            """
        #expect(try await door.put("/box?notification", configuration).status == 200)
        let read = try await door.ask("GET", "/box?notification")
        #expect(read.elements("Event") == ["s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"])
        #expect(read.elements("Value") == ["in/", ".eml"])
        try await door.put("/box/in/one%20%2B.eml", "hello world")
        try await door.put("/box/in/one.txt", "x")
        _ = try await door.ask("PUT", "/box/in/two.eml", headers: ["x-amz-copy-source": "/box/in/one.txt"])
        _ = try await door.ask("DELETE", "/box/in/two.eml")
        let jobs = try await door.stores.jobs(dead: false, limit: 9)
        let events = try jobs.map { try JSONValue(parsing: $0.event, limitOctets: 9999, limitDepth: 9) }
        let records = events.compactMap { $0["Records"]?.array?.first }
        #expect(records.map { $0["eventName"] } == ["ObjectCreated:Put", "ObjectCreated:Copy", "ObjectRemoved:Delete"])
        let object = try #require(records.first?["s3"]?["object"])
        #expect(object["key"] == "in%2Fone+%2B.eml" && object["size"] == 11)
        #expect(object["eTag"] == "5eb63bbbe01eeed093cb22bb8f5acdc3" && object["versionId"] == nil)
        #expect(
            records.first?["s3"]?["configurationId"] == "n" && records.first?["eventTime"] == "2026-11-20T00:00:00.000Z"
        )
        for bad in ["", "<NotificationConfiguration><X/></NotificationConfiguration>", "<Other/>"] {
            #expect(try await door.put("/box?notification", bad).element("Code") == "MalformedXML", "\(bad)")
        }
        #expect(try await door.put("/box?notification", "<NotificationConfiguration/>").status == 200)
        #expect(try await door.ask("GET", "/box?notification").elements("Id").isEmpty)
    }

    @Test func `lifecycle rules are kept, and let objects expire`() async throws {
        let witness = Witness()
        let door = try await door(events: witness)
        #expect(try await door.ask("GET", "/box?lifecycle").element("Code") == "NoSuchLifecycleConfiguration")
        let rules = """
            <LifecycleConfiguration><Rule><ID>r</ID><Status>Enabled</Status>
            <Filter><And><Prefix>tmp/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter>
            <Expiration><Days>1</Days></Expiration>
            <NoncurrentVersionExpiration><NoncurrentDays>2</NoncurrentDays></NoncurrentVersionExpiration>
            <AbortIncompleteMultipartUpload><DaysAfterInitiation>3</DaysAfterInitiation></AbortIncompleteMultipartUpload>
            </Rule></LifecycleConfiguration>
            """
        #expect(try await door.put("/box?lifecycle", rules).status == 200)
        let read = try await door.ask("GET", "/box?lifecycle")
        #expect(read.element("Days") == "1" && read.element("Prefix") == "tmp/" && read.element("Key") == "k")
        #expect(read.element("NoncurrentDays") == "2" && read.element("DaysAfterInitiation") == "3")
        try await door.stores.changeBucket("box") {
            $0.notifications = [ObjectNotification(id: "n", target: "arn:x", events: ["s3:LifecycleExpiration:*"])]
        }
        for number in 0..<150 { try await door.put("/box/tmp/\(number)", "x", headers: ["x-amz-tagging": "k=v"]) }
        let expiry = ObjectExpiry(store: door.stores, events: witness)
        let event = ScheduledEvent(schedule: "Every", scheduledAt: Door.now)
        door.time.advance(by: .seconds(86399))
        #expect(try await expiry.handle(event, in: .test("ObjectExpiry", time: door.time)).expired == 0)
        door.time.advance(by: .seconds(1))
        let outcome = try await expiry.handle(event, in: .test("ObjectExpiry", time: door.time))
        #expect(outcome == ObjectExpiryOutcome(expired: 150, isComplete: true))
        #expect(try await door.ask("GET", "/box").elements("Key") == ["a"])
        #expect(witness.seen.withLock { $0.last?.name } == "LifecycleExpiration:Delete")
        for bad in [
            "", "<LifecycleConfiguration/>",
            "<LifecycleConfiguration><Rule><Status>On</Status></Rule></LifecycleConfiguration>",
        ] { #expect(try await door.put("/box?lifecycle", bad).element("Code") == "MalformedXML", "\(bad)") }
        let zero = rules.replacing("<Days>1<", with: "<Days>0<")
        #expect(try await door.put("/box?lifecycle", zero).element("Code") == "InvalidArgument")
        #expect(try await door.ask("DELETE", "/box?lifecycle").status == 204)
    }

    @Test func `what is always so can be asked and set without effect`() async throws {
        let door = try await door()
        #expect(try await door.ask("GET", "/box?encryption").element("SSEAlgorithm") == "AES256")
        #expect(try await door.ask("GET", "/box?acl").element("Permission") == "FULL_CONTROL")
        #expect(try await door.ask("GET", "/box/a?acl").element("Permission") == "FULL_CONTROL")
        #expect(try await door.ask("GET", "/box?publicAccessBlock").element("BlockPublicAcls") == "true")
        for part in ["acl", "encryption", "publicAccessBlock"] {
            #expect(try await door.put("/box?\(part)", "<x/>").status == 200)
        }
        #expect(try await door.ask("GET", "/box?cors").element("Code") == "NoSuchCORSConfiguration")
        #expect(try await door.put("/box?cors", "<CORSConfiguration/>").status == 200)
        #expect(try await door.ask("GET", "/box?cors").text == "<CORSConfiguration/>")
        #expect(try await door.put("/box/a?acl", "").status == 200)
        #expect(try await door.put("/box/none?acl", "").status == 404)
        let tags = "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>"
        #expect(try await door.put("/box?tagging", tags).status == 204)
        #expect(try await door.ask("GET", "/box?tagging").element("Value") == "v")
    }
}

extension String {
    fileprivate func replacing(_ part: String, with other: String) -> String {
        guard let index = indices.first(where: { self[$0...].hasPrefix(part) }) else { return self }
        return String(self[..<index]) + other + self[index...].dropFirst(part.count)
    }
}
