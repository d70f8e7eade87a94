import FunctionRuntime
import MailTypes

extension MemoryStores {
    public func listObjects(in bucket: String, _ query: ObjectQuery) async throws(StoreFailure) -> ObjectPage {
        try inBucket(bucket) { bucket, _ in Self.page(query, of: bucket) }
    }

    private static func page(_ query: ObjectQuery, of bucket: MemoryBucket) -> ObjectPage {
        var page = ObjectPage()
        guard query.limit > 0 else { return page }
        for key in bucket.keys where key.utf8.starts(with: query.prefix.utf8) {
            let versions = (bucket.objects[key] ?? []).reversed().filter {
                query.allVersions || $0.version.isLatest && !$0.version.isDeleteMarker
            }
            if let rolledUp = rolledUp(key, query) {
                guard !versions.isEmpty, page.prefixes.last != rolledUp else { continue }
                if let after = query.after, after == rolledUp || !after.utf8.lexicographicallyPrecedes(key.utf8) {
                    continue
                }
                guard !isFull(&page, query) else { return page }
                page.prefixes.append(rolledUp)
                page.last = ObjectName(rolledUp)
                continue
            }
            var shown = versions[...]
            if let after = query.after, !after.utf8.lexicographicallyPrecedes(key.utf8) {
                guard key == after, let version = query.afterVersion,
                    let place = versions.firstIndex(where: { $0.version.version == version })
                else { continue }
                shown = versions[(place + 1)...]
            }
            for object in shown {
                guard !isFull(&page, query) else { return page }
                page.objects.append(object.version)
                page.last = ObjectName(key, version: query.allVersions ? object.version.version : nil)
            }
        }
        return page
    }

    private static func isFull(_ page: inout ObjectPage, _ query: ObjectQuery) -> Bool {
        page.isTruncated = page.objects.count + page.prefixes.count >= query.limit
        return page.isTruncated
    }

    /// What a key is rolled up to; nil when it is not.
    private static func rolledUp(_ key: String, _ query: ObjectQuery) -> String? {
        guard let delimiter = query.delimiter, !delimiter.isEmpty else { return nil }
        let (octets, end) = (Octets(key.utf8), Octets(delimiter.utf8))
        let start = query.prefix.utf8.count
        guard start + end.count <= octets.count else { return nil }
        for place in start...(octets.count - end.count) where octets[place...].starts(with: end) {
            return Octets(octets[..<(place + end.count)]).text
        }
        return nil
    }
}
