import FunctionRuntime
import MailTypes

extension SQLiteStores {
    public func lines(of query: FunctionLogQuery) async throws(StoreFailure) -> [StoredLogLine] {
        try await settleLogLines()
        let keys = self.keys
        return try await readers.read { db throws(StoreFailure) in
            var names: [Int: String] = [:]
            let rows = try db.rows(
                "SELECT n, sealed FROM log_blocks WHERE n IN (\(Self.blocks(of: query))) ORDER BY n",
                .text(query.group), .int(query.after), query.stream.map { .text($0) } ?? .null,
                query.requestID.map { .int(LogBlock.number(ofRequest: $0)) } ?? .null, .time(query.from),
                .time(query.until))
            var found: [StoredLogLine] = []
            while found.count < query.limit, try rows.step() {
                let name = rows.int(0)
                let block = try LogBlock(name: name, octets: keys.system.open(rows.octets(1), at: .logBlock(name)))
                for line in block.lines where found.count < query.limit && line.fits(query) {
                    let stream: String
                    if let known = names[line.stream] {
                        stream = known
                    } else {
                        stream = try Self.name(ofStream: line.stream, db)
                        names[line.stream] = stream
                    }
                    guard query.stream == nil || query.stream == stream else { continue }
                    found.append(
                        StoredLogLine(
                            position: line.position,
                            line: FunctionLogLine(
                                group: query.group, stream: stream, at: line.at, requestID: line.requestID,
                                text: line.text)))
                }
            }
            return found
        }
    }

    /// Selects the names of blocks that may hold lines of a query. What narrows most comes first; a position is a bound by itself.
    private static func blocks(of query: FunctionLogQuery) -> String {
        let group = "(SELECT n FROM log_groups WHERE name = ?1)"
        let times = " AND (?5 IS NULL OR latest >= ?5) AND (?6 IS NULL OR earliest < ?6)"
        if query.requestID != nil {
            return """
                SELECT n FROM log_blocks WHERE n IN (SELECT block FROM log_requests WHERE request = ?4 AND block > ?2)
                AND +log_group = \(group)\(times)
                """
        }
        if query.stream != nil {
            return """
                SELECT n FROM log_blocks WHERE n IN (
                  SELECT block FROM log_block_streams WHERE block > ?2
                  AND stream = (SELECT n FROM log_streams WHERE name = ?3 AND log_group = \(group)))\(times)
                """
        }
        let index = query.from != nil && query.after == 0 ? "latest" : "group"
        return """
            SELECT n FROM log_blocks INDEXED BY log_blocks_by_\(index) WHERE log_group = \(group) AND n > ?2\(times)
            """
    }

    private static func name(ofStream number: Int, _ db: Connection) throws(StoreFailure) -> String {
        let rows = try db.rows("SELECT name FROM log_streams WHERE n = ?", .int(number))
        guard try rows.step() else { throw .damaged("log stream \(number)") }
        return rows.text(0)
    }

    public func streams(of group: String, limit: Int) async throws(StoreFailure) -> [String] {
        try await settleLogLines()
        return try await readers.read { db throws(StoreFailure) in
            let rows = try db.rows(
                """
                SELECT name FROM log_streams WHERE log_group = (SELECT n FROM log_groups WHERE name = ?)
                ORDER BY n DESC LIMIT ?
                """, .text(group), .int(limit))
            var names: [String] = []
            while try rows.step() { names.append(rows.text(0)) }
            return names
        }
    }

    public func groups(prefix: String, limit: Int) async throws(StoreFailure) -> [String] {
        try await settleLogLines()
        return try await readers.read { db throws(StoreFailure) in
            let rows = try db.rows("SELECT name FROM log_groups WHERE name >= ? ORDER BY name", .text(prefix))
            var names: [String] = []
            while names.count < limit, try rows.step() {
                let name = rows.text(0)
                guard name.utf8.starts(with: prefix.utf8) else { break }
                names.append(name)
            }
            return names
        }
    }
}

extension LogBlock.Line {
    /// True when nothing but its stream may speak against it.
    fileprivate func fits(_ query: FunctionLogQuery) -> Bool {
        position > query.after && (query.requestID.map { $0 == requestID } ?? true)
            && (query.from.map { at >= $0 } ?? true) && (query.until.map { at < $0 } ?? true)
    }
}
