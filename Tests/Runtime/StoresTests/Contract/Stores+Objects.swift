import FunctionRuntime
import MailTypes

extension Stores {
    /// A bucket with this versioning.
    func bucket(_ name: String = "box", _ versioning: BucketSettings.Versioning = .never) async throws {
        try await objects.createBucket(name, settings: BucketSettings(versioning: versioning), at: now)
    }

    /// Stores an object of this text; its etag is the text.
    @discardableResult
    func put(
        _ key: String, _ text: String, in bucket: String = "box", condition: ObjectDraft.Condition? = nil,
        tags: [String: String] = [:], at time: Timestamp = now, jobs: ObjectJobs? = nil
    ) async throws -> ObjectVersion {
        let draft = ObjectDraft(
            bucket: bucket, key: key, etag: text, attributes: ObjectAttributes(tags: tags), condition: condition,
            at: time)
        let content = try await mailboxes.stage(Octets(text: text))
        return try await objects.putObject(draft, from: .staged(content), jobs: jobs)
    }

    /// An object's text; nil when there is none.
    func text(_ key: String, version: String? = nil, in bucket: String = "box") async throws -> String? {
        guard let content = try await objects.openObject(key, in: bucket, version: version) else { return nil }
        return try await content.read(0..<content.version.size).text
    }

    /// Keys of the objects of a page, and its rolled-up prefixes.
    func keys(_ query: ObjectQuery, in bucket: String = "box") async throws -> [String] {
        let page = try await objects.listObjects(in: bucket, query)
        return page.objects.map(\.key) + page.prefixes
    }
}
