import AWSWire
import FunctionRuntime
import MailPolicy
import MailTypes

// Organizations (reference/workmail-api.md §3).
extension WorkMailAPI {
    static let organizationOperations: [Operation<DirectoryServices>] = [
        .init(
            "CreateOrganization",
            [
                .optional("DirectoryId", .text(12...12)), .required("Alias", .alias),
                .optional("ClientToken", .clientToken),
                .optional(
                    "Domains",
                    .list(
                        0...5,
                        of: .structure(.required("DomainName", .domainName), .optional("HostedZoneId", .text(1...32))))),
                .optional("KmsKeyArn", .text(20...2048)), .optional("EnableInteroperability", .boolean),
            ]
        ) { try await $0.createOrganization($1, in: $2) },
        .init("DescribeOrganization", [.required("OrganizationId", .organizationID)]) { services, input, _ in
            try await services.describeOrganization(input)
        },
        .init("ListOrganizations", [.optional("NextToken", .nextToken), .optional("MaxResults", .maxResults)]) {
            services, input, _ in
            // A deleted organization can be described for ever, but is not listed.
            let all = try await services.directory.organizations().filter { $0.state != "Deleted" }
            return try Page(of: all, for: input, operation: "ListOrganizations") { $0.id.text }
                .output("OrganizationSummaries") {
                    [
                        "OrganizationId": .string($0.id.text), "Alias": .string($0.alias),
                        "DefaultMailDomain": .string($0.defaultDomain), "State": .string($0.state),
                    ]
                }
        },
        .init(
            "DeleteOrganization",
            [
                .optional("ClientToken", .clientToken), .required("OrganizationId", .organizationID),
                .required("DeleteDirectory", .boolean), .optional("ForceDelete", .boolean),
                .optional("DeleteIdentityCenterApplication", .boolean),
            ]
        ) { try await $0.deleteOrganization($1, in: $2) },
    ]
}

extension DirectoryServices {
    fileprivate func createOrganization(_ input: Input, in context: Context) async throws -> JSONObject {
        guard input.text("DirectoryId") == nil else {
            throw APIFailure(.directoryUnavailable, "other directories cannot be used; leave DirectoryId out")
        }
        guard input.flag("EnableInteroperability") != true else {
            throw APIFailure.invalid("interoperability needs an AD Connector directory")
        }
        guard input.text("KmsKeyArn") == nil else {
            throw APIFailure.invalid("customer keys cannot be used; leave KmsKeyArn out, encryption is always on")
        }
        let alias = input.required("Alias")
        // The same token gives the same id, so a repeated call finds what the first one made, also after a restart.
        let id = OrganizationID(
            "m-" + (input.text("ClientToken").map(Fingerprint.hex) ?? context.random.identifier(at: context.now).hex))
        if let existing = try await directory.organization(id) {
            guard existing.alias == alias else {
                throw APIFailure.invalid("the ClientToken was used for another organization")
            }
            return JSONObject(["OrganizationId": .string(id.text)])
        }
        let names = (input["Domains"]?.array ?? []).compactMap { $0["DomainName"]?.string?.asciiLowercased }
        for name in names where !NamePolicy.isMailDomain(name) { throw APIFailure.invalid("\(name) is no domain") }
        let testDomain = NamePolicy.testDomain(ofAlias: alias)
        var domains = [domain(testDomain, of: id, isTest: true, at: context.now)]
        for name in names where !domains.contains(where: { $0.name == name }) {
            domains.append(domain(name, of: id, isTest: false, at: context.now))
        }
        let organization = Organization(
            id: id, alias: alias, defaultDomain: testDomain, createdAt: context.now, completedAt: context.now)
        let taken = APIFailure(.nameAvailability, "the alias \(alias) or one of the domains is taken")
        try await telling(.exists, as: taken) { () throws(StoreFailure) in
            try await directory.createOrganization(organization, domains: domains)
        }
        return JSONObject(["OrganizationId": .string(id.text)])
    }

    /// A domain as it is registered now.
    func domain(_ name: String, of organization: OrganizationID, isTest: Bool, at now: Timestamp) -> MailDomain {
        MailDomain(
            name: name, organization: organization,
            ownership: isTest || settings.verifiesDomainsAtOnce ? "VERIFIED" : "PENDING", isTestDomain: isTest,
            registeredAt: now)
    }

    fileprivate func describeOrganization(_ input: Input) async throws -> JSONObject {
        let organization = try await organization(input.organization)
        let arn = "arn:aws:workmail:\(settings.region):\(settings.account):organization/\(organization.id)"
        return JSONObject([
            "OrganizationId": .string(organization.id.text), "Alias": .string(organization.alias),
            "State": .string(organization.state),
            // Each organization has its own directory here; the id is derived, so that it is always the same.
            "DirectoryId": .string("d-" + organization.id.text.dropFirst(2).prefix(10)),
            "DirectoryType": "VpcDirectory", "DefaultMailDomain": .string(organization.defaultDomain),
            "CompletedDate": .moment(organization.completedAt), "ARN": .string(arn), "InteroperabilityEnabled": false,
        ])
    }

    /// Disables and deletes everything of the organization, step by step: when it is interrupted, the same call goes on
    /// where it stopped.
    fileprivate func deleteOrganization(_ input: Input, in context: Context) async throws -> JSONObject {
        let organization = try await organization(input.organization)
        if organization.state != "Deleted" {
            let entities = try await directory.entities(in: organization.id, kind: nil)
            let enabled = entities.filter { $0.state == .enabled && $0.kind == .user }
            guard enabled.isEmpty || input.flag("ForceDelete") == true || organization.state == "Deleting" else {
                throw APIFailure(
                    .organizationState, "\(enabled.count) users are enabled; disable them or set ForceDelete")
            }
            try await directory.setState("Deleting", of: organization.id)
            for entity in entities where entity.state != .deleted {
                if entity.state == .enabled { try await directory.disable(entity.id, at: context.now) }
                try await directory.deleteEntity(entity.id, at: context.now)
            }
            try await removeKeptRecords(of: organization.id)
            try await rules.setJournaling(nil, of: organization.id)
            for domain in try await directory.domains(of: organization.id) {
                try await directory.deregisterDomain(domain.name, of: organization.id)
            }
            try await directory.setState("Deleted", of: organization.id)
        }
        return JSONObject(["OrganizationId": .string(organization.id.text), "State": "Deleted"])
    }
}
