import MailPolicy
import MailTypes
import Synchronization

/// Who may do what: the owner's keys everything, temporary keys what the policies of their role say.
///
/// A role that is not known here, such as one that a script made up for CreateFunction, gives what any function needs and
/// nothing else: the message at hand, objects of this system's buckets, metrics and logs. Policies name regions and
/// accounts of wherever they come from; those mean this system (reference/functions.md §4.7).
public final class RolePermissions: Permissions {
    /// Policies read and kept, by their text; past this all are forgotten.
    static let keptMax = 1_000

    private let keys: SessionKeys
    private let records: any RecordStore
    private let log: Log
    private let documents = Mutex<[String: PolicyDocument?]>([:])

    /// Permissions of these sessions by the roles among these records.
    public init(keys: SessionKeys, records: any RecordStore, log: Log) {
        (self.keys, self.records, self.log) = (keys, records, log)
    }

    public func allows(_ caller: Caller, _ action: String, on resource: String) async -> Bool {
        await allows(Asker(caller), action, on: resource)
    }

    public func allows(_ asker: Asker, _ action: String, on resource: String) async -> Bool {
        guard case .key(let id, let principal, _, _) = asker.caller else { return false }
        guard let session = keys.session(id) else {
            // A temporary key that has ended is nobody's.
            return asker.caller.isOwner
        }
        let account = principal.split(separator: ":", omittingEmptySubsequences: false).dropFirst(4).first ?? ""
        let request = PolicyRequest(
            action, on: Self.anywhere(resource), by: .account(String(account), arn: principal),
            context: asker.conditions)
        do throws(StoreFailure) {
            let policies = try await policies(of: session.role)
            return PolicyDocument.verdict(of: policies, on: request) == .allowed
        } catch {
            log.warning(
                "permissions.unknown", .other("role", session.role), .other("action", action), .reason("\(error)"))
            return false
        }
    }

    /// The policies of a role, by its ARN.
    private func policies(of arn: String) async throws(StoreFailure) -> [PolicyDocument] {
        let name = Role.name(ofARN: arn)
        guard let role = try await records.value(Role.key(name), as: Role.self)?.value else {
            return [Self.unknownRole]
        }
        var texts = role.inline.sorted { $0.key < $1.key }.map(\.value)
        var found: [PolicyDocument] = []
        var attached = Set(role.attached)
        for record in try await records.records(of: .policy) {
            let policy = try record.decoded(as: RolePolicy.self)
            let names = [policy.name, policy.arn].compactMap { $0 }.filter { attached.contains($0) }
            if policy.roles.contains(name) || policy.roles.contains(arn) || !names.isEmpty {
                texts.append(policy.document)
            }
            attached.subtract(names)
        }
        for name in attached {
            if let document = ManagedPolicies.document(name) {
                found.append(document)
            } else {
                log.warning(
                    "permissions.unknown-policy", .other("role", role.name), .other("policy", name),
                    .reason("no managed policy of this name is known here; it grants nothing"))
            }
        }
        for text in texts { if let document = document(text, of: role.name) { found.append(document) } }
        return found
    }

    /// Reads a policy once. One that cannot be read grants nothing, and its denials cannot be kept either, so it denies all.
    private func document(_ text: String, of role: String) -> PolicyDocument? {
        if let known = documents.withLock({ $0[text] }) { return known }
        let document: PolicyDocument
        do {
            var read = try PolicyDocument(parsing: Octets(text: text))
            for index in read.statements.indices {
                read.statements[index].resources = Self.anywhere(read.statements[index].resources)
            }
            document = read
        } catch {
            log.warning("permissions.unreadable-policy", .other("role", role), .reason("\(error)"))
            document = PolicyDocument(statements: [
                PolicyStatement(effect: .deny, actions: Self.everything, resources: Self.everything)
            ])
        }
        documents.withLock { documents in
            if documents.count >= Self.keptMax { documents = [:] }
            documents[text] = document
        }
        return document
    }

    private static let everything = PolicyStatement.Selection.only([PolicyPattern("*", ignoresCase: true)])

    private static let unknownRole = PolicyDocument(statements: [
        PolicyStatement(
            effect: .allow,
            actions: .only(
                [
                    "workmailmessageflow:*", "s3:GetObject*", "s3:PutObject*", "s3:DeleteObject*", "s3:ListBucket*",
                    "cloudwatch:PutMetricData", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents",
                    "sts:GetCallerIdentity",
                ].map { PolicyPattern($0, ignoresCase: true) }),
            resources: everything)
    ])

    /// The same patterns for any region and account.
    private static func anywhere(_ resources: PolicyStatement.Selection) -> PolicyStatement.Selection {
        switch resources {
        case .only(let patterns): .only(patterns.map { PolicyPattern(anywhere($0.text)) })
        case .allBut(let patterns): .allBut(patterns.map { PolicyPattern(anywhere($0.text)) })
        }
    }

    /// An ARN, or a pattern of one, without region and account; anything else as it is.
    static func anywhere(_ arn: String) -> String {
        var parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[0] == "arn" else { return arn }
        (parts[1], parts[3], parts[4]) = ("aws", "", "")
        return parts.joined(separator: ":")
    }
}
