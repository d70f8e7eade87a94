import FunctionRuntime
import MailTypes

/// Lets objects expire that their bucket's lifecycle rules say so of: current versions, former ones, lone delete markers
/// and unfinished uploads.
public struct ObjectExpiry: Handler {
    /// Objects that expire in one commit.
    static let step = 100
    /// No step is started when less than this is left until the deadline.
    static let reserve = Duration.seconds(5)

    let store: any ObjectStore
    let events: any ObjectEvents
    let region: String

    /// Needs the object store, and who is told of what expires.
    public init(
        store: any ObjectStore, events: any ObjectEvents = NoObjectEvents(), region: String = "us-east-1"
    ) {
        (self.store, self.events, self.region) = (store, events, region)
    }

    public func handle(_ event: ScheduledEvent, in context: Context) async throws -> ObjectExpiryOutcome {
        var outcome = ObjectExpiryOutcome(expired: 0, isComplete: true)
        for bucket in try await store.buckets() {
            for rule in bucket.settings.lifecycle where rule.isEnabled {
                try await apply(rule, to: bucket.name, &outcome, context)
            }
        }
        context.decide("expired", because: "\(outcome.expired) objects, versions and uploads")
        if outcome.expired > 0 { context.log.info("objects.expired", .count(outcome.expired)) }
        return outcome
    }

    private func apply(
        _ rule: LifecycleRule, to bucket: String, _ outcome: inout ObjectExpiryOutcome, _ context: Context
    ) async throws {
        while true {
            // What is left has its turn at the next firing.
            guard context.deadline - context.now >= Self.reserve, !Task.isCancelled else {
                outcome.isComplete = false
                return
            }
            // A bucket may be deleted meanwhile; its rules are gone with it.
            guard try await store.bucket(bucket) != nil else { return }
            let count = try await store.expire(
                rule, in: bucket, at: context.now, limit: Self.step, jobs: jobs(context))
            outcome.expired += count
            guard count >= Self.step else { return }
            await Task.yield()
        }
    }

    private func jobs(_ context: Context) -> ObjectJobs {
        let (events, region) = (events, region)
        let (requestID, now) = (context.requestID, context.now)
        return { bucket, change in
            guard !bucket.settings.notifications.isEmpty else { return [] }
            let name = change.kind == .marked ? "LifecycleExpiration:DeleteMarkerCreated" : "LifecycleExpiration:Delete"
            return events.jobs(
                for: ObjectEvent(
                    name: name, bucket: bucket, version: change.version, at: now, region: region,
                    principal: "s3.amazonaws.com", peer: nil, requestID: requestID))
        }
    }
}

/// What expired.
public struct ObjectExpiryOutcome: Codable, Sendable, Hashable {
    /// Objects, versions, markers and uploads.
    public var expired: Int
    /// False when there is more to do at the next firing.
    public var isComplete: Bool

    /// An outcome of these facts.
    public init(expired: Int, isComplete: Bool) { (self.expired, self.isComplete) = (expired, isComplete) }
}
