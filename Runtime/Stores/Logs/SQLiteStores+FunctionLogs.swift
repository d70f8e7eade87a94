import FunctionRuntime
import MailTypes
import Synchronization

extension SQLiteStores: FunctionLogStore {
    public func append(_ lines: [FunctionLogLine]) {
        guard !lines.isEmpty else { return }
        let (tellsWriter, dropped) = pendingLogLines.add(lines)
        if dropped > 0 { log.warning("function-log.dropped", .count(dropped), .reason("the writer is behind")) }
        if tellsWriter { writeLogLinesSoon() }
    }

    /// Lines of a moment share a commit: one for each call of a function cost more than the call.
    private func writeLogLinesSoon() {
        guard !pendingLogLines.fillsBatch else { return writeLogLines() }
        // Outlives whoever appended; what is still gathered when the stores close is written then.
        Task { [weak self] in
            try? await Task.sleep(for: PendingLogLines.gathering)
            self?.writeLogLines()
        }
    }

    public var droppedLogLines: Int { pendingLogLines.dropped }

    /// Hands the next batch to the writer.
    func writeLogLines() {
        guard !pendingLogLines.isEmpty else { return }
        let (keys, pending, log) = (self.keys, self.pendingLogLines, self.log)
        let count = Mutex(0)
        writer.writeSometime { transaction throws(StoreFailure) in
            let batch = pending.take()
            count.withLock { $0 = batch.count }
            try Self.insert(batch, transaction.db, keys)
        } done: { [weak self] failure in
            let lost = failure == nil ? 0 : count.withLock { $0 }
            if let failure { log.warning("function-log.dropped", .count(lost), .reason("\(failure)")) }
            // Stores that are closed lose what still waits, but never spin.
            if pending.end(losing: lost), case .down = failure { return }
            if !pending.isEmpty { self?.writeLogLinesSoon() }
        }
    }

    private static func insert(_ lines: [FunctionLogLine], _ db: Connection, _ keys: KeyRing) throws(StoreFailure) {
        var position = 0
        do {
            let rows = try db.rows("SELECT seq FROM sqlite_sequence WHERE name = 'log_lines'")
            if try rows.step() { position = rows.int(0) }
        }
        for line in lines {
            position += 1
            let group = try number(ofGroup: line.group, db)
            let stream = try number(ofStream: line.stream, in: group, db)
            try db.run(
                "INSERT INTO log_lines(n, log_group, stream, at, request, sealed) VALUES(?, ?, ?, ?, ?, ?)",
                .int(position), .int(group), .int(stream), .time(line.at), line.requestID.map { .text($0) } ?? .null,
                .octets(keys.system.seal(Octets(text: line.text), at: .logLine(position), keys.random)))
        }
    }

    private static func number(ofGroup name: String, _ db: Connection) throws(StoreFailure) -> Int {
        try db.run("INSERT OR IGNORE INTO log_groups(name) VALUES(?)", .text(name))
        let rows = try db.rows("SELECT n FROM log_groups WHERE name = ?", .text(name))
        guard try rows.step() else { throw .damaged("log group \(name)") }
        return rows.int(0)
    }

    private static func number(ofStream name: String, in group: Int, _ db: Connection) throws(StoreFailure) -> Int {
        try db.run("INSERT OR IGNORE INTO log_streams(log_group, name) VALUES(?, ?)", .int(group), .text(name))
        let rows = try db.rows(
            "SELECT n FROM log_streams WHERE log_group = ? AND name = ?", .int(group), .text(name))
        guard try rows.step() else { throw .damaged("log stream \(name)") }
        return rows.int(0)
    }

    public func lines(of query: FunctionLogQuery) async throws(StoreFailure) -> [StoredLogLine] {
        try await settleLogLines()
        let keys = self.keys
        return try await readers.read { db throws(StoreFailure) in
            // With a request or a moment the index that knows it finds the first lines; a position is a bound by itself.
            let index =
                query.requestID != nil
                ? "log_lines_by_request"
                : query.stream != nil
                    ? "log_lines_by_stream"
                    : query.from != nil && query.after == 0 ? "log_lines_by_time" : "log_lines_by_group"
            let rows = try db.rows(
                """
                SELECT l.n, s.name, l.at, l.request, l.sealed FROM log_lines l JOIN log_streams s ON s.n = l.stream
                WHERE l.n IN (
                  SELECT n FROM log_lines INDEXED BY \(index)
                  WHERE log_group = (SELECT n FROM log_groups WHERE name = ?1) AND n > ?2
                    \(query.stream == nil ? "" : """
                        AND stream = (SELECT n FROM log_streams WHERE name = ?3
                            AND log_group = (SELECT n FROM log_groups WHERE name = ?1))
                        """)
                    \(query.requestID == nil ? "" : "AND request = ?4")
                    \(query.from == nil ? "" : "AND at >= ?5") \(query.until == nil ? "" : "AND at < ?6")
                  ORDER BY n LIMIT ?7)
                ORDER BY l.n
                """, .text(query.group), .int(query.after), query.stream.map { .text($0) } ?? .null,
                query.requestID.map { .text($0) } ?? .null, .time(query.from), .time(query.until), .int(query.limit))
            var found: [StoredLogLine] = []
            while try rows.step() {
                let position = rows.int(0)
                let text = try keys.system.open(rows.octets(4), at: .logLine(position))
                found.append(
                    StoredLogLine(
                        position: position,
                        line: FunctionLogLine(
                            group: query.group, stream: rows.text(1), at: rows.time(2),
                            requestID: rows.isNull(3) ? nil : rows.text(3),
                            text: String(decoding: text, as: UTF8.self))))
            }
            return found
        }
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

    /// What was appended before a question is on its way at once: a commit that does nothing comes behind it.
    func settleLogLines() async throws(StoreFailure) {
        while !pendingLogLines.isEmpty {
            writeLogLines()
            try await writer.write { _ in }
        }
    }
}
