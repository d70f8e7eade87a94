import AWSWire
import FunctionRuntime
import MailPolicy
import MailTypes

// Rooms and equipment (reference/workmail-api.md §4).
extension WorkMailAPI {
    private static let oneResource: [Member] = [
        .required("OrganizationId", .organizationID), .required("ResourceId", .entityIdentifier),
    ]
    private static let resourceType = Shape.oneOf("ROOM", "EQUIPMENT")

    static let resourceOperations: [Operation<DirectoryServices>] = [
        .init(
            "CreateResource",
            [
                .required("OrganizationId", .organizationID), .required("Name", .resourceName),
                .required("Type", resourceType), .optional("Description", .text(1...64)),
                .optional("HiddenFromGlobalAddressList", .boolean),
            ]
        ) { services, input, context in
            try await services.usable(input.organization)
            let id = EntityID("r-" + context.random.identifier(at: context.now).hex)
            let name = input.required("Name")
            try await services.create(
                Entity(
                    id: id, organization: input.organization, kind: .resource, name: name, displayName: name,
                    role: input.required("Type"), isHidden: input.flag("HiddenFromGlobalAddressList") ?? false,
                    createdAt: context.now,
                    attributes: input.text("Description").map { ["Description": $0] } ?? [:]),
                passwordHash: nil)
            return JSONObject(["ResourceId": .string(id.text)])
        },
        .init("DescribeResource", oneResource) { services, input, _ in
            try await services.usable(input.organization)
            let resource = try await services.entity(input.required("ResourceId"), in: input.organization, [.resource])
            let booking = BookingOptions(resource.attributes)
            return JSONObject([
                "ResourceId": .string(resource.id.text), "Email": .text(resource.email?.description),
                "Name": .string(resource.name), "Type": .string(resource.role), "BookingOptions": booking.json,
                "State": .string(resource.state.rawValue), "EnabledDate": .moment(resource.enabledAt),
                "DisabledDate": .moment(resource.disabledAt), "Description": .text(resource.attributes["Description"]),
                "HiddenFromGlobalAddressList": .bool(resource.isHidden),
            ])
        },
        .init(
            "UpdateResource",
            oneResource + [
                .optional("Name", .resourceName),
                .optional(
                    "BookingOptions",
                    .structure(
                        .optional("AutoAcceptRequests", .boolean), .optional("AutoDeclineRecurringRequests", .boolean),
                        .optional("AutoDeclineConflictingRequests", .boolean))),
                .optional("Description", .text(0...64)), .optional("Type", resourceType),
                .optional("HiddenFromGlobalAddressList", .boolean),
            ]
        ) { services, input, _ in try await services.updateResource(input) },
        .init("DeleteResource", oneResource) { try await $0.delete("ResourceId", .resource, $1, at: $2.now) },
        .init(
            "ListResources",
            [
                .required("OrganizationId", .organizationID), .optional("NextToken", .nextToken),
                .optional("MaxResults", .maxResults),
                .optional(
                    "Filters",
                    .structure(
                        .optional("NamePrefix", .prefix), .optional("PrimaryEmailPrefix", .prefix),
                        .optional("State", .entityState))),
            ]
        ) { services, input, _ in
            let resources = try await services.listed(.resource, input, nameFilter: "NamePrefix")
            return try Page(of: resources, for: input, operation: "ListResources") { $0.id.text }.output("Resources") {
                .members([
                    "Id": .string($0.id.text), "Email": .text($0.email?.description), "Name": .string($0.name),
                    "Type": .string($0.role), "State": .string($0.state.rawValue),
                    "EnabledDate": .moment($0.enabledAt), "DisabledDate": .moment($0.disabledAt),
                    "Description": .text($0.attributes["Description"]),
                ])
            }
        },
    ]
}

/// How a resource answers requests, kept as attributes; absent ones have the value of a new resource.
private struct BookingOptions {
    var acceptsRequests: Bool
    var declinesRecurring: Bool
    var declinesConflicting: Bool

    init(_ attributes: [String: String]) {
        acceptsRequests = attributes["AutoAcceptRequests"] != "false"
        declinesRecurring = attributes["AutoDeclineRecurringRequests"] == "true"
        declinesConflicting = attributes["AutoDeclineConflictingRequests"] != "false"
    }

    var json: JSONValue {
        [
            "AutoAcceptRequests": .bool(acceptsRequests), "AutoDeclineRecurringRequests": .bool(declinesRecurring),
            "AutoDeclineConflictingRequests": .bool(declinesConflicting),
        ]
    }
}

extension DirectoryServices {
    fileprivate func updateResource(_ input: Input) async throws -> JSONObject {
        try await usable(input.organization)
        var resource = try await entity(input.required("ResourceId"), in: input.organization, [.resource])
        try requirePresent(resource)
        if let name = input.text("Name") {
            guard !NamePolicy.isReserved(name) else { throw APIFailure.invalid("\(name) is a name of the system") }
            (resource.name, resource.displayName) = (name, name)
        }
        if let type = input.text("Type") { resource.role = type }
        if let isHidden = input.flag("HiddenFromGlobalAddressList") { resource.isHidden = isHidden }
        if let text = input.text("Description") { resource.attributes["Description"] = text.isEmpty ? nil : text }
        if input["BookingOptions"] != nil {
            // The whole structure is given; what is missing is false, as the model's plain booleans are.
            let booking = input.structure("BookingOptions")
            guard booking.flag("AutoAcceptRequests") == true else {
                // Delegates come with calendars; without one nobody would answer a request.
                throw APIFailure(.invalidConfiguration, "a resource that does not accept by itself needs a delegate")
            }
            for name in ["AutoAcceptRequests", "AutoDeclineRecurringRequests", "AutoDeclineConflictingRequests"] {
                resource.attributes[name] = booking.flag(name) == true ? "true" : "false"
            }
        }
        let taken = APIFailure(.nameAvailability, "the name \(resource.name) is taken")
        try await telling(.exists, as: taken) { () throws(StoreFailure) in
            try await directory.updateEntity(resource)
        }
        return JSONObject()
    }
}
