import AWSWire
import FunctionRuntime
import MailTypes

/// Secrets Manager: AWS JSON 1.1, `X-Amz-Target: secretsmanager.*` (reference/functions.md §4.3).
public struct Secrets: Handler {
    public typealias Event = HTTPRequest
    public typealias Outcome = HTTPResponse

    /// Attempts of a change that somebody else's comes before.
    private static let attemptsMax = 5

    let records: any RecordStore
    let permissions: any Permissions
    let place: ServicePlace

    /// Needs the records it keeps, and who may what.
    public init(records: any RecordStore, permissions: any Permissions, place: ServicePlace) {
        (self.records, self.permissions, self.place) = (records, permissions, place)
    }

    public func handle(_ event: HTTPRequest, in context: Context) async throws -> HTTPResponse {
        try await Self.table.answer(event, with: self, in: context) { services, call in
            try await services.authorize(call, at: context.now)
        }
    }

    static let table = OperationTable<Secrets>(prefix: "secretsmanager.", reading + writing) {
        "\($0) is not offered; rotation, replication and resource policies are not here"
    }

    /// What ARNs of secrets begin with.
    var arnPrefix: String { place.arn("secretsmanager", "secret:") }

    /// Asked with the secret's own ARN if there is one, so that nobody learns by a refusal which secrets there are.
    private func authorize(_ call: Call, at now: Timestamp) async throws {
        let action = "secretsmanager:\(call.operation)"
        if let id = call.input.text("SecretId") {
            let found = try await find(id, at: now)?.secret.arn
            try await permissions.require(
                call.asker, action, on: found ?? (id.hasPrefix("arn:") ? id : arnPrefix + id))
        } else {
            try await permissions.require(
                call.asker, action, on: call.input.text("Name").map { arnPrefix + $0 } ?? "*")
        }
    }

    /// The secret of a name or ARN, with its record's revision; nil when there is none, or none any more.
    func find(_ identifier: String, at now: Timestamp) async throws -> (secret: StoredSecret, revision: Int)? {
        for name in StoredSecret.names(of: identifier) {
            guard let (secret, revision) = try await records.value(StoredSecret.key(name), as: StoredSecret.self) else {
                continue
            }
            if secret.isNamed(identifier), !secret.isGone(at: now) { return (secret, revision) }
        }
        return nil
    }

    /// The secret that an input names, also while its deletion is near.
    func any(_ input: Input, at now: Timestamp) async throws -> (secret: StoredSecret, revision: Int) {
        guard let found = try await find(input.required("SecretId"), at: now) else {
            throw ServiceFailure(.resourceNotFound, "Secrets Manager can't find the specified secret.")
        }
        return found
    }

    /// The secret that an input names, in use.
    func usable(_ input: Input, at now: Timestamp) async throws -> (secret: StoredSecret, revision: Int) {
        let found = try await any(input, at: now)
        guard found.secret.deletionAt == nil else {
            throw Self.invalidRequest(
                "You can't perform this operation on the secret because it was marked for deletion.")
        }
        return found
    }

    static func invalidRequest(_ message: String) -> ServiceFailure {
        ServiceFailure(ServiceFailure.Code("InvalidRequestException"), message)
    }

    /// Changes the secret that an input names; again when somebody else's change came first.
    func change(
        _ input: Input, at now: Timestamp, includingDeleted: Bool = false,
        _ change: (inout StoredSecret) throws(ServiceFailure) -> Void
    ) async throws -> StoredSecret {
        var attempts = 0
        while true {
            attempts += 1
            let found = includingDeleted ? try await any(input, at: now) : try await usable(input, at: now)
            var secret = found.secret
            try change(&secret)
            let failure: StoreFailure
            do {
                try await records.apply([try secret.change(expecting: found.revision)])
                return secret
            } catch { failure = error }
            guard case .conflict = failure, attempts < Self.attemptsMax else { throw failure }
        }
    }

    /// The value that an input brings; nil for none, refused for two.
    static func value(_ input: Input) throws(ServiceFailure) -> StoredSecret.Value? {
        switch (input.text("SecretString"), input.text("SecretBinary")) {
        case (nil, nil): return nil
        case (let text?, nil): return .text(Secret(text))
        case (nil, let encoded?):
            guard let octets = Base64.decode(Octets(text: encoded)) else {
                throw ServiceFailure(.serialization, "SecretBinary is not base64")
            }
            return .binary(Secret(octets))
        case (_?, _?): throw .invalid("You can't specify both a binary secret value and a string secret value.")
        }
    }

    /// A new version's id: the caller's token, or one of ours.
    static func versionID(_ input: Input, _ context: Context) -> String {
        input.text("ClientRequestToken") ?? context.random.identifier(at: context.now).description
    }
}

// The shapes of the model that its operations share.
extension Shape {
    static let secretID = text(1...2048)
    static let secretName = text(1...512, "may hold letters, digits and /_+=.@- only") { text in
        text.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || "/_+=.@-".utf8.contains($0) }
    }
    static let secretToken = text(32...64)
    static let secretString = Shape.text(1...65536)
    static let secretBinary = Shape.text(1...87384)
    static let secretStages = Shape.list(1...20, of: .text(1...256))
    static let secretTags = Shape.list(
        0...50, of: .structure(.required("Key", .text(1...128)), .optional("Value", .text(0...256))))
}
