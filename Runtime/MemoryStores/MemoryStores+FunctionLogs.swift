import FunctionRuntime
import MailTypes

extension MemoryStores: FunctionLogStore {
    public func append(_ lines: [FunctionLogLine]) {
        // The commit cannot fail: there is always room.
        try? commit { state in
            for line in lines {
                state.lastLogPosition += 1
                state.logLines.append(StoredLogLine(position: state.lastLogPosition, line: line))
            }
        }
    }

    public var droppedLogLines: Int { 0 }

    public func lines(of query: FunctionLogQuery) async throws(StoreFailure) -> [StoredLogLine] {
        try commit { state in
            let found = state.logLines.lazy.filter { stored in
                let line = stored.line
                return line.group == query.group && stored.position > query.after
                    && (query.stream.map { $0 == line.stream } ?? true)
                    && (query.requestID.map { $0 == line.requestID } ?? true)
                    && (query.from.map { line.at >= $0 } ?? true) && (query.until.map { line.at < $0 } ?? true)
            }
            return Array(found.prefix(query.limit))
        }
    }

    public func streams(of group: String, limit: Int) async throws(StoreFailure) -> [String] {
        try commit { state in
            var names: [String] = []
            for stored in state.logLines where stored.line.group == group && !names.contains(stored.line.stream) {
                names.append(stored.line.stream)
            }
            return Array(names.reversed().prefix(limit))
        }
    }

    public func groups(prefix: String, limit: Int) async throws(StoreFailure) -> [String] {
        try commit { state in
            let names = Set(state.logLines.map(\.line.group)).filter { $0.utf8.starts(with: prefix.utf8) }
            return Array(names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.prefix(limit))
        }
    }

    public func trim(olderThan moment: Timestamp, group: String?, limit: Int) async throws(StoreFailure) -> Int {
        try commit { state in
            let old = state.logLines.filter { stored in
                stored.line.at < moment && (group.map { $0 == stored.line.group } ?? true)
            }
            let gone = Set(old.sorted { $0.line.at < $1.line.at }.prefix(limit).map(\.position))
            state.logLines.removeAll { gone.contains($0.position) }
            return gone.count
        }
    }
}
