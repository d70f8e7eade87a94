import AWSWire
import FunctionRuntime
import MailPolicy
import MailTypes

/// Tells callers who they are, and gives temporary keys of roles: AWS STS in the Query protocol (version 2011-06-15).
public struct SecurityTokens: Handler {
    public typealias Event = HTTPRequest
    public typealias Outcome = HTTPResponse

    /// Temporary keys of AssumeRole at one time.
    public static let sessionsMax = 10_000

    let keys: SessionKeys
    let records: any RecordStore
    let permissions: any Permissions
    let place: ServicePlace

    /// Needs the keys it gives out, the roles among the records, and who may assume them.
    public init(keys: SessionKeys, records: any RecordStore, permissions: any Permissions, place: ServicePlace) {
        (self.keys, self.records, self.permissions, self.place) = (keys, records, permissions, place)
    }

    public func handle(_ event: HTTPRequest, in context: Context) async throws -> HTTPResponse {
        // GetCallerIdentity is everybody's with a key; AssumeRole asks for itself, since it needs the role.
        try await Self.table.answer(event, with: self, in: context) { _, _ in }
    }

    static let table = OperationTable<SecurityTokens>(
        prefix: "AWSSecurityTokenServiceV20110615.", queryNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
        [
            Operation(calling: "GetCallerIdentity", []) { services, call, _ in services.identity(of: call.caller) },
            Operation(
                calling: "AssumeRole",
                [
                    .required("RoleArn", .text(20...2048)),
                    .required(
                        "RoleSessionName",
                        .text(2...64, "may hold letters, digits and _+=,.@- only") { text in
                            text.utf8.allSatisfy {
                                $0.isASCIILetter || $0.isASCIIDigit || "_+=,.@-".utf8.contains($0)
                            }
                        }),
                    .optional("DurationSeconds", .integer(900...43200)), .optional("Policy", .text(1...2048)),
                    .optional("PolicyArns", .list(0...10, of: .any)),
                ]
            ) { services, call, context in try await services.assumeRole(call, in: context) },
        ]
    ) { "\($0.isEmpty ? "the request" : $0) is not offered; GetCallerIdentity and AssumeRole are" }

    private func identity(of caller: Caller) -> JSONObject {
        guard case .key(let id, let principal, _, _) = caller, let session = keys.session(id) else {
            return JSONObject([
                "Arn": .string("arn:aws:iam::\(place.account):root"), "UserId": .string(place.account),
                "Account": .string(place.account),
            ])
        }
        let name = principal.split(separator: "/").last.map(String.init) ?? ""
        return JSONObject([
            "Arn": .string(principal), "UserId": .string("\(session.roleID):\(name)"),
            "Account": .string(place.account),
        ])
    }

    private func assumeRole(_ call: Call, in context: Context) async throws -> JSONObject {
        let arn = call.input.required("RoleArn")
        // Ignored, it would give more than the caller wants to give.
        guard call.input["Policy"] == nil, call.input.structures("PolicyArns").isEmpty else {
            throw ServiceFailure(
                ServiceFailure.Code("PackedPolicyTooLarge"),
                "session policies are not offered; leave Policy and PolicyArns out")
        }
        let refusal = ServiceFailure(
            .accessDenied,
            "User: \(call.principal) is not authorized to perform: sts:AssumeRole on resource: \(arn)")
        guard let role = try await records.value(Role.key(Role.name(ofARN: arn)), as: Role.self)?.value else {
            throw refusal
        }
        try await permissions.require(call.asker, "sts:AssumeRole", on: role.arn)
        if call.principal != "root", !trusts(role, call.principal) { throw refusal }
        keys.forgetExpired(at: context.steady)
        guard keys.count < Self.sessionsMax else {
            throw ServiceFailure(
                ServiceFailure.Code("Throttling"), "there are \(Self.sessionsMax) temporary keys already")
        }
        let name = call.input.required("RoleSessionName")
        let life = Duration.seconds(call.input.integer("DurationSeconds") ?? 3600)
        // Judged by its age: a clock that is set makes it neither live longer nor die (reference/faults.md F105).
        let key = keys.issue(
            role: role.arn, sessionName: name, account: place.account, expiresAt: context.steady + life,
            random: context.random)
        return JSONObject([
            "AssumedRoleUser": .members([
                "AssumedRoleId": .string("\(SessionKeys.Session.roleID(of: role.arn)):\(name)"),
                "Arn": .string(key.principal),
            ]),
            "Credentials": .members([
                "AccessKeyId": .string(key.id), "SecretAccessKey": .string(key.secret.reveal()),
                "SessionToken": .string(key.sessionToken?.reveal() ?? ""),
                "Expiration": call.wire.moment(context.now + life),
            ]),
        ])
    }

    /// Whether the role's trust policy names the caller. Trust policies have no Resource: the role is meant.
    private func trusts(_ role: Role, _ principal: String) -> Bool {
        guard let trust = role.trust, let json = try? JSONValue(parsing: Octets(text: trust)),
            var document = json.object
        else { return false }
        let statements = document["Statement"]?.array ?? document["Statement"].map { [$0] } ?? []
        document["Statement"] = .array(
            statements.map { statement in
                var object = statement.object ?? JSONObject()
                object["Resource"] = "*"
                return .object(object)
            })
        guard let policy = try? PolicyDocument(.object(document)) else { return false }
        let callerRole = principal.split(separator: "/").dropLast().last.map {
            "arn:aws:iam::\(place.account):role/\($0)"
        }
        return [principal, callerRole].compactMap { $0 }.contains { arn in
            policy.verdict(on: PolicyRequest("sts:AssumeRole", on: role.arn, by: .account(place.account, arn: arn)))
                == .allowed
        }
    }
}
