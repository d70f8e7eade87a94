import AWSWire
import FunctionRuntime
import MailTypes

extension Secrets {
    static let reading: [Operation<Secrets>] = [
        Operation(
            "GetSecretValue",
            [
                .required("SecretId", .secretID), .optional("VersionId", .text(1...64)),
                .optional("VersionStage", .text(1...256)),
            ]
        ) { services, input, context in
            let secret = try await services.usable(input, at: context.now).secret
            let (id, stage) = (input.text("VersionId"), input.text("VersionStage"))
            guard let version = secret.version(id: id, stage: stage) else {
                throw ServiceFailure(
                    .resourceNotFound,
                    "Secrets Manager can't find the specified secret value for "
                        + (id.map { "VersionId: \($0)" } ?? "staging label: \(stage ?? StoredSecret.current)"))
            }
            var output: JSONObject = [
                "ARN": .string(secret.arn), "Name": .string(secret.name), "VersionId": .string(version.id),
                "VersionStages": .array(version.stages.map { .string($0) }),
                "CreatedDate": .timestamp(version.createdAt),
            ]
            switch version.value {
            case .text(let text): output["SecretString"] = .string(text.reveal())
            case .binary(let octets): output["SecretBinary"] = .string(Base64.encode(octets.reveal()).text)
            }
            return output
        },
        Operation("DescribeSecret", [.required("SecretId", .secretID)]) { services, input, context in
            let secret = try await services.any(input, at: context.now).secret
            var output = listed(secret)
            output["VersionIdsToStages"] = stages(of: secret)
            return output
        },
        Operation(
            "ListSecrets",
            [
                .optional("MaxResults", .integer(1...100)), .optional("NextToken", .text(1...4096)),
                .optional("IncludePlannedDeletion", .boolean), .optional("SortOrder", .oneOf("asc", "desc")),
                .optional(
                    "Filters",
                    .list(
                        0...10,
                        of: .structure(
                            .required("Key", .oneOf("name", "description", "all")),
                            .required("Values", .list(1...10, of: .text(1...512)))))),
            ]
        ) { services, input, context in
            let filters = input.structures("Filters")
            var found: [StoredSecret] = []
            for record in try await services.records.records(of: .secret) {
                let secret = try record.decoded(as: StoredSecret.self)
                let isShown = secret.deletionAt == nil || input.flag("IncludePlannedDeletion") == true
                if isShown, !secret.isGone(at: context.now), filters.allSatisfy({ fits(secret, $0) }) {
                    found.append(secret)
                }
            }
            let page = try Page(of: found, for: input, operation: "ListSecrets", size: 100) { $0.name }
            return page.output("SecretList") { secret in
                var output = listed(secret)
                output["SecretVersionsToStages"] = stages(of: secret)
                return .object(output)
            }
        },
        Operation(
            "GetRandomPassword",
            [
                .optional("PasswordLength", .integer(1...4096)), .optional("ExcludeCharacters", .text(0...4096)),
                .optional("ExcludeNumbers", .boolean), .optional("ExcludePunctuation", .boolean),
                .optional("ExcludeUppercase", .boolean), .optional("ExcludeLowercase", .boolean),
                .optional("IncludeSpace", .boolean), .optional("RequireEachIncludedType", .boolean),
            ]
        ) { _, input, context in
            var wanted = RandomPassword()
            wanted.length = input.integer("PasswordLength") ?? wanted.length
            wanted.excluded = input.text("ExcludeCharacters") ?? ""
            wanted.excludesNumbers = input.flag("ExcludeNumbers") ?? false
            wanted.excludesPunctuation = input.flag("ExcludePunctuation") ?? false
            wanted.excludesUppercase = input.flag("ExcludeUppercase") ?? false
            wanted.excludesLowercase = input.flag("ExcludeLowercase") ?? false
            wanted.includesSpace = input.flag("IncludeSpace") ?? false
            wanted.requiresEachType = input.flag("RequireEachIncludedType") ?? true
            guard let password = wanted.make(from: context.random) else {
                throw ServiceFailure.invalid(
                    "no password can be made of what is left, or it is too short for each kind")
            }
            return ["RandomPassword": .string(password)]
        },
    ]

    /// One of the values has to be what the name or the description begins with.
    private static func fits(_ secret: StoredSecret, _ filter: Input) -> Bool {
        let texts =
            switch filter.text("Key") {
            case "name": [secret.name]
            case "description": [secret.description]
            default: [secret.name, secret.description]
            }
        return filter.texts("Values").contains { value in texts.contains { $0.hasPrefix(value) } }
    }

    /// A secret without its values.
    private static func listed(_ secret: StoredSecret) -> JSONObject {
        [
            "ARN": .string(secret.arn), "Name": .string(secret.name),
            "Description": secret.description.isEmpty ? nil : .string(secret.description),
            "LastChangedDate": .timestamp(secret.changedAt), "CreatedDate": .timestamp(secret.createdAt),
            "DeletedDate": secret.deletionAt.map { .timestamp($0) },
            "Tags": .array(
                secret.tags.sorted { $0.key < $1.key }.map { ["Key": .string($0.key), "Value": .string($0.value)] }),
        ]
    }

    private static func stages(of secret: StoredSecret) -> JSONValue {
        var object = JSONObject()
        for version in secret.versions where !version.stages.isEmpty {
            object[version.id] = .array(version.stages.map { .string($0) })
        }
        return .object(object)
    }
}
