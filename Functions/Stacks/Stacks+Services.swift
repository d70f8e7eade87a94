import FunctionRuntime
import MailTypes

extension Stacks {
    /// What the commit must hold of secrets, parameters, log groups, APIs and functions' URLs.
    func serviceChanges(from old: [StackResource], to new: [StackResource]) async throws(StoreFailure) -> [RecordChange]
    {
        let former = Dictionary(old.map { ($0.logicalID, $0) }) { first, _ in first }
        let ours = Set(old.flatMap(Self.serviceKeys))
        let kept = Set(new.flatMap(Self.serviceKeys))
        var changes: [RecordChange] = []
        for resource in old {
            guard !resource.isRetained else { continue }
            changes += Self.serviceKeys(resource).filter { !kept.contains($0) }.map { .delete($0) }
        }
        for resource in new where former[resource.logicalID]?.part != resource.part {
            guard let key = Self.serviceKeys(resource).first else { continue }
            // What somebody else made under the name is not taken over: then the commit fails, and says the name.
            let expecting = ours.contains(key) ? nil : 0
            switch resource.part {
            case .secret(let part):
                let before = former[resource.logicalID]?.part
                changes.append(try await secret(part, before, key).change(expecting: expecting))
            case .parameter(let part):
                let known = try await records.value(key, as: StoredParameter.self)?.value
                changes.append(
                    try StoredParameter(
                        name: part.name, type: part.type, value: part.value, description: part.description,
                        version: (known?.version ?? 0) + 1, modifiedAt: time.now()
                    ).change(expecting: expecting))
            case .logGroup(let part):
                let known = try await records.value(key, as: LogGroup.self)?.value
                changes.append(
                    try LogGroup(
                        name: part.name, retentionDays: part.retentionDays, createdAt: known?.createdAt ?? time.now()
                    ).change(expecting: nil))
            case .api(let api):
                changes.append(try .put(key, encoding: api, expecting: expecting))
                for place in Self.serviceKeys(resource).dropFirst() {
                    changes.append(.put(place, Octets(text: api.id), expecting: ours.contains(place) ? nil : 0))
                }
            default: continue
            }
        }
        return changes
    }

    /// A secret as it is to be. A generated value stays while nobody changes how it is made.
    private func secret(_ part: SecretPart, _ before: StackPart?, _ key: RecordKey)
        async throws(StoreFailure) -> StoredSecret
    {
        let now = time.now()
        var secret =
            try await records.value(key, as: StoredSecret.self)?.value
            ?? StoredSecret(name: part.name, arnPrefix: "", at: now, random: random)
        secret.arn = part.arn
        secret.description = part.description
        secret.deletionAt = nil
        if case .secret(let former)? = before, part.value == nil, former.generation == part.generation,
            !secret.versions.isEmpty
        {
            return secret
        }
        let value = StoredSecret.Value.text(Secret(part.text(random)))
        if let current = secret.version(id: nil, stage: nil), StoredSecret.Value.equal(current.value, value) {
            return secret
        }
        secret.put(value, versionID: random.identifier(at: now).description, at: now)
        return secret
    }

    /// The record of a resource, and where else it is found.
    private static func serviceKeys(_ resource: StackResource) -> [RecordKey] {
        switch resource.part {
        case .secret(let part): [StoredSecret.key(part.name)]
        case .parameter(let part): [StoredParameter.key(part.name)]
        case .logGroup(let part): [LogGroup.key(part.name)]
        case .api(let api):
            [WebAPI.key(api.id)] + (api.owner.map { [WebAPI.urlKey($0.name, $0.qualifier)] } ?? [])
        default: []
        }
    }
}
