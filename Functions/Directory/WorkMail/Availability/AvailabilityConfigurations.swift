import AWSWire
import FunctionRuntime
import MailPolicy
import MailTypes

// Whom to ask for free and busy times (reference/workmail-api.md §9).
extension WorkMailAPI {
    /// Configurations an organization can have; WorkMail's number is not published.
    static let availabilityMax = 100

    private static let oneDomain: [Member] = [
        .required("OrganizationId", .organizationID), .required("DomainName", .domainName),
    ]
    private static let providers: [Member] = [
        .optional(
            "EwsProvider",
            .structure(
                .required("EwsEndpoint", .webAddress), .required("EwsUsername", .latinText),
                .required("EwsPassword", .latinText))),
        .optional("LambdaProvider", .structure(.required("LambdaArn", .lambdaARN))),
    ]

    static let availabilityOperations: [Operation<DirectoryServices>] = [
        .init(
            "CreateAvailabilityConfiguration", oneDomain + providers + [.optional("ClientToken", .clientToken)]
        ) { try await $0.createAvailability($1, at: $2.now) },
        .init("UpdateAvailabilityConfiguration", oneDomain + providers) {
            try await $0.updateAvailability($1, at: $2.now)
        },
        .init(
            "ListAvailabilityConfigurations",
            [
                .required("OrganizationId", .organizationID), .optional("MaxResults", .maxResults),
                .optional("NextToken", .nextToken),
            ]
        ) { services, input, _ in
            let records = try services.keptRecords(for: "ListAvailabilityConfigurations")
            try await services.usable(input.organization)
            let found = try await services.availability(of: input.organization, records)
            return try Page(of: found, for: input, operation: "ListAvailabilityConfigurations") { $0.domain }
                .output("AvailabilityConfigurations") { $0.json }
        },
        // The model has no InvalidParameterException for it (§1.6).
        .init("DeleteAvailabilityConfiguration", oneDomain, violation: .validation) { services, input, _ in
            let records = try services.keptRecords(for: "DeleteAvailabilityConfiguration")
            try await services.usable(input.organization)
            // One that is not there is deleted already (§1.4).
            try await records.apply([.delete(AvailabilityConfiguration.key(input.domain, in: input.organization))])
            return JSONObject()
        },
        .init(
            "TestAvailabilityConfiguration",
            [.required("OrganizationId", .organizationID), .optional("DomainName", .domainName)] + providers
        ) { try await $0.testAvailability($1, in: $2) },
    ]
}

extension Input {
    /// The domain that the operation is about.
    fileprivate var domain: String { required("DomainName").asciiLowercased }

    /// The one provider that the input brings; nil for none, refused for two.
    fileprivate func provider() throws(APIFailure) -> AvailabilityProvider? {
        switch (self["EwsProvider"] != nil, self["LambdaProvider"] != nil) {
        case (true, true): throw .invalid("EwsProvider and LambdaProvider exclude each other")
        case (true, false):
            let ews = structure("EwsProvider")
            return .ews(
                login: EWSLogin(
                    endpoint: ews.required("EwsEndpoint"), username: ews.required("EwsUsername"),
                    password: Secret(ews.required("EwsPassword"))))
        case (false, true): return .lambda(arn: structure("LambdaProvider").required("LambdaArn"))
        case (false, false): return nil
        }
    }

    /// The same where it has to bring one.
    fileprivate func requiredProvider() throws(APIFailure) -> AvailabilityProvider {
        guard let provider = try provider() else { throw .invalid("EwsProvider or LambdaProvider is required") }
        return provider
    }
}

extension DirectoryServices {
    fileprivate func availability(of organization: OrganizationID, _ records: any RecordStore)
        async throws(StoreFailure) -> [AvailabilityConfiguration]
    {
        let prefix = AvailabilityConfiguration.prefix(of: organization)
        var found: [AvailabilityConfiguration] = []
        for record in try await records.records(of: .availability, prefix: prefix) {
            found.append(try record.decoded(as: AvailabilityConfiguration.self))
        }
        return found
    }

    fileprivate func createAvailability(_ input: Input, at now: Timestamp) async throws -> JSONObject {
        let records = try keptRecords(for: "CreateAvailabilityConfiguration")
        let provider = try input.requiredProvider()
        guard NamePolicy.isMailDomain(input.domain) else { throw APIFailure.invalid("\(input.domain) is no domain") }
        try await usable(input.organization)
        var new = AvailabilityConfiguration(provider, for: input.domain, of: input.organization, at: now)
        new.token = input.text("ClientToken")
        let known = try await availability(of: input.organization, records)
        if try Self.isMade(new, among: known) { return JSONObject() }
        guard known.count < WorkMailAPI.availabilityMax else {
            throw APIFailure(
                .limitExceeded, "an organization has at most \(WorkMailAPI.availabilityMax) availability configurations"
            )
        }
        do {
            try await records.apply(try new.storing(expecting: 0))
        } catch {
            // Somebody was faster: perhaps the same call, sent twice.
            let known = try await availability(of: input.organization, records)
            guard case .exists = error, try Self.isMade(new, among: known) else { throw error }
        }
        return JSONObject()
    }

    /// True when the same call made it before (§1.4); refuses one whose token or domain is taken.
    private static func isMade(_ new: AvailabilityConfiguration, among known: [AvailabilityConfiguration])
        throws(APIFailure) -> Bool
    {
        if let token = new.token, let former = known.first(where: { $0.token == token }) {
            guard former.request == new.request else {
                throw .invalid("the ClientToken was used for another availability configuration")
            }
            return true
        }
        guard !known.contains(where: { $0.domain == new.domain }) else {
            throw APIFailure(.nameAvailability, "\(new.domain) has an availability configuration already")
        }
        return false
    }

    fileprivate func updateAvailability(_ input: Input, at now: Timestamp) async throws -> JSONObject {
        let records = try keptRecords(for: "UpdateAvailabilityConfiguration")
        let provider = try input.requiredProvider()
        try await usable(input.organization)
        while true {
            let found = try await configuration(input, records)
            var changed = found.value
            (changed.provider, changed.modifiedAt) = (provider, now)
            do {
                try await records.apply(try changed.storing(expecting: found.revision))
                return JSONObject()
            } catch {
                // Somebody else's change came first, and is replaced by this one unless it was the end.
                guard case .conflict = error else { throw error }
            }
        }
    }

    /// The configuration of the domain that the input names.
    private func configuration(_ input: Input, _ records: any RecordStore) async throws -> (
        value: AvailabilityConfiguration, revision: Int
    ) {
        let key = AvailabilityConfiguration.key(input.domain, in: input.organization)
        guard let found = try await records.value(key, as: AvailabilityConfiguration.self) else {
            throw APIFailure(.resourceNotFound, "\(input.domain) has no availability configuration")
        }
        return found
    }

    fileprivate func testAvailability(_ input: Input, in context: Context) async throws -> JSONObject {
        let records = try keptRecords(for: "TestAvailabilityConfiguration")
        let given = try input.provider()
        guard (given == nil) == (input.text("DomainName") != nil) else {
            throw APIFailure.invalid("either DomainName or a provider is required, and not both")
        }
        let organization = try await usable(input.organization)
        let provider = if let given { given } else { try await configuration(input, records).value.provider }
        let domain = given == nil ? input.domain : organization.defaultDomain
        let test = AvailabilityTest(
            services: self, organization: organization, domain: domain, functions: try callableFunctions())
        guard let problem = await test.problem(with: provider, in: context) else {
            return JSONObject(["TestPassed": true])
        }
        let reason = String(problem.unicodeScalars.prefix(AvailabilityTest.reasonMax))
        return JSONObject(["TestPassed": false, "FailureReason": .string(reason)])
    }
}

extension AvailabilityConfiguration {
    /// As the API shows it: without the password.
    fileprivate var json: JSONValue {
        var shown = JSONObject(["DomainName": .string(domain), "ProviderType": .string(provider.type)])
        switch provider {
        case .ews(let login):
            shown["EwsProvider"] = [
                "EwsEndpoint": .string(login.endpoint), "EwsUsername": .string(login.username),
            ]
        case .lambda(let arn): shown["LambdaProvider"] = ["LambdaArn": .string(arn)]
        }
        shown["DateCreated"] = .timestamp(createdAt)
        shown["DateModified"] = .timestamp(modifiedAt)
        return .object(shown)
    }
}
