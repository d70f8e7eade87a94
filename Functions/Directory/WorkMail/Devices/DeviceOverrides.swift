import AWSWire
import FunctionRuntime
import MailTypes

// Overrides of the rules for mobile devices (reference/workmail-api.md §7). They are kept for the protocol that devices
// speak, ActiveSync.
extension WorkMailAPI {
    private static let oneOverride: [Member] = [
        .required("OrganizationId", .organizationID), .required("UserId", .entityIdentifier),
        .required("DeviceId", .deviceID),
    ]

    static let deviceOperations: [Operation<DirectoryServices>] = [
        .init(
            "PutMobileDeviceAccessOverride",
            oneOverride + [
                .required("Effect", .oneOf("ALLOW", "DENY")), .optional("Description", .text(1...256)),
            ]
        ) { try await $0.putOverride($1, at: $2.now) },
        .init("GetMobileDeviceAccessOverride", oneOverride) { services, input, _ in
            let records = try services.keptRecords(for: "GetMobileDeviceAccessOverride")
            let key = try await services.overrideKey(input)
            guard let override = try await records.value(key, as: DeviceOverride.self)?.value else {
                throw APIFailure(.resourceNotFound, "there is no override for this user and device")
            }
            return override.json
        },
        .init(
            "ListMobileDeviceAccessOverrides",
            [
                .required("OrganizationId", .organizationID), .optional("UserId", .entityIdentifier),
                .optional("DeviceId", .deviceID), .optional("NextToken", .nextToken),
                .optional("MaxResults", .maxResults),
            ]
        ) { services, input, _ in try await services.listOverrides(input) },
        .init("DeleteMobileDeviceAccessOverride", oneOverride) { services, input, _ in
            let records = try services.keptRecords(for: "DeleteMobileDeviceAccessOverride")
            let key = try await services.overrideKey(input)
            // One that is not there is deleted already (§1.4).
            if let override = try await records.value(key, as: DeviceOverride.self)?.value {
                try await records.apply(override.removing)
            }
            return JSONObject()
        },
    ]
}

extension DirectoryServices {
    /// Where the override of a user and device is, once the user was found.
    fileprivate func overrideKey(_ input: Input) async throws -> RecordKey {
        try await usable(input.organization)
        let user = try await entity(input.required("UserId"), in: input.organization, [.user])
        return DeviceOverride.key(user.id, input.required("DeviceId"), in: input.organization)
    }

    fileprivate func putOverride(_ input: Input, at now: Timestamp) async throws -> JSONObject {
        let records = try keptRecords(for: "PutMobileDeviceAccessOverride")
        try await usable(input.organization)
        let user = try await entity(input.required("UserId"), in: input.organization, [.user])
        try requireEnabled(user)
        let device = input.required("DeviceId")
        let key = DeviceOverride.key(user.id, device, in: input.organization)
        // Of two that are put at once the later one stays, whole: nothing of the other is missed.
        let former = try await records.value(key, as: DeviceOverride.self)?.value
        let override = DeviceOverride(
            organization: input.organization, user: user.id, device: device, effect: input.required("Effect"),
            description: input.text("Description"), createdAt: former?.createdAt ?? now, modifiedAt: now)
        try await records.apply(try override.storing())
        return JSONObject()
    }

    fileprivate func listOverrides(_ input: Input) async throws -> JSONObject {
        let operation = "ListMobileDeviceAccessOverrides"
        let records = try keptRecords(for: operation)
        try await usable(input.organization)
        var user: EntityID?
        if let identifier = input.text("UserId") {
            user = try await entity(identifier, in: input.organization, [.user]).id
        }
        let (kind, prefix): (RecordKind, String) =
            switch (user, input.text("DeviceId")) {
            case (let user?, let device?):
                (.deviceOverride, DeviceOverride.key(user, device, in: input.organization).name)
            case (let user?, nil): (.deviceOverride, DeviceOverride.prefix(of: user, in: input.organization))
            case (nil, let device?):
                (.deviceOverrideByDevice, DeviceOverride.prefix(ofDevice: device, in: input.organization))
            case (nil, nil): (.deviceOverride, DeviceOverride.prefix(of: input.organization))
            }
        let page = try await Page<DeviceOverride>(
            for: input, operation: operation,
            key: { kind == .deviceOverride ? $0.key.name : $0.keyByDevice.name },
            fetching: { last, limit in
                try await records.records(of: kind, prefix: prefix, after: last, limit: limit)
                    .map { try $0.decoded(as: DeviceOverride.self) }
            })
        return page.output("Overrides") { .object($0.json) }
    }
}

extension DeviceOverride {
    /// As the API shows it: the user by id, however whoever put it named him.
    fileprivate var json: JSONObject {
        JSONObject([
            "UserId": .string(user.text), "DeviceId": .string(device), "Effect": .string(effect),
            "Description": .text(description), "DateCreated": .moment(createdAt), "DateModified": .moment(modifiedAt),
        ])
    }
}
