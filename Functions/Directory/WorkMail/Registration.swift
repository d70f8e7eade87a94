import AWSWire
import FunctionRuntime
import MailTypes

// What gives entities their addresses and takes them away (reference/workmail-api.md §4).
extension WorkMailAPI {
    private static let everyKind: Set<EntityKind> = [.user, .group, .resource]
    private static let entityByID: [Member] = [
        .required("OrganizationId", .organizationID), .required("EntityId", .workMailIdentifier),
    ]
    private static let entityByAny: [Member] = [
        .required("OrganizationId", .organizationID), .required("EntityId", .entityIdentifier),
    ]

    static let registrationOperations: [Operation<DirectoryServices>] = [
        .init("RegisterToWorkMail", entityByAny + [.required("Email", .email)]) { services, input, context in
            try await services.usable(input.organization)
            let entity = try await services.entity(
                idOrName: input.required("EntityId"), in: input.organization, everyKind)
            try services.requirePresent(entity)
            let email = try input.address("Email")
            if entity.state == .enabled {
                guard entity.email == email else {
                    throw APIFailure(.entityAlreadyRegistered, "\(entity.name) is registered with another address")
                }
                return JSONObject()
            }
            try await services.requireUsable(email, in: input.organization)
            try await services.changingAddress(email) { () throws(StoreFailure) in
                try await services.directory.enable(entity.id, email: email, at: context.now)
            }
            return JSONObject()
        },
        .init("DeregisterFromWorkMail", entityByAny) { services, input, context in
            try await services.usable(input.organization)
            let entity = try await services.entity(input.required("EntityId"), in: input.organization, everyKind)
            try services.requireEnabled(entity)
            try await services.directory.disable(entity.id, at: context.now)
            return JSONObject()
        },
        .init("CreateAlias", entityByID + [.required("Alias", .email)]) { services, input, _ in
            try await services.usable(input.organization)
            let entity = try await services.entity(id: input.required("EntityId"), in: input.organization, everyKind)
            try services.requireEnabled(entity)
            let alias = try input.address("Alias")
            try await services.requireUsable(alias, in: input.organization)
            try await services.changingAddress(alias) { () throws(StoreFailure) in
                try await services.directory.addAlias(alias, to: entity.id)
            }
            return JSONObject()
        },
        .init("DeleteAlias", entityByID + [.required("Alias", .email)]) { services, input, _ in
            try await services.usable(input.organization)
            let entity = try await services.entity(id: input.required("EntityId"), in: input.organization, everyKind)
            try services.requireEnabled(entity)
            let alias = try input.address("Alias")
            guard alias != entity.email else {
                throw APIFailure.invalid("\(alias) is the primary address; choose another first")
            }
            // An alias that is not there is deleted already.
            if entity.aliases.contains(alias) { try await services.directory.removeAlias(alias, from: entity.id) }
            return JSONObject()
        },
        .init("ListAliases", entityByID + [.optional("NextToken", .nextToken), .optional("MaxResults", .maxResults)]) {
            services, input, _ in
            try await services.usable(input.organization)
            let entity = try await services.entity(id: input.required("EntityId"), in: input.organization, everyKind)
            try services.requireEnabled(entity)
            let addresses = (entity.email.map { [$0] } ?? []) + entity.aliases
            return try Page(of: addresses, for: input, operation: "ListAliases") { $0.canonical }.output("Aliases") {
                .string($0.description)
            }
        },
        .init("UpdatePrimaryEmailAddress", entityByAny + [.required("Email", .email)]) { services, input, _ in
            try await services.usable(input.organization)
            let entity = try await services.entity(input.required("EntityId"), in: input.organization, everyKind)
            try services.requireEnabled(entity)
            let email = try input.address("Email")
            try await services.requireUsable(email, in: input.organization)
            try await services.changingAddress(email) { () throws(StoreFailure) in
                try await services.directory.setPrimaryAddress(email, of: entity.id)
            }
            return JSONObject()
        },
        .init("DescribeEntity", [.required("OrganizationId", .organizationID), .required("Email", .email)]) {
            services, input, _ in
            try await services.usable(input.organization)
            let email = try input.address("Email")
            guard case .entity(let entity) = try await services.directory.resolve(email),
                entity.organization == input.organization
            else { throw APIFailure(.entityNotFound, "nobody in the organization has \(email)") }
            return JSONObject([
                "EntityId": .string(entity.id.text), "Name": .string(entity.name),
                "Type": .string(entity.kind.rawValue),
            ])
        },
    ]
}
