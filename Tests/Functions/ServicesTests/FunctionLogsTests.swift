import FunctionLogs
import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

@Suite struct FunctionLogsTests {
    private let desk = ServiceDesk()

    @discardableResult
    private func call(_ operation: String, _ input: JSONValue, as caller: Caller = ServiceDesk.owner) async throws
        -> JSONValue
    {
        try await desk.call(
            FunctionLogs(
                logs: desk.stores, records: desk.stores, permissions: desk.permissions, place: desk.place),
            "Logs_20140328.\(operation)", input, as: caller)
    }

    private func write(_ texts: String..., stream: String = "s", secondsAgo: Int = 0) {
        desk.stores.append(
            texts.map {
                FunctionLogLine(
                    group: "/aws/lambda/f", stream: stream, at: desk.time.now() + .seconds(-secondsAgo), text: $0)
            })
    }

    private func messages(_ answer: JSONValue) -> [String] {
        answer["events"]?.array?.compactMap { $0["message"]?.string } ?? []
    }

    @Test func `lines are filtered by terms, time and stream, in pages`() async throws {
        write("START a", "one error here", "two")
        write("three error", stream: "t", secondsAgo: 3600)
        func filter(_ more: KeyValuePairs<String, JSONValue>) async throws -> JSONValue {
            var input: JSONObject = ["logGroupName": "/aws/lambda/f"]
            for (name, value) in more { input[name] = value }
            return try await call("FilterLogEvents", .object(input))
        }
        #expect(messages(try await filter([:])) == ["START a", "one error here", "two", "three error"])
        #expect(messages(try await filter(["filterPattern": "error"])) == ["one error here", "three error"])
        #expect(messages(try await filter(["filterPattern": "error -three"])) == ["one error here"])
        #expect(messages(try await filter(["filterPattern": "?START ?two"])) == ["START a", "two"])
        #expect(messages(try await filter(["filterPattern": "\"error here\""])) == ["one error here"])
        #expect(messages(try await filter(["logStreamNames": ["t"]])) == ["three error"])
        let recent = desk.time.now().milliseconds - 60_000
        #expect(
            messages(try await filter(["startTime": .integer(recent), "limit": 2])) == ["START a", "one error here"])
        let page = try await filter(["limit": 3])
        #expect(messages(try await filter(["nextToken": page["nextToken"] ?? ""])) == ["three error"])
        await #expect(throws: ServiceDesk.Refused(name: "InvalidParameterException")) {
            _ = try await filter(["filterPattern": "{ $.a = 1 }"])
        }
        await #expect(throws: ServiceDesk.Refused(name: "ResourceNotFoundException")) {
            try await call("FilterLogEvents", ["logGroupName": "/aws/lambda/absent"])
        }
    }

    @Test func `a stream is read from its end, and forward from a token`() async throws {
        write("1", "2", "3")
        func get(_ more: KeyValuePairs<String, JSONValue>) async throws -> JSONValue {
            var input: JSONObject = ["logGroupName": "/aws/lambda/f", "logStreamName": "s"]
            for (name, value) in more { input[name] = value }
            return try await call("GetLogEvents", .object(input))
        }
        let tail = try await get(["limit": 2])
        #expect(messages(tail) == ["2", "3"])
        #expect(messages(try await get(["nextToken": tail["nextBackwardToken"] ?? ""])) == ["1"])
        let end = try await get(["nextToken": tail["nextForwardToken"] ?? ""])
        #expect(messages(end).isEmpty && end["nextForwardToken"] == tail["nextForwardToken"])
        write("4")
        #expect(messages(try await get(["nextToken": tail["nextForwardToken"] ?? ""])) == ["4"])
        #expect(messages(try await get(["startFromHead": true, "limit": 1])) == ["1"])
    }

    @Test func `groups and streams can be made, written to and deleted`() async throws {
        try await call("CreateLogGroup", ["logGroupName": "/own"])
        await #expect(throws: ServiceDesk.Refused(name: "ResourceAlreadyExistsException")) {
            try await call("CreateLogGroup", ["logGroupName": "/own"])
        }
        let event: JSONValue = ["timestamp": .integer(desk.time.now().milliseconds), "message": "m"]
        let put: JSONValue = ["logGroupName": "/own", "logStreamName": "s", "logEvents": [event]]
        await #expect(throws: ServiceDesk.Refused(name: "ResourceNotFoundException")) {
            try await call("PutLogEvents", put)
        }
        try await call("CreateLogStream", ["logGroupName": "/own", "logStreamName": "s"])
        try await call("PutLogEvents", put)
        #expect(messages(try await call("FilterLogEvents", ["logGroupName": "/own"])) == ["m"])
        write("x")
        let groups = try await call("DescribeLogGroups", [:])["logGroups"]?.array ?? []
        #expect(groups.compactMap { $0["logGroupName"]?.string } == ["/aws/lambda/f", "/own"])
        let streams = try await call("DescribeLogStreams", ["logGroupName": "/own"])["logStreams"]?.array ?? []
        #expect(streams.compactMap { $0["logStreamName"]?.string } == ["s"])
        try await call("DeleteLogGroup", ["logGroupName": "/own"])
        #expect(try await call("DescribeLogGroups", ["logGroupNamePrefix": "/own"])["logGroups"] == [])
    }

    @Test func `lines are kept as long as their group says, or the system`() async throws {
        write("old", secondsAgo: 8 * 86400)
        write("new")
        desk.stores.append([
            FunctionLogLine(group: "/other", stream: "s", at: desk.time.now() + .seconds(-8 * 86400), text: "kept"),
            FunctionLogLine(group: "/other", stream: "s", at: desk.time.now() + .seconds(-31 * 86400), text: "gone"),
        ])
        try await call("PutRetentionPolicy", ["logGroupName": "/aws/lambda/f", "retentionInDays": 7])
        await #expect(throws: ServiceDesk.Refused(name: "InvalidParameterException")) {
            try await call("PutRetentionPolicy", ["logGroupName": "/aws/lambda/f", "retentionInDays": 8])
        }
        let retention = LogRetention(logs: desk.stores, records: desk.stores, stepSize: 1)
        let outcome = try await retention.handle(.init(), in: .test(time: desk.time))
        #expect(outcome.lines == 2)
        #expect(messages(try await call("FilterLogEvents", ["logGroupName": "/aws/lambda/f"])) == ["new"])
        #expect(messages(try await call("FilterLogEvents", ["logGroupName": "/other"])) == ["kept"])
    }
}
