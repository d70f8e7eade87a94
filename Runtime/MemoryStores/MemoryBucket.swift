import FunctionRuntime
import MailTypes

/// A bucket with all that is in it.
struct MemoryBucket: Sendable {
    struct Object: Sendable {
        var version: ObjectVersion
        /// When another version came on top of it.
        var replacedAt: Timestamp?
        var content: Octets
    }

    struct Upload: Sendable {
        var upload: ObjectUpload
        var parts: [Int: (part: ObjectPart, content: Octets)] = [:]
    }

    var bucket: Bucket
    /// Versions of each key, the current one last.
    var objects: [String: [Object]] = [:]
    var uploads: [String: Upload] = [:]

    /// Keys in the order of their octets.
    var keys: [String] { objects.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

    /// A version, the current one for nil.
    func find(_ key: String, version: String?) -> Object? {
        guard let version else { return objects[key]?.last }
        return objects[key]?.first { $0.version.version == version }
    }

    /// Checks a draft's condition.
    func check(_ condition: ObjectDraft.Condition?, on key: String) throws(StoreFailure) {
        let shown = objects[key]?.last.flatMap { $0.version.isDeleteMarker ? nil : $0.version }
        switch condition {
        case nil: return
        case .absent: if shown != nil { throw .exists("the object") }
        case .matches(let etag):
            guard let shown else { throw .notFound("the object") }
            guard shown.etag == etag else { throw .conflict("the object has another etag") }
        }
    }

    /// Puts a version on top of its key.
    mutating func put(_ object: Object, at now: Timestamp) {
        let key = object.version.key
        if bucket.settings.versioning != .enabled {
            objects[key]?.removeAll { $0.version.version == ObjectVersion.nullVersion }
        }
        if let last = objects[key]?.indices.last {
            objects[key]?[last].version.isLatest = false
            objects[key]?[last].replacedAt = now
        }
        objects[key, default: []].append(object)
    }

    /// Takes a version out; the one below is current then.
    mutating func remove(_ object: Object) {
        let key = object.version.key
        objects[key]?.removeAll { $0.version.sequence == object.version.sequence }
        guard let last = objects[key]?.indices.last else {
            objects[key] = nil
            return
        }
        objects[key]?[last].version.isLatest = true
        objects[key]?[last].replacedAt = nil
    }
}

/// A version open for reading.
final class MemoryObject: ObjectContent {
    let version: ObjectVersion
    let content: Octets

    init(_ version: ObjectVersion, _ content: Octets) { (self.version, self.content) = (version, content) }

    func read(_ range: Range<Int>) async throws(StoreFailure) -> Octets { content.part(range) }
}
