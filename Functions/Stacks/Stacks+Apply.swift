import FunctionRuntime
import MailTypes

extension Stacks {
    /// Makes a stack what it is to be. When this throws, everything is as it was.
    /// - Returns: the stack, with what was given out by the way, such as numbers of versions.
    func apply(from old: StackState?, to wanted: StackState, _ deployment: StackDeployment, _ codes: StackCodes)
        async throws -> StackState
    {
        var new = wanted
        let former = old?.resources ?? []
        var functions = FunctionChanges(
            stack: new.name, codes: codes.byDigest, now: time.now(), random: random, registry: registry)
        try await functions.read(former + new.resources)
        try functions.follow(from: former, to: &new.resources)
        new.outputs = new.outputs.map { $0.naming(versionsOf: new.resources) }
        var changes = functions.changes
        changes += try await accessChanges(from: former, to: new.resources, stack: new.name)
        changes += try await serviceChanges(from: former, to: new.resources)
        changes += try scheduleChanges(from: former, to: new.resources, stack: new.name)
        changes.append(try .put(StackState.key(new.name), encoding: new))
        changes.append(try .put(StackDeployment.key(new.name, deployment.number), encoding: deployment))
        if deployment.number > StackDeployment.kept {
            changes.append(.delete(StackDeployment.key(new.name, deployment.number - StackDeployment.kept)))
        }
        let steps = try await makeBuckets(of: new.resources, stack: new.name)
        do throws(StoreFailure) {
            try await registry.apply(changes)
        } catch {
            await takeBack(steps)
            throw error
        }
        // From here on the stack is the new one; what follows only clears away.
        await removeBuckets(from: former, to: new.resources)
        await clear(functions, schedulesFrom: former, to: new.resources, stack: new.name)
        return new
    }

    /// Removes a stack with everything it holds, apart from what is to be retained.
    /// - Returns: what was removed or kept.
    public func delete(_ name: String) async throws -> [StackChange] {
        guard let state = try await stack(name) else { throw Self.unknown(name, try await all()) }
        // A bucket with objects in it is never emptied by the way: its owner has to say so.
        for resource in state.resources where !resource.isRetained {
            guard case .bucket(let bucket) = resource.part, try await buckets.bucket(bucket.name) != nil else {
                continue
            }
            let page = try await buckets.listObjects(in: bucket.name, ObjectQuery(limit: 1, allVersions: true))
            guard page.objects.isEmpty else {
                throw StackFailure(
                    .conflict,
                    "bucket \(bucket.name) (\(resource.logicalID)) holds objects; empty it first, or deploy the stack with DeletionPolicy: Retain for it"
                )
            }
        }
        if let problem = try await exportProblems(of: name, from: state.outputs, to: []).first {
            throw StackFailure(.conflict, problem)
        }
        var functions = FunctionChanges(
            stack: name, codes: [:], now: time.now(), random: random, registry: registry)
        try await functions.read(state.resources)
        var none: [StackResource] = []
        try functions.follow(from: state.resources, to: &none)
        var changes = functions.changes
        changes += try await accessChanges(from: state.resources, to: [], stack: name)
        changes += try await serviceChanges(from: state.resources, to: [])
        changes += try scheduleChanges(from: state.resources, to: [], stack: name)
        changes.append(.delete(StackState.key(name)))
        for record in try await records.records(of: StackDeployment.kind, prefix: "\(name)/") {
            changes.append(.delete(record.key))
        }
        try await registry.apply(changes)
        await removeBuckets(from: state.resources, to: [])
        await clear(functions, schedulesFrom: state.resources, to: [], stack: name)
        return state.resources.map(StackChange.removal)
    }

    /// Ends environments that run what is not there any more, and forgets when removed schedules were to fire.
    private func clear(
        _ functions: FunctionChanges, schedulesFrom old: [StackResource], to new: [StackResource], stack: String
    ) async {
        for (name, revisions) in functions.revisions { await hosting.retire(name, keeping: revisions) }
        let kept = Set(Self.schedules(of: new, stack: stack).keys)
        for name in Self.schedules(of: old, stack: stack).keys where !kept.contains(name) {
            // Left behind, it would only be read when a schedule of this name comes back.
            try? await jobs.setNextFiring(nil, of: name)
        }
    }
}
