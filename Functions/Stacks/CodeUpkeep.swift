import FunctionRuntime
import MailTypes

/// Removes what no version of a function, no layer and no deploy that can be gone back to needs: built zips, and code that
/// the host has unpacked. Code of a running environment goes with that.
public struct CodeUpkeep: Handler {
    /// What is younger is left alone: an uploaded zip waits for its deploy, installed code for the commit that names it.
    static let zipsWait = Duration.seconds(86_400)
    static let codesWait = Duration.seconds(3_600)
    /// Zips looked at for one commit.
    static let step = 500
    /// No step is started when less than this is left until the deadline.
    static let reserve = Duration.seconds(5)

    let registry: FunctionRegistry
    let records: any RecordStore
    let buckets: any ObjectStore
    let hosting: any LambdaHosting

    /// Needs who knows what is needed (functions, layers, deploys), and who keeps what may go.
    public init(
        registry: FunctionRegistry, records: any RecordStore, buckets: any ObjectStore, hosting: any LambdaHosting
    ) {
        (self.registry, self.records, self.buckets, self.hosting) = (registry, records, buckets, hosting)
    }

    public func handle(_ event: ScheduledEvent, in context: Context) async throws -> CodeUpkeepOutcome {
        var outcome = CodeUpkeepOutcome(zips: 0, codes: 0, isComplete: true)
        try await removeZips(&outcome, context)
        outcome.codes = try await removeCodes(installedBefore: context.now + (.zero - Self.codesWait))
        context.decide("tidied", because: "\(outcome.zips) zips and \(outcome.codes) codes were needed by nothing")
        if outcome.zips + outcome.codes > 0 {
            context.log.info(
                "code.tidied", .other("zips", String(outcome.zips)), .other("codes", String(outcome.codes)))
        }
        return outcome
    }

    /// Lets the host remove code that nothing needs, if it was there before this moment.
    /// - Returns: how many it removed.
    @discardableResult
    public func removeCodes(installedBefore moment: Timestamp) async throws(StoreFailure) -> Int {
        var codes = try await registry.codes()
        // The next deploy of a stack takes over what the last one installed, if it is the same.
        for record in try await records.records(of: StackState.kind) {
            let state = try record.decoded(as: StackState.self)
            let key = StackDeployment.key(state.name, state.number)
            guard let last = try await records.value(key, as: StackDeployment.self)?.value else { continue }
            codes.formUnion(last.builds.values)
            codes.formUnion(last.mappedLayers.values)
        }
        return await hosting.forget(allBut: codes, installedBefore: moment)
    }

    /// Keys of the zips that a deploy or a rollback may still ask for.
    private func neededZips() async throws(StoreFailure) -> Set<String> {
        var keys: Set<String> = []
        for record in try await records.records(of: StackDeployment.kind) {
            let deployment = try record.decoded(as: StackDeployment.self)
            for name in deployment.uploaded {
                if let code = deployment.builds[name] { keys.insert(Stacks.artifactKey(code.sha256)) }
            }
            for code in deployment.mappedLayers.values { keys.insert(Stacks.artifactKey(code.sha256)) }
        }
        return keys
    }

    private func removeZips(_ outcome: inout CodeUpkeepOutcome, _ context: Context) async throws {
        guard try await buckets.bucket(Stacks.artifacts) != nil else { return }
        // Asked before the zips are listed: a deploy that comes meanwhile names younger ones.
        let needed = try await neededZips()
        var query = ObjectQuery(limit: Self.step, allVersions: true)
        while true {
            guard context.deadline - context.now >= Self.reserve, !Task.isCancelled else {
                outcome.isComplete = false
                return
            }
            let page = try await buckets.listObjects(in: Stacks.artifacts, query)
            let names = page.objects.filter { version in
                Self.isArtifact(version.key) && !needed.contains(version.key)
                    && context.now - version.modifiedAt >= Self.zipsWait
            }.map { ObjectName($0.key, version: $0.version) }
            if !names.isEmpty {
                _ = try await buckets.deleteObjects(names, in: Stacks.artifacts, at: context.now, jobs: nil)
            }
            outcome.zips += names.count
            guard page.isTruncated, let last = page.last else { return }
            (query.after, query.afterVersion) = (last.key, last.version)
        }
    }

    /// True for the name of a built zip; what else somebody keeps in the bucket is theirs.
    private static func isArtifact(_ key: String) -> Bool {
        let suffix = ".zip"
        guard key.hasSuffix(suffix) else { return false }
        let digits = key.utf8.dropLast(suffix.utf8.count)
        return digits.count == 64 && digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}

/// What was removed.
public struct CodeUpkeepOutcome: Codable, Sendable, Hashable {
    /// Built zips.
    public var zips: Int
    /// Codes that the host had unpacked.
    public var codes: Int
    /// False when there is more to do at the next firing.
    public var isComplete: Bool

    /// An outcome of these facts.
    public init(zips: Int, codes: Int, isComplete: Bool) {
        (self.zips, self.codes, self.isComplete) = (zips, codes, isComplete)
    }
}
