import AWSWire
import FunctionRuntime
import MailPolicy
import MailTypes

// Users (reference/workmail-api.md §4).
extension WorkMailAPI {
    /// Members that UpdateUser sets and DescribeUser shows, kept as attributes of the entity.
    static let contactFields = [
        "FirstName", "LastName", "Initials", "Telephone", "Street", "JobTitle", "City", "Company", "ZipCode",
        "Department", "Country", "Office",
    ]

    private static let oneUser: [Member] = [
        .required("OrganizationId", .organizationID), .required("UserId", .entityIdentifier),
    ]

    static let userOperations: [Operation<DirectoryServices>] = [
        .init(
            "CreateUser",
            [
                .required("OrganizationId", .organizationID), .required("Name", .userName),
                .required("DisplayName", .attribute), .optional("Password", .password), .optional("Role", .role),
                .optional("FirstName", .attribute), .optional("LastName", .attribute),
                .optional("HiddenFromGlobalAddressList", .boolean),
                .optional("IdentityProviderUserId", .identityProviderUser),
            ]
        ) { try await $0.createUser($1, in: $2) },
        .init("DescribeUser", oneUser) { services, input, _ in
            try await services.organizationInAnyUsableState(input)
            let user = try await services.entity(input.required("UserId"), in: input.organization, [.user])
            return services.description(of: user)
        },
        .init(
            "UpdateUser",
            oneUser + [
                .optional("Role", .role), .optional("DisplayName", .attribute),
                .optional("HiddenFromGlobalAddressList", .boolean),
                .optional("IdentityProviderUserId", .identityProviderUser),
            ] + contactFields.map { .optional($0, .attribute) }
        ) { services, input, _ in try await services.updateUser(input) },
        .init("DeleteUser", oneUser) { try await $0.delete("UserId", .user, $1, at: $2.now) },
        .init(
            "ListUsers",
            [
                .required("OrganizationId", .organizationID), .optional("NextToken", .nextToken),
                .optional("MaxResults", .maxResults),
                .optional(
                    "Filters",
                    .structure(
                        .optional("UsernamePrefix", .prefix), .optional("DisplayNamePrefix", .prefix),
                        .optional("PrimaryEmailPrefix", .prefix), .optional("State", .entityState),
                        .optional("IdentityProviderUserIdPrefix", .text(1...47)))),
            ]
        ) { services, input, _ in
            let users = try await services.listed(.user, input, nameFilter: "UsernamePrefix")
            return try Page(of: users, for: input, operation: "ListUsers") { $0.id.text }.output("Users") {
                .members([
                    "Id": .string($0.id.text), "Email": .text($0.email?.description), "Name": .string($0.name),
                    "DisplayName": .string($0.displayName), "State": .string($0.state.rawValue),
                    "UserRole": .string($0.role), "EnabledDate": .moment($0.enabledAt),
                    "DisabledDate": .moment($0.disabledAt),
                    "IdentityProviderUserId": .text($0.attributes["IdentityProviderUserId"]),
                ])
            }
        },
        .init(
            "ResetPassword",
            [
                .required("OrganizationId", .organizationID), .required("UserId", .workMailIdentifier),
                .required("Password", .password),
            ]
        ) { services, input, _ in
            try await services.usable(input.organization)
            let user = try await services.entity(id: input.required("UserId"), in: input.organization, [.user])
            try services.requirePresent(user)
            let hash = try await services.hashed(input.required("Password"))
            try await services.directory.setPasswordHash(hash, of: user.id)
            return JSONObject()
        },
    ]
}

extension DirectoryServices {
    /// Describing works in every state in which the organization can be used.
    @discardableResult
    func organizationInAnyUsableState(_ input: Input) async throws -> Organization {
        try await usable(input.organization)
    }

    fileprivate func createUser(_ input: Input, in context: Context) async throws -> JSONObject {
        try await usable(input.organization)
        let role = input.text("Role") ?? "USER"
        try Self.requireGivable(role)
        if let most = settings.usersMax {
            let users = try await directory.entities(in: input.organization, kind: .user)
            guard users.count < most else { throw APIFailure.invalid("the organization has its \(most) users already") }
        }
        var attributes: [String: String] = [:]
        for field in ["FirstName", "LastName", "IdentityProviderUserId"] { attributes[field] = input.text(field) }
        let id = EntityID(context.random.identifier(at: context.now).description)
        let user = Entity(
            id: id, organization: input.organization, kind: .user, name: input.required("Name"),
            displayName: input.required("DisplayName"), role: role,
            isHidden: input.flag("HiddenFromGlobalAddressList") ?? false, createdAt: context.now, attributes: attributes
        )
        // A user without a password cannot log in with one.
        var hash: Secret<String>?
        if let password = input.text("Password") { hash = try await hashed(password) }
        try await create(user, passwordHash: hash)
        return JSONObject(["UserId": .string(id.text)])
    }

    private static func requireGivable(_ role: String) throws(APIFailure) {
        guard role == "USER" || role == "REMOTE_USER" else { throw .invalid("the role \(role) cannot be given") }
    }

    fileprivate func updateUser(_ input: Input) async throws -> JSONObject {
        try await usable(input.organization)
        var user = try await entity(input.required("UserId"), in: input.organization, [.user])
        try requirePresent(user)
        if let role = input.text("Role") {
            try Self.requireGivable(role)
            user.role = role
        }
        if let name = input.text("DisplayName") { user.displayName = name }
        if let isHidden = input.flag("HiddenFromGlobalAddressList") { user.isHidden = isHidden }
        for field in WorkMailAPI.contactFields + ["IdentityProviderUserId"] {
            // An empty text clears the field.
            if let text = input.text(field) { user.attributes[field] = text.isEmpty ? nil : text }
        }
        try await directory.updateEntity(user)
        return JSONObject()
    }

    fileprivate func description(of user: Entity) -> JSONObject {
        var output = JSONObject([
            "UserId": .string(user.id.text), "Name": .string(user.name), "Email": .text(user.email?.description),
            "DisplayName": .string(user.displayName), "State": .string(user.state.rawValue),
            "UserRole": .string(user.role), "EnabledDate": .moment(user.enabledAt),
            "DisabledDate": .moment(user.disabledAt), "MailboxProvisionedDate": .moment(user.mailboxProvisionedAt),
            "MailboxDeprovisionedDate": .moment(user.mailboxDeprovisionedAt),
            "HiddenFromGlobalAddressList": .bool(user.isHidden),
        ])
        for field in WorkMailAPI.contactFields + ["IdentityProviderUserId"] {
            output[field] = .text(user.attributes[field])
        }
        return output
    }

    /// Entities of a kind that the input's filter lets through. One filter a request (§4).
    func listed(_ kind: EntityKind, _ input: Input, nameFilter: String) async throws -> [Entity] {
        try await usable(input.organization)
        let filters = input.structure("Filters")
        let names = [nameFilter, "DisplayNamePrefix", "PrimaryEmailPrefix", "State", "IdentityProviderUserIdPrefix"]
        let given = names.filter { filters[$0] != nil }
        guard given.count <= 1 else { throw APIFailure.invalid("one filter a request; these were given: \(given)") }
        let all = try await directory.entities(in: input.organization, kind: kind)
        guard let filter = given.first, let wanted = filters.text(filter) else { return all }
        let prefix = wanted.asciiLowercased
        return all.filter { entity in
            switch filter {
            case "State": entity.state.rawValue == wanted
            case "DisplayNamePrefix": entity.displayName.asciiLowercased.hasPrefix(prefix)
            case "PrimaryEmailPrefix": entity.email?.canonical.hasPrefix(prefix) ?? false
            case "IdentityProviderUserIdPrefix":
                entity.attributes["IdentityProviderUserId"]?.asciiLowercased.hasPrefix(prefix) ?? false
            default: entity.name.asciiLowercased.hasPrefix(prefix)
            }
        }
    }
}
