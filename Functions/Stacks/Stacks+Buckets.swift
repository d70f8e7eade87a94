import FunctionRuntime
import MailTypes

/// What was done to buckets before a commit, so that it can be taken back.
struct BucketSteps {
    var made: [String] = []
    /// Settings as they were.
    var changed: [(name: String, settings: BucketSettings)] = []
}

extension Stacks {
    /// Makes the buckets of a stack and sets what their template says; each step may be done twice.
    func makeBuckets(of resources: [StackResource], stack: String) async throws -> BucketSteps {
        var steps = BucketSteps()
        do {
            for (name, wanted) in Self.buckets(of: resources) {
                let isNew: Bool
                do throws(StoreFailure) {
                    isNew = try await buckets.createBucket(name, settings: wanted, at: time.now())
                } catch {
                    guard case .exists = error else { throw error }
                    throw StackFailure(
                        .conflict,
                        "bucket \(name) is there already and is not of stack \(stack); delete it or give another BucketName"
                    )
                }
                if isNew {
                    steps.made.append(name)
                } else if let settings = try await buckets.bucket(name)?.settings,
                    Self.merged(wanted, over: settings) != settings
                {
                    steps.changed.append((name, settings))
                    try await buckets.changeBucket(name) { $0 = Self.merged(wanted, over: $0) }
                }
            }
        } catch {
            await takeBack(steps)
            throw error
        }
        return steps
    }

    /// Undoes steps whose commit failed. A bucket that got an object meanwhile stays; it belongs to the stack's next try.
    func takeBack(_ steps: BucketSteps) async {
        for (name, settings) in steps.changed { try? await buckets.changeBucket(name) { $0 = settings } }
        for name in steps.made { try? await buckets.deleteBucket(name) }
    }

    /// Removes buckets that left the stack. One that holds objects stays: nothing is emptied by the way.
    func removeBuckets(from old: [StackResource], to new: [StackResource]) async {
        let kept = Self.buckets(of: new)
        for resource in old where !resource.isRetained {
            guard case .bucket(let bucket) = resource.part, kept[bucket.name] == nil else { continue }
            try? await buckets.deleteBucket(bucket.name)
        }
    }

    /// What each bucket of a stack is to be: its own settings with its policy.
    private static func buckets(of resources: [StackResource]) -> [String: BucketSettings] {
        var buckets: [String: BucketSettings] = [:]
        for resource in resources {
            if case .bucket(let part) = resource.part { buckets[part.name] = part.settings }
        }
        for resource in resources {
            if case .bucketPolicy(let part) = resource.part { buckets[part.bucket]?.policy = part.document }
        }
        return buckets
    }

    /// What a template says goes over what is set; documents that templates do not speak of stay. Versioning that was
    /// enabled cannot be undone, only suspended.
    private static func merged(_ wanted: BucketSettings, over settings: BucketSettings) -> BucketSettings {
        var merged = wanted
        merged.documents = settings.documents
        if wanted.versioning == .never, settings.versioning != .never { merged.versioning = .suspended }
        return merged
    }
}
