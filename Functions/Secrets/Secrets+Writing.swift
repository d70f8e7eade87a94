import AWSWire
import FunctionRuntime
import MailTypes

extension Secrets {
    static let writing: [Operation<Secrets>] = [
        Operation(
            "CreateSecret",
            [
                .required("Name", .secretName), .optional("ClientRequestToken", .secretToken),
                .optional("Description", .text(0...2048)), .optional("SecretString", .secretString),
                .optional("SecretBinary", .secretBinary), .optional("Tags", .secretTags),
            ]
        ) { services, input, context in try await services.create(input, context) },
        Operation(
            "PutSecretValue",
            [
                .required("SecretId", .secretID), .optional("ClientRequestToken", .secretToken),
                .optional("SecretString", .secretString), .optional("SecretBinary", .secretBinary),
                .optional("VersionStages", .secretStages),
            ]
        ) { services, input, context in
            guard let value = try value(input) else {
                throw ServiceFailure.invalid("SecretString or SecretBinary is required")
            }
            let id = versionID(input, context)
            let stages = input.texts("VersionStages")
            let secret = try await services.change(input, at: context.now) { secret throws(ServiceFailure) in
                try put(value, id, stages.isEmpty ? [StoredSecret.current] : stages, in: &secret, at: context.now)
            }
            let made = secret.version(id: id, stage: nil)
            return [
                "ARN": .string(secret.arn), "Name": .string(secret.name), "VersionId": .string(id),
                "VersionStages": .array((made?.stages ?? []).map { .string($0) }),
            ]
        },
        Operation(
            "UpdateSecret",
            [
                .required("SecretId", .secretID), .optional("ClientRequestToken", .secretToken),
                .optional("Description", .text(0...2048)), .optional("SecretString", .secretString),
                .optional("SecretBinary", .secretBinary),
            ]
        ) { services, input, context in
            let value = try value(input)
            let id = versionID(input, context)
            let secret = try await services.change(input, at: context.now) { secret throws(ServiceFailure) in
                secret.description = input.text("Description") ?? secret.description
                secret.changedAt = context.now
                if let value { try put(value, id, [StoredSecret.current], in: &secret, at: context.now) }
            }
            return [
                "ARN": .string(secret.arn), "Name": .string(secret.name), "VersionId": value == nil ? nil : .string(id),
            ]
        },
        Operation(
            "DeleteSecret",
            [
                .required("SecretId", .secretID), .optional("RecoveryWindowInDays", .integer(7...30)),
                .optional("ForceDeleteWithoutRecovery", .boolean),
            ]
        ) { services, input, context in
            let days = input.integer("RecoveryWindowInDays")
            if input.flag("ForceDeleteWithoutRecovery") == true {
                guard days == nil else {
                    throw ServiceFailure.invalid(
                        "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
                }
                let secret = try await services.any(input, at: context.now).secret
                try await services.records.apply([.delete(StoredSecret.key(secret.name))])
                return deleted(secret, at: context.now)
            }
            let date = context.now + .seconds((days ?? 30) * 86400)
            let secret = try await services.change(input, at: context.now) { $0.deletionAt = date }
            return deleted(secret, at: date)
        },
        Operation("RestoreSecret", [.required("SecretId", .secretID)]) { services, input, context in
            let secret = try await services.change(input, at: context.now, includingDeleted: true) {
                $0.deletionAt = nil
            }
            return ["ARN": .string(secret.arn), "Name": .string(secret.name)]
        },
    ]

    private func create(_ input: Input, _ context: Context) async throws -> JSONObject {
        let name = input.required("Name")
        let value = try Self.value(input)
        let id = Self.versionID(input, context)
        let former = try await records.value(StoredSecret.key(name), as: StoredSecret.self)
        if let former = former?.value, !former.isGone(at: context.now) {
            guard former.deletionAt == nil else {
                throw Self.invalidRequest(
                    "You can't create this secret because a secret with this name is already scheduled for deletion.")
            }
            // The same call once more, as clients send it when an answer was lost.
            if let value, let version = former.version(id: id, stage: nil),
                StoredSecret.Value.equal(version.value, value)
            {
                return Self.made(former, version.id)
            }
            throw ServiceFailure(
                ServiceFailure.Code("ResourceExistsException"),
                "The operation failed because the secret \(name) already exists.")
        }
        var tags: [String: String] = [:]
        for tag in input.structures("Tags") { tags[tag.required("Key")] = tag.text("Value") ?? "" }
        var secret = StoredSecret(
            name: name, arnPrefix: arnPrefix, description: input.text("Description") ?? "", tags: tags, at: context.now,
            random: context.random)
        if let value { secret.put(value, versionID: id, at: context.now) }
        try await records.apply([try secret.change(expecting: former?.revision ?? 0)])
        return Self.made(secret, value == nil ? nil : id)
    }

    /// Adds a version. The same token with the same value is the same call; with another value it is refused.
    private static func put(
        _ value: StoredSecret.Value, _ id: String, _ stages: [String], in secret: inout StoredSecret, at now: Timestamp
    ) throws(ServiceFailure) {
        guard let known = secret.version(id: id, stage: nil) else {
            return secret.put(value, versionID: id, stages: stages, at: now)
        }
        guard StoredSecret.Value.equal(known.value, value) else {
            throw ServiceFailure(
                ServiceFailure.Code("ResourceExistsException"),
                "You can't use ClientRequestToken \(id) because that value is already in use for a version of secret "
                    + secret.arn)
        }
    }

    private static func made(_ secret: StoredSecret, _ version: String?) -> JSONObject {
        ["ARN": .string(secret.arn), "Name": .string(secret.name), "VersionId": version.map { .string($0) }]
    }

    private static func deleted(_ secret: StoredSecret, at date: Timestamp) -> JSONObject {
        ["ARN": .string(secret.arn), "Name": .string(secret.name), "DeletionDate": .timestamp(date)]
    }
}
