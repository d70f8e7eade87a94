import FunctionRuntime
import MailTypes
import Testing

@Suite struct FunctionLogContract {
    /// A line of these facts, so many seconds after the beginning.
    private func line(
        _ text: String, group: String = "/aws/lambda/f", stream: String = "one", request: String? = nil,
        second: Int = 0
    ) -> FunctionLogLine {
        FunctionLogLine(
            group: group, stream: stream, at: Stores.now + .seconds(second), requestID: request, text: text)
    }

    @Test(arguments: StoreKind.allCases)
    func `lines come back in order, from any position`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let logs = stores.functionLogs
        let lines = (0..<2_500).map { line("line \($0)\nsecond ü", second: $0) }
        logs.append(lines)
        logs.append([line("elsewhere", group: "/aws/lambda/g")])
        let first = try await logs.lines(of: FunctionLogQuery(group: "/aws/lambda/f"))
        #expect(first.map(\.line) == Array(lines.prefix(1000)))
        let last = try #require(first.last)
        let rest = try await logs.lines(
            of: FunctionLogQuery(group: "/aws/lambda/f", after: last.position, limit: 5_000))
        #expect(rest.map(\.line) == Array(lines.dropFirst(1000)))
        #expect(try await logs.lines(of: FunctionLogQuery(group: "/aws/lambda/unknown")).isEmpty)
        #expect(logs.droppedLogLines == 0)
    }

    @Test(arguments: StoreKind.allCases)
    func `lines are found by stream, request and time, together`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let logs = stores.functionLogs
        logs.append([
            line("a", request: "r1", second: 1), line("b", stream: "two", request: "r2", second: 2),
            line("c", stream: "two", second: 3), line("d", request: "r1", second: 4),
            line("e", group: "other", stream: "two", request: "r1", second: 4),
        ])
        func found(_ change: (inout FunctionLogQuery) -> Void) async throws -> [String] {
            var query = FunctionLogQuery(group: "/aws/lambda/f")
            change(&query)
            return try await logs.lines(of: query).map(\.line.text)
        }
        #expect(try await found { $0.stream = "two" } == ["b", "c"])
        #expect(try await found { $0.stream = "nothing" } == [])
        #expect(try await found { $0.requestID = "r1" } == ["a", "d"])
        #expect(
            try await found {
                $0.requestID = "r1"
                $0.stream = "one"
                $0.from = Stores.now + .seconds(2)
            } == ["d"])
        #expect(try await found { $0.from = Stores.now + .seconds(2) } == ["b", "c", "d"])
        #expect(
            try await found {
                $0.from = Stores.now + .seconds(2)
                $0.until = Stores.now + .seconds(4)
                $0.limit = 1
            } == ["b"])
        #expect(try await found { $0.until = Stores.now + .seconds(2) } == ["a"])
    }

    @Test(arguments: StoreKind.allCases)
    func `groups are listed by name, streams with the newest first`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let logs = stores.functionLogs
        logs.append([
            line("1", group: "/aws/lambda/b"), line("2", group: "/aws/lambda/a", stream: "old"),
            line("3", group: "/aws/lambda/a", stream: "new"), line("4", group: "/aws/lambda/a", stream: "old"),
            line("5", group: "/own"),
        ])
        #expect(try await logs.groups(prefix: "/aws/lambda/", limit: 9) == ["/aws/lambda/a", "/aws/lambda/b"])
        #expect(try await logs.groups(prefix: "", limit: 1) == ["/aws/lambda/a"])
        #expect(try await logs.streams(of: "/aws/lambda/a", limit: 9) == ["new", "old"])
        #expect(try await logs.streams(of: "/aws/lambda/a", limit: 1) == ["new"])
        #expect(try await logs.streams(of: "nothing", limit: 9).isEmpty)
    }

    @Test(arguments: StoreKind.allCases)
    func `old lines are forgotten step by step, streams and groups with their last one`(_ kind: StoreKind)
        async throws
    {
        let stores = try await kind.open()
        let logs = stores.functionLogs
        logs.append((0..<10).map { line("\($0)", stream: $0 < 5 ? "one" : "two", second: $0) })
        logs.append([line("x", group: "other", second: 1)])
        let moment = Stores.now + .seconds(6)
        #expect(try await logs.trim(olderThan: moment, group: "/aws/lambda/f", limit: 4) == 4)
        #expect(try await logs.streams(of: "/aws/lambda/f", limit: 9) == ["two", "one"])
        #expect(try await logs.trim(olderThan: moment, group: "/aws/lambda/f", limit: 100) == 2)
        #expect(try await logs.streams(of: "/aws/lambda/f", limit: 9) == ["two"])
        #expect(
            try await logs.lines(of: FunctionLogQuery(group: "/aws/lambda/f")).map(\.line.text)
                == ["6", "7", "8", "9"])
        #expect(try await logs.trim(olderThan: moment, group: nil, limit: 100) == 1)
        #expect(try await logs.groups(prefix: "", limit: 9) == ["/aws/lambda/f"])
        #expect(try await logs.trim(olderThan: Stores.now + .seconds(60), group: nil, limit: 100) == 4)
        #expect(try await logs.groups(prefix: "", limit: 9).isEmpty)
    }

    @Test(arguments: StoreKind.allCases)
    func `a position is never given out twice`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let logs = stores.functionLogs
        logs.append([line("a"), line("b")])
        let last = try #require(try await logs.lines(of: FunctionLogQuery(group: "/aws/lambda/f")).last)
        _ = try await logs.trim(olderThan: Stores.now + .seconds(60), group: nil, limit: 9)
        logs.append([line("c")])
        #expect(
            try await logs.lines(of: FunctionLogQuery(group: "/aws/lambda/f", after: last.position)).map(\.line.text)
                == ["c"])
    }
}
