import AWSWire
import FunctionRuntime
import MailTypes

// Who may do what with whose mailbox (reference/workmail-api.md §4, organization-and-access.md §6). Submission asks
// `SendingRights`; full access is kept for the protocols that open a mailbox.
extension WorkMailAPI {
    private static let oneOwner: [Member] = [
        .required("OrganizationId", .organizationID), .required("EntityId", .entityIdentifier),
    ]
    /// A number to start from: the model sets none, and there are three values.
    private static let valuesMax = 100
    private static let value = Shape.oneOf("FULL_ACCESS", "SEND_AS", "SEND_ON_BEHALF")

    static let permissionOperations: [Operation<DirectoryServices>] = [
        .init(
            "PutMailboxPermissions",
            oneOwner + [
                .required("GranteeId", .entityIdentifier),
                .required("PermissionValues", .list(0...valuesMax, of: value)),
            ]
        ) { services, input, _ in try await services.putPermission(input) },
        .init(
            "ListMailboxPermissions",
            oneOwner + [.optional("NextToken", .nextToken), .optional("MaxResults", .maxResults)]
        ) { services, input, _ in try await services.listPermissions(input) },
        .init("DeleteMailboxPermissions", oneOwner + [.required("GranteeId", .entityIdentifier)]) {
            services, input, _ in
            let records = try services.keptRecords(for: "DeleteMailboxPermissions")
            let (owner, grantee) = try await services.ownerAndGrantee(input)
            // Who was disabled since can lose what he has. A set that is not there is deleted already (§1.4).
            try services.requirePresent(grantee)
            try await records.apply(MailboxPermission(owner, to: grantee).removing)
            return JSONObject()
        },
    ]
}

extension DirectoryServices {
    /// The enabled owner of the mailbox, and whoever is to use it.
    fileprivate func ownerAndGrantee(_ input: Input) async throws -> (owner: Entity, grantee: Entity) {
        try await usable(input.organization)
        let owner = try await entity(
            input.required("EntityId"), in: input.organization, [.user, .group, .resource])
        let grantee = try await entity(input.required("GranteeId"), in: input.organization, [.user, .group])
        try requireEnabled(owner)
        return (owner, grantee)
    }

    fileprivate func putPermission(_ input: Input) async throws -> JSONObject {
        let records = try keptRecords(for: "PutMailboxPermissions")
        let (owner, grantee) = try await ownerAndGrantee(input)
        try requireEnabled(grantee)
        let values = Set(input.texts("PermissionValues").compactMap(MailboxPermission.Value.init))
        guard owner.kind != .group || !values.contains(.fullAccess) else {
            throw APIFailure.invalid("\(owner.name) is a group and has no mailbox, so there is no FULL_ACCESS to it")
        }
        // Of two that are put at once the later one stays, whole: the set is replaced, not added to.
        let permission = MailboxPermission(owner, to: grantee, values)
        try await records.apply(values.isEmpty ? permission.removing : try permission.storing())
        return JSONObject()
    }

    fileprivate func listPermissions(_ input: Input) async throws -> JSONObject {
        let operation = "ListMailboxPermissions"
        let records = try keptRecords(for: operation)
        try await usable(input.organization)
        let owner = try await entity(
            input.required("EntityId"), in: input.organization, [.user, .group, .resource])
        let prefix = MailboxPermission.prefix(of: owner.id, in: input.organization)
        let page = try await Page<MailboxPermission>(
            for: input, operation: operation, key: { $0.key.name },
            fetching: { last, limit in
                try await records.records(of: .mailboxPermission, prefix: prefix, after: last, limit: limit)
                    .map { try $0.decoded(as: MailboxPermission.self) }
            })
        return page.output("Permissions") { $0.json }
    }
}

extension MailboxPermission {
    fileprivate init(_ owner: Entity, to grantee: Entity, _ values: Set<Value> = []) {
        self.init(
            organization: owner.organization, owner: owner.id, grantee: grantee.id, granteeKind: grantee.kind,
            values: values)
    }

    /// As the API shows it: the grantee by id, however whoever put it named him.
    fileprivate var json: JSONValue {
        .members([
            "GranteeId": .string(grantee.text), "GranteeType": .string(granteeKind.rawValue),
            "PermissionValues": .array(Value.allCases.filter(values.contains).map { .string($0.rawValue) }),
        ])
    }
}
