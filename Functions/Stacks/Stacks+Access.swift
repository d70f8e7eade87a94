import FunctionRuntime
import MailTypes

extension Stacks {
    /// What the commit must hold of roles and policies.
    func accessChanges(from old: [StackResource], to new: [StackResource], stack: String)
        async throws(StoreFailure) -> [RecordChange]
    {
        let former = Dictionary(old.map { ($0.logicalID, $0) }) { first, _ in first }
        var changes = Self.accessKeys(of: old, stack: stack).subtracting(Self.accessKeys(of: new, stack: stack))
            .sorted { $0.name < $1.name }.map { RecordChange.delete($0) }
        for resource in new where former[resource.logicalID]?.part != resource.part {
            guard let key = Self.accessKey(resource, stack: stack) else { continue }
            switch resource.part {
            case .role(let part):
                let known = try await records.value(key, as: Role.self)
                let isOurs = old.contains { Self.accessKey($0, stack: stack) == key }
                let role = Role(
                    name: part.name, arn: part.arn, id: known?.value.id ?? "AROA" + letters(17), trust: part.trust,
                    inline: Dictionary(part.policies.map { ($0.name, $0.document) }) { $1 }, attached: part.managed,
                    createdAt: known?.value.createdAt ?? time.now())
                // A role that somebody else made is not taken over.
                changes.append(try .put(key, encoding: role, expecting: isOurs ? nil : 0))
            case .policy(let part):
                changes.append(
                    try .put(
                        key,
                        encoding: RolePolicy(
                            name: part.policy.name, arn: part.arn, document: part.policy.document, roles: part.roles,
                            createdAt: time.now())))
            default: continue
            }
        }
        return changes
    }

    private static func accessKeys(of resources: [StackResource], stack: String) -> Set<RecordKey> {
        Set(resources.compactMap { accessKey($0, stack: stack) })
    }

    private static func accessKey(_ resource: StackResource, stack: String) -> RecordKey? {
        switch resource.part {
        case .role(let part): Role.key(part.name)
        // Many templates call theirs alike; only a managed policy's name is one of the account.
        case .policy(let part):
            part.arn == nil ? RolePolicy.key("\(stack)/\(resource.logicalID)") : RolePolicy.key(part.policy.name)
        default: nil
        }
    }

    /// Upper-case letters and digits, as IAM's ids have.
    func letters(_ count: Int) -> String {
        let alphabet = Octets(text: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        return random.octets(count).map { alphabet[Int($0 & 31)] }.text
    }
}
