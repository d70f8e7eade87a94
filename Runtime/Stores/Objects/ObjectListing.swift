import FunctionRuntime
import MailTypes

/// Lists a bucket in one snapshot. Where keys are rolled up it jumps over them, so that a page costs its entries only.
struct ObjectListing {
    let rows: ObjectRows
    let query: ObjectQuery

    private var statement: String {
        query.allVersions
            ? "SELECT \(ObjectRows.columns) FROM objects WHERE bucket = ? AND key >= ? ORDER BY key, n DESC"
            : """
            SELECT \(ObjectRows.columns) FROM objects
            WHERE replaced IS NULL AND is_marker = 0 AND bucket = ? AND key >= ? ORDER BY key
            """
    }

    /// One page.
    func page() throws(StoreFailure) -> ObjectPage {
        var page = ObjectPage()
        guard query.limit > 0 else { return page }
        let prefix = Octets(query.prefix.utf8)
        var from: Octets? = prefix
        if let after = query.after, let start = try firstRows(after, &page) {
            guard !page.isTruncated else { return page }
            from = start.lexicographicallyPrecedes(prefix) ? prefix : start
        } else if query.after != nil {
            from = nil
        }
        while let start = from { from = try stretch(from: start, prefix, &page) }
        return page
    }

    /// Handles what the page begins after. Returns the first key it can hold; nil for none.
    private func firstRows(_ after: String, _ page: inout ObjectPage) throws(StoreFailure) -> Octets? {
        let octets = Octets(after.utf8)
        if let delimiter = query.delimiter, rolledUp(octets, Octets(query.prefix.utf8), delimiter) == octets {
            return Self.end(of: octets)
        }
        if query.allVersions, let version = query.afterVersion, let row = try rows.find(after, version: version) {
            let below = try rows.db.rows(
                "SELECT \(ObjectRows.columns) FROM objects WHERE bucket = ? AND key = ? AND n < ? ORDER BY n DESC",
                .int(rows.bucket), .octets(octets), .int(row.number))
            while try below.step() {
                guard add(try rows.row(below).version, to: &page) else { return octets }
            }
        }
        return octets + [0]
    }

    /// Takes keys from here on, until one is rolled up, the page is full or nothing is left. Returns where to go on.
    private func stretch(from start: Octets, _ prefix: Octets, _ page: inout ObjectPage) throws(StoreFailure)
        -> Octets?
    {
        let found = try rows.db.rows(statement, .int(rows.bucket), .octets(start))
        while try found.step() {
            let key = found.octets(1)
            guard key.starts(with: prefix) else { return nil }
            if let delimiter = query.delimiter, let rolledUp = rolledUp(key, prefix, delimiter) {
                guard page.objects.count + page.prefixes.count < query.limit else {
                    page.isTruncated = true
                    return nil
                }
                page.prefixes.append(rolledUp.text)
                page.last = ObjectName(rolledUp.text)
                return Self.end(of: rolledUp)
            }
            guard add(try rows.row(found).version, to: &page) else { return nil }
        }
        return nil
    }

    private func add(_ version: ObjectVersion, to page: inout ObjectPage) -> Bool {
        guard page.objects.count + page.prefixes.count < query.limit else {
            page.isTruncated = true
            return false
        }
        page.objects.append(version)
        page.last = ObjectName(version.key, version: query.allVersions ? version.version : nil)
        return true
    }

    /// What a key is rolled up to; nil when it is not.
    private func rolledUp(_ key: Octets, _ prefix: Octets, _ delimiter: String) -> Octets? {
        let delimiter = Octets(delimiter.utf8)
        guard !delimiter.isEmpty, key.starts(with: prefix) else { return nil }
        var place = prefix.count
        while place + delimiter.count <= key.count {
            if key[place...].starts(with: delimiter) { return Octets(key[..<(place + delimiter.count)]) }
            place += 1
        }
        return nil
    }

    /// The first key behind all that begin so; nil when there is none.
    static func end(of prefix: Octets) -> Octets? {
        guard let last = prefix.lastIndex(where: { $0 < 0xFF }) else { return nil }
        return Octets(prefix[..<last]) + [prefix[last] + 1]
    }
}

extension SQLiteStores {
    public func listObjects(in bucket: String, _ query: ObjectQuery) async throws(StoreFailure) -> ObjectPage {
        let keys = self.keys
        return try await readers.read { db throws(StoreFailure) in
            let number = try BucketRows(db: db, keys: keys).number(bucket)
            return try ObjectListing(rows: ObjectRows(db: db, keys: keys, bucket: number), query: query).page()
        }
    }
}
