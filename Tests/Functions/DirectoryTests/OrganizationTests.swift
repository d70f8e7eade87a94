import Directory
import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

@Suite struct OrganizationTests {
    private let office = Office()

    @Test func `a new organization is active, with its test domain as default`() async throws {
        let created = try await office.call("CreateOrganization", ["Alias": "Acme-1"])
        let id = try #require(created["OrganizationId"]?.string)
        #expect(id.hasPrefix("m-") && id.count == 34)
        let organization = try await office.call("DescribeOrganization", ["OrganizationId": .string(id)])
        #expect(organization["Alias"] == "Acme-1")
        #expect(organization["State"] == "Active")
        #expect(organization["DefaultMailDomain"] == "acme-1.awsapps.com")
        #expect(organization["ARN"]?.string == "arn:aws:workmail:us-east-1:000000000000:organization/\(id)")
        #expect(organization["CompletedDate"]?.number == Double(office.time.now().milliseconds) / 1000)
        let listed = try await office.call("ListOrganizations", [:])["OrganizationSummaries"]?.array
        #expect(listed?.map { $0["OrganizationId"]?.string } == [id])
        let domain = try await office.call(
            "GetMailDomain", ["OrganizationId": .string(id), "DomainName": "acme-1.awsapps.com"])
        #expect(domain["IsTestDomain"] == true)
        #expect(domain["IsDefault"] == true)
        #expect(domain["OwnershipVerificationStatus"] == "VERIFIED")
    }

    @Test func `an alias is unique and has its form`() async throws {
        _ = try await office.call("CreateOrganization", ["Alias": "acme"])
        #expect(try await office.refusal("CreateOrganization", ["Alias": "acme"]) == "NameAvailabilityException")
        for alias in ["d-1234567890", "a b", "-a", ""] {
            #expect(
                try await office.refusal("CreateOrganization", ["Alias": .string(alias)]) == "InvalidParameterException"
            )
        }
    }

    @Test func `the same token creates once`() async throws {
        let input: JSONValue = ["Alias": "acme", "ClientToken": "6f1c5e5a-token"]
        let first = try await office.call("CreateOrganization", input)
        #expect(try await office.call("CreateOrganization", input) == first)
        #expect(try await office.call("ListOrganizations", [:])["OrganizationSummaries"]?.array?.count == 1)
        #expect(
            try await office.refusal("CreateOrganization", ["Alias": "other", "ClientToken": "6f1c5e5a-token"])
                == "InvalidParameterException")
    }

    @Test func `what we cannot do is refused, not ignored`() async throws {
        #expect(
            try await office.refusal("CreateOrganization", ["Alias": "a", "DirectoryId": "d-1234567890"])
                == "DirectoryUnavailableException")
        #expect(
            try await office.refusal("CreateOrganization", ["Alias": "a", "EnableInteroperability": true])
                == "InvalidParameterException")
        #expect(
            try await office.refusal(
                "CreateOrganization", ["Alias": "a", "KmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/1"])
                == "InvalidParameterException")
    }

    @Test func `deleting needs force while users are enabled, and ends everything`() async throws {
        let id = try await office.organization()
        _ = try await office.user("ann", in: id)
        #expect(
            try await office.refusal("DeleteOrganization", ["OrganizationId": id, "DeleteDirectory": true])
                == "OrganizationStateException")
        let answer = try await office.call(
            "DeleteOrganization", ["OrganizationId": id, "DeleteDirectory": true, "ForceDelete": true])
        #expect(answer["State"] == "Deleted")
        #expect(try await office.call("DescribeOrganization", ["OrganizationId": id])["State"] == "Deleted")
        #expect(try await office.call("ListOrganizations", [:])["OrganizationSummaries"]?.array?.isEmpty == true)
        #expect(try await office.refusal("ListUsers", ["OrganizationId": id]) == "OrganizationStateException")
        guard case .foreignDomain = try await office.stores.resolve(address("ann@acme.example")) else {
            Issue.record("the domain still takes mail")
            return
        }
        // Repeating it changes nothing.
        #expect(
            try await office.refusal("DeleteOrganization", ["OrganizationId": id, "DeleteDirectory": true]) == nil)
    }

    @Test func `a domain is registered once, by one organization`() async throws {
        let id = try await office.organization()
        let other = try await office.organization(alias: "other", domain: "other.example")
        let input: JSONValue = ["OrganizationId": other, "DomainName": "Acme.Example"]
        #expect(try await office.refusal("RegisterMailDomain", input) == "MailDomainInUseException")
        #expect(
            try await office.refusal("RegisterMailDomain", ["OrganizationId": id, "DomainName": "ACME.example"]) == nil)
        #expect(
            try await office.refusal("RegisterMailDomain", ["OrganizationId": id, "DomainName": "a..b"])
                == "InvalidParameterException")
        #expect(
            try await office.refusal("RegisterMailDomain", ["OrganizationId": id, "DomainName": "next.awsapps.com"])
                == "MailDomainInUseException")
    }

    @Test func `exactly one domain is the default, and it cannot be removed`() async throws {
        let id = try await office.organization()
        try await office.call("UpdateDefaultMailDomain", ["OrganizationId": id, "DomainName": "acme.example"])
        let domains = try await office.call("ListMailDomains", ["OrganizationId": id])["MailDomains"]?.array ?? []
        #expect(domains.filter { $0["DefaultDomain"] == true }.map { $0["DomainName"] } == ["acme.example"])
        for name in ["acme.example", "acme.awsapps.com"] as [JSONValue] {
            #expect(
                try await office.refusal("DeregisterMailDomain", ["OrganizationId": id, "DomainName": name])
                    == "MailDomainInUseException")
        }
        #expect(
            try await office.refusal("UpdateDefaultMailDomain", ["OrganizationId": id, "DomainName": "x.example"])
                == "MailDomainNotFoundException")
    }

    @Test func `a domain in use stays, an unused one goes, an unknown one is gone`() async throws {
        let id = try await office.organization()
        _ = try await office.user("ann", in: id)
        let input: JSONValue = ["OrganizationId": id, "DomainName": "acme.example"]
        #expect(try await office.refusal("DeregisterMailDomain", input) == "MailDomainInUseException")
        try await office.call("RegisterMailDomain", ["OrganizationId": id, "DomainName": "spare.example"])
        try await office.call("DeregisterMailDomain", ["OrganizationId": id, "DomainName": "spare.example"])
        try await office.call("DeregisterMailDomain", ["OrganizationId": id, "DomainName": "spare.example"])
        #expect(
            try await office.refusal("GetMailDomain", ["OrganizationId": id, "DomainName": "spare.example"])
                == "MailDomainNotFoundException")
    }

    @Test func `a domain that is not verified takes no addresses and is no default`() async throws {
        let office = Office(verifiesDomainsAtOnce: false)
        let id = try await office.organization()
        let domain = try await office.call("GetMailDomain", ["OrganizationId": id, "DomainName": "acme.example"])
        #expect(domain["OwnershipVerificationStatus"] == "PENDING")
        let records = domain["Records"]?.array ?? []
        #expect(records.contains { $0["Type"] == "MX" && $0["Value"] == "10 mx.mailroom.test." })
        #expect(
            records.contains {
                $0["Hostname"]?.string?.contains("_amazonses") == true && $0["Value"]?.string?.count == 44
            })
        #expect(
            try await office.refusal("UpdateDefaultMailDomain", ["OrganizationId": id, "DomainName": "acme.example"])
                == "MailDomainStateException")
        await #expect(throws: Office.Refused.self) { try await office.user("ann", in: id) }
    }
}
