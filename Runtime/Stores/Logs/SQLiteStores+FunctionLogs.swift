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
        writer.writeSometime(leavesCounts: true) { transaction throws(StoreFailure) in
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
            let rows = try db.rows("SELECT seq FROM sqlite_sequence WHERE name = 'log_blocks'")
            if try rows.step() { position = rows.int(0) }
        }
        var streams: [StreamName: Int] = [:]
        for group in lines.groups {
            let number = try number(ofGroup: group.name, db)
            var block = LogBlock([])
            var octets = 0
            for line in group.lines {
                position += 1
                let name = StreamName(group: number, stream: line.stream)
                let stream: Int
                if let known = streams[name] {
                    stream = known
                } else {
                    stream = try Self.number(ofStream: line.stream, in: number, db)
                    streams[name] = stream
                }
                block.lines.append(
                    LogBlock.Line(
                        position: position, stream: stream, at: line.at, requestID: line.requestID, text: line.text))
                octets += line.text.utf8.count
                guard octets >= LogBlock.octetsMax else { continue }
                try insert(block, ofGroup: number, db, keys)
                (block, octets) = (LogBlock([]), 0)
            }
            if !block.lines.isEmpty { try insert(block, ofGroup: number, db, keys) }
        }
    }

    /// Writes a block and what it is found by; the block's name becomes the position of its last line unless it has one.
    static func insert(_ block: LogBlock, ofGroup group: Int, _ db: Connection, _ keys: KeyRing) throws(StoreFailure) {
        var block = block
        if block.name == 0 { block.name = block.lines.last?.position ?? 0 }
        try db.run(
            "INSERT INTO log_blocks(n, log_group, earliest, latest, sealed) VALUES(?, ?, ?, ?, ?)", .int(block.name),
            .int(group), .time(block.earliest), .time(block.latest),
            .octets(keys.system.seal(block.encode(), at: .logBlock(block.name), keys.random)))
        for stream in block.streams {
            try db.run("INSERT INTO log_block_streams(stream, block) VALUES(?, ?)", .int(stream), .int(block.name))
        }
        for request in block.requests.sorted() {
            try db.run("INSERT INTO log_requests(request, block) VALUES(?, ?)", .int(request), .int(block.name))
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

    /// What was appended before a question is on its way at once: a commit that does nothing comes behind it.
    func settleLogLines() async throws(StoreFailure) {
        while !pendingLogLines.isEmpty {
            writeLogLines()
            try await writer.write { _ in }
        }
    }
}

/// A stream's name within its group.
private struct StreamName: Hashable {
    let group: Int
    let stream: String
}

extension [FunctionLogLine] {
    /// The lines of each group, groups in the order of their first line.
    fileprivate var groups: [(name: String, lines: [FunctionLogLine])] {
        var places: [String: Int] = [:]
        var groups: [(name: String, lines: [FunctionLogLine])] = []
        for line in self {
            let place = places[line.group] ?? groups.count
            if place == groups.count {
                places[line.group] = place
                groups.append((line.group, []))
            }
            groups[place].lines.append(line)
        }
        return groups
    }
}
