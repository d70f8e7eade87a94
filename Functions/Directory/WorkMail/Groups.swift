import AWSWire
import FunctionRuntime
import MailPolicy
import MailTypes

// Groups and their members (reference/workmail-api.md §4).
extension WorkMailAPI {
    private static let oneGroup: [Member] = [
        .required("OrganizationId", .organizationID), .required("GroupId", .entityIdentifier),
    ]
    private static let paging: [Member] = [.optional("NextToken", .nextToken), .optional("MaxResults", .maxResults)]

    static let groupOperations: [Operation<DirectoryServices>] = [
        .init(
            "CreateGroup",
            [
                .required("OrganizationId", .organizationID), .required("Name", .groupName),
                .optional("HiddenFromGlobalAddressList", .boolean),
            ]
        ) { services, input, context in
            try await services.usable(input.organization)
            let id = EntityID(context.random.identifier(at: context.now).description)
            let name = input.required("Name")
            try await services.create(
                Entity(
                    id: id, organization: input.organization, kind: .group, name: name, displayName: name, role: "",
                    isHidden: input.flag("HiddenFromGlobalAddressList") ?? false, createdAt: context.now),
                passwordHash: nil)
            return JSONObject(["GroupId": .string(id.text)])
        },
        .init("DescribeGroup", oneGroup) { services, input, _ in
            try await services.usable(input.organization)
            let group = try await services.entity(input.required("GroupId"), in: input.organization, [.group])
            return JSONObject([
                "GroupId": .string(group.id.text), "Name": .string(group.name),
                "Email": .text(group.email?.description), "State": .string(group.state.rawValue),
                "EnabledDate": .moment(group.enabledAt), "DisabledDate": .moment(group.disabledAt),
                "HiddenFromGlobalAddressList": .bool(group.isHidden),
            ])
        },
        .init("UpdateGroup", oneGroup + [.optional("HiddenFromGlobalAddressList", .boolean)]) { services, input, _ in
            try await services.usable(input.organization)
            var group = try await services.entity(input.required("GroupId"), in: input.organization, [.group])
            try services.requirePresent(group)
            if let isHidden = input.flag("HiddenFromGlobalAddressList") {
                group.isHidden = isHidden
                try await services.directory.updateEntity(group)
            }
            return JSONObject()
        },
        .init("DeleteGroup", oneGroup) { try await $0.delete("GroupId", .group, $1, at: $2.now) },
        .init(
            "ListGroups",
            [.required("OrganizationId", .organizationID)] + paging + [
                .optional(
                    "Filters",
                    .structure(
                        .optional("NamePrefix", .prefix), .optional("PrimaryEmailPrefix", .prefix),
                        .optional("State", .entityState)))
            ]
        ) { services, input, _ in
            let groups = try await services.listed(.group, input, nameFilter: "NamePrefix")
            return try Page(of: groups, for: input, operation: "ListGroups") { $0.id.text }.output("Groups") {
                .members([
                    "Id": .string($0.id.text), "Email": .text($0.email?.description), "Name": .string($0.name),
                    "State": .string($0.state.rawValue), "EnabledDate": .moment($0.enabledAt),
                    "DisabledDate": .moment($0.disabledAt),
                ])
            }
        },
        .init("AssociateMemberToGroup", oneGroup + [.required("MemberId", .entityIdentifier)]) { services, input, _ in
            let (group, member) = try await services.groupAndMember(input)
            let loop = APIFailure.invalid("\(group.name) would contain itself")
            try await services.telling(.conflict, as: loop) { () throws(StoreFailure) in
                try await services.directory.addMember(member.id, to: group.id)
            }
            return JSONObject()
        },
        .init("DisassociateMemberFromGroup", oneGroup + [.required("MemberId", .entityIdentifier)]) {
            services, input, _ in
            let (group, member) = try await services.groupAndMember(input)
            try await services.directory.removeMember(member.id, from: group.id)
            return JSONObject()
        },
        .init("ListGroupMembers", oneGroup + paging) { services, input, _ in
            try await services.usable(input.organization)
            let group = try await services.entity(input.required("GroupId"), in: input.organization, [.group])
            try services.requirePresent(group)
            let members = try await services.directory.members(of: group.id)
            return try Page(of: members, for: input, operation: "ListGroupMembers") { $0.id.text }.output("Members") {
                .members([
                    "Id": .string($0.id.text), "Name": .string($0.name),
                    "Type": .string($0.kind == .group ? "GROUP" : "USER"), "State": .string($0.state.rawValue),
                    "EnabledDate": .moment($0.enabledAt), "DisabledDate": .moment($0.disabledAt),
                ])
            }
        },
        .init(
            "ListGroupsForEntity",
            [
                .required("OrganizationId", .organizationID), .required("EntityId", .entityIdentifier),
                .optional("Filters", .structure(.optional("GroupNamePrefix", .prefix))),
            ] + paging
        ) { services, input, _ in
            try await services.usable(input.organization)
            let entity = try await services.entity(
                input.required("EntityId"), in: input.organization, [.user, .group, .resource])
            try services.requirePresent(entity)
            let prefix = input.structure("Filters").text("GroupNamePrefix")?.asciiLowercased ?? ""
            let groups = try await services.directory.groups(of: entity.id)
                .filter { $0.name.asciiLowercased.hasPrefix(prefix) }
            return try Page(of: groups, for: input, operation: "ListGroupsForEntity") { $0.id.text }.output("Groups") {
                ["GroupId": .string($0.id.text), "GroupName": .string($0.name)]
            }
        },
    ]
}

extension DirectoryServices {
    fileprivate func groupAndMember(_ input: Input) async throws -> (group: Entity, member: Entity) {
        try await usable(input.organization)
        let group = try await entity(input.required("GroupId"), in: input.organization, [.group])
        let member = try await entity(input.required("MemberId"), in: input.organization, [.user, .group])
        try requirePresent(group)
        try requirePresent(member)
        return (group, member)
    }
}
