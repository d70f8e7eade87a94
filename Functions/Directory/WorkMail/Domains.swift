import AWSWire
import FunctionRuntime
import MailPolicy
import MailTypes

// Domains (reference/workmail-api.md §5).
extension WorkMailAPI {
    private static let oneDomain: [Member] = [
        .required("OrganizationId", .organizationID), .required("DomainName", .mailDomainName),
    ]

    static let domainOperations: [Operation<DirectoryServices>] = [
        .init("RegisterMailDomain", oneDomain + [.optional("ClientToken", .clientToken)]) {
            try await $0.registerDomain($1, at: $2.now)
        },
        .init("DeregisterMailDomain", oneDomain) { services, input, _ in try await services.deregisterDomain(input) },
        .init("GetMailDomain", oneDomain) { services, input, _ in try await services.getDomain(input) },
        .init(
            "ListMailDomains",
            [
                .required("OrganizationId", .organizationID), .optional("MaxResults", .maxResults),
                .optional("NextToken", .nextToken),
            ]
        ) { services, input, _ in
            let organization = try await services.usable(input.organization)
            let domains = try await services.directory.domains(of: organization.id)
            return try Page(of: domains, for: input, operation: "ListMailDomains") { $0.name }.output("MailDomains") {
                ["DomainName": .string($0.name), "DefaultDomain": .bool($0.name == organization.defaultDomain)]
            }
        },
        .init("UpdateDefaultMailDomain", oneDomain) { services, input, _ in
            try await services.usable(input.organization)
            let domain = try await services.domain(input)
            guard domain.ownership == "VERIFIED" else {
                throw APIFailure(.mailDomainState, "\(domain.name) is not verified yet")
            }
            try await services.directory.setDefaultDomain(domain.name, of: input.organization)
            return JSONObject()
        },
    ]
}

extension DirectoryServices {
    /// The domain that the input names.
    fileprivate func domain(_ input: Input) async throws -> MailDomain {
        let name = input.required("DomainName").asciiLowercased
        guard let domain = try await directory.domains(of: input.organization).first(where: { $0.name == name }) else {
            throw APIFailure(.mailDomainNotFound, "\(name) is not a domain of organization \(input.organization)")
        }
        return domain
    }

    fileprivate func registerDomain(_ input: Input, at now: Timestamp) async throws -> JSONObject {
        try await usable(input.organization)
        let name = input.required("DomainName").asciiLowercased
        guard NamePolicy.isMailDomain(name) else { throw APIFailure.invalid("\(name) is no domain") }
        let domains = try await directory.domains(of: input.organization)
        // Registering one's own domain again refreshes it: there is nothing to refresh here.
        if domains.contains(where: { $0.name == name }) { return JSONObject() }
        guard domains.count < settings.domainsMax else {
            throw APIFailure(.limitExceeded, "an organization has at most \(settings.domainsMax) domains")
        }
        // The test domains of organizations to come are nobody's.
        guard !name.hasSuffix(".awsapps.com") else {
            throw APIFailure(.mailDomainInUse, "\(name) is kept for the organization of that alias")
        }
        let new = domain(name, of: input.organization, isTest: false, at: now)
        let taken = APIFailure(.mailDomainInUse, "\(name) is used by another organization")
        try await telling(.exists, as: taken) { () throws(StoreFailure) in try await directory.registerDomain(new) }
        return JSONObject()
    }

    fileprivate func deregisterDomain(_ input: Input) async throws -> JSONObject {
        let organization = try await usable(input.organization)
        let name = input.required("DomainName").asciiLowercased
        guard let domain = try await directory.domains(of: organization.id).first(where: { $0.name == name }) else {
            return JSONObject()
        }
        guard !domain.isTestDomain, name != organization.defaultDomain else {
            throw APIFailure(
                .mailDomainInUse,
                domain.isTestDomain
                    ? "\(name) is the test domain" : "\(name) is the default domain; choose another first")
        }
        let inUse = APIFailure(.mailDomainInUse, "addresses in \(name) are in use; remove them first")
        try await telling(.conflict, as: inUse) { () throws(StoreFailure) in
            try await directory.deregisterDomain(name, of: organization.id)
        }
        return JSONObject()
    }

    fileprivate func getDomain(_ input: Input) async throws -> JSONObject {
        let organization = try await usable(input.organization)
        let domain = try await domain(input)
        return JSONObject([
            "Records": .array(records(of: domain)), "IsTestDomain": .bool(domain.isTestDomain),
            "IsDefault": .bool(domain.name == organization.defaultDomain),
            "OwnershipVerificationStatus": .string(domain.ownership),
            // Signing comes with relaying; until then no key is published.
            "DkimVerificationStatus": "PENDING",
        ])
    }

    /// What a zone should hold for the domain (reference/organization-and-access.md §4.1), pointing at this system.
    private func records(of domain: MailDomain) -> [JSONValue] {
        let name = domain.name
        let token = Base64.encode(Fingerprint.octets("\(domain.organization)/\(name)")).text
        func record(_ type: String, _ hostname: String, _ value: String) -> JSONValue {
            ["Type": .string(type), "Hostname": .string(hostname), "Value": .string(value)]
        }
        return [
            record("MX", "\(name).", "10 \(settings.mailHost)."),
            record("TXT", "_amazonses.\(name).", token),
            record("CNAME", "autodiscover.\(name).", "\(settings.webHost)."),
            record("TXT", "\(name).", "v=spf1 a:\(settings.mailHost) ~all"),
            record("TXT", "_dmarc.\(name).", "v=DMARC1;p=quarantine;pct=100;fo=1"),
        ]
    }
}
