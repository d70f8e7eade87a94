import Directory
import FunctionRuntime
import MailTypes
import Testing

@Suite struct ProtocolTests {
    private let office = Office()

    private func type(_ response: HTTPResponse) async throws -> String? {
        try JSONValue(parsing: try await response.body.collect(upTo: 1 << 20))["__type"]?.string
    }

    @Test func `an operation without output answers 200 and an empty object`() async throws {
        let id = try await office.organization()
        let input: JSONValue = ["OrganizationId": id, "DomainName": "acme.example"]
        let response = try await office.request("WorkMailService.UpdateDefaultMailDomain", input.octets)
        #expect(response.status == 200)
        #expect(try await response.body.collect(upTo: 100).text == "{}")
        #expect(response.headers["Content-Type"] == "application/x-amz-json-1.1")
        #expect(response.headers["x-amzn-RequestId"] != nil)
    }

    @Test func `errors are 400 with type and Message`() async throws {
        let input: JSONValue = ["OrganizationId": "m-00000000000000000000000000000000"]
        let response = try await office.request("WorkMailService.DescribeOrganization", input.octets)
        #expect(response.status == 400)
        let body = try JSONValue(parsing: try await response.body.collect(upTo: 1000))
        #expect(body["__type"]?.string == "OrganizationNotFoundException")
        #expect(body["Message"]?.string?.isEmpty == false)
    }

    @Test(arguments: [
        ("WorkMailService.PutRetentionPolicy", "not offered yet"), ("WorkMailService.Nonsense", "no operation"),
        ("Elsewhere.ListUsers", "no operation"), ("WorkMailService", "no operation"), ("", "no operation"),
    ])
    func `unknown operations say whether they are to come`(_ target: String, _ told: String) async throws {
        let response = try await office.request(target, Octets(text: "{}"))
        #expect(response.status == 400)
        let body = try JSONValue(parsing: try await response.body.collect(upTo: 1000))
        #expect(body["__type"]?.string == "UnknownOperationException")
        #expect(body["Message"]?.string?.contains(told) == true)
    }

    @Test(arguments: ["{", "[]", "nonsense", "{\"OrganizationId\":1}", "{\"OrganizationId\":[\"m\"]}"])
    func `malformed JSON and wrong types are SerializationException`(_ body: String) async throws {
        let response = try await office.request("WorkMailService.DescribeOrganization", Octets(text: body))
        #expect(try await type(response) == "SerializationException")
    }

    @Test func `shapes are checked before anything is looked up`() async throws {
        #expect(try await office.refusal("DescribeOrganization", [:]) == "InvalidParameterException")
        #expect(
            try await office.refusal("DescribeOrganization", ["OrganizationId": nil]) == "InvalidParameterException")
        #expect(
            try await office.refusal("DescribeOrganization", ["OrganizationId": "acme"]) == "InvalidParameterException")
        #expect(
            try await office.refusal("ListOrganizations", ["MaxResults": 0]) == "InvalidParameterException")
        #expect(
            try await office.refusal("ListOrganizations", ["MaxResults": 101]) == "InvalidParameterException")
        #expect(try await office.refusal("ListOrganizations", ["MaxResults": "5"]) == "SerializationException")
    }

    @Test func `only the owner's key may do anything`() async throws {
        let callers: [Caller] = [
            .anonymous, .key(id: "AK", principal: "function/Filter", region: "us-east-1", service: "workmail"),
        ]
        for caller in callers {
            for target in ["WorkMailService.ListOrganizations", "Mailroom.ListMailFlowRules"] {
                let response = try await office.request(target, Octets(text: "{}"), as: caller)
                #expect(try await type(response) == "AccessDeniedException")
            }
        }
    }

    @Test func `a request of more than a megabyte is refused`() async throws {
        let response = try await office.request(
            "WorkMailService.ListOrganizations", Octets(repeating: 0x20, count: (1 << 20) + 1))
        #expect(response.status == 413)
    }

    @Test func `pages neither skip nor repeat, and the last has no token`() async throws {
        let id = try await office.organization()
        var made: Set<String> = []
        for number in 0..<25 {
            let answer = try await office.call(
                "CreateUser", ["OrganizationId": id, "Name": .string("u\(number)"), "DisplayName": "U"])
            made.insert(answer["UserId"]?.string ?? "")
        }
        for size in [1, 7, 24, 25, 26] as [Int64] {
            var seen: [String] = []
            var input = JSONObject()
            input["OrganizationId"] = id
            input["MaxResults"] = .integer(size)
            while true {
                let page = try await office.call("ListUsers", .object(input))
                let ids = page["Users"]?.array?.compactMap { $0["Id"]?.string } ?? []
                #expect(!ids.isEmpty && ids.count <= size)
                seen += ids
                guard let token = page["NextToken"] else { break }
                input["NextToken"] = token
            }
            #expect(seen.count == 25 && Set(seen) == made, "pages of \(size)")
        }
        #expect(
            try await office.refusal("ListUsers", ["OrganizationId": id, "NextToken": "bm9uc2Vuc2U="])
                == "InvalidParameterException")
        // F74: nor does a token of another organization lead anywhere.
        let other = try await office.organization(alias: "other", domain: "other.example")
        let token = try await office.call("ListUsers", ["OrganizationId": id, "MaxResults": 1])["NextToken"] ?? ""
        #expect(
            try await office.refusal("ListUsers", ["OrganizationId": other, "NextToken": token])
                == "InvalidParameterException")
    }
}
