import AWSWire
import FunctionRuntime
import MailTypes

extension FunctionLogs {
    /// Events of one answer, and octets of their text.
    private static let eventsMax = 10_000
    private static let octetsMax = 1 << 20
    /// Lines looked at for one answer: with a token the caller goes on.
    private static let linesMax = 20_000

    static let events: [Operation<FunctionLogs>] = [
        Operation(
            "FilterLogEvents",
            [
                .optional("logGroupName", groupName), .optional("logGroupIdentifier", identifier),
                .optional("logStreamNames", .list(1...100, of: streamName)),
                .optional("logStreamNamePrefix", streamName), .optional("startTime", .integer(0...99_999_999_999_999)),
                .optional("endTime", .integer(0...99_999_999_999_999)), .optional("filterPattern", .text(0...1024)),
                .optional("nextToken", token), .optional("limit", .integer(1...10_000)),
                .optional("interleaved", .boolean), .optional("unmask", .boolean),
            ]
        ) { services, input, _ in try await services.filter(input) },
        Operation(
            "GetLogEvents",
            [
                .optional("logGroupName", groupName), .optional("logGroupIdentifier", identifier),
                .required("logStreamName", streamName), .optional("startTime", .integer(0...99_999_999_999_999)),
                .optional("endTime", .integer(0...99_999_999_999_999)), .optional("nextToken", token),
                .optional("limit", .integer(1...10_000)), .optional("startFromHead", .boolean),
                .optional("unmask", .boolean),
            ]
        ) { services, input, _ in try await services.get(input) },
    ]

    private func filter(_ input: Input) async throws -> JSONObject {
        var query = try await query(input)
        query.after = try Self.position(input.text("nextToken"), mark: "p")
        query.limit = 1000
        let pattern = try FilterPattern(input.text("filterPattern") ?? "")
        let streams = Set(input.texts("logStreamNames"))
        let prefix = input.text("logStreamNamePrefix") ?? ""
        let limit = input.integer("limit") ?? Self.eventsMax
        var found: [JSONValue] = []
        var (looked, octets) = (0, 0)
        var next: Int?
        search: while true {
            let lines = try await logs.lines(of: query)
            for stored in lines {
                query.after = stored.position
                looked += 1
                let line = stored.line
                if streams.isEmpty || streams.contains(line.stream), line.stream.hasPrefix(prefix),
                    pattern.fits(line.text)
                {
                    found.append(Self.event(stored, withStream: true))
                    octets += line.text.utf8.count
                }
                if found.count == limit || looked == Self.linesMax || octets >= Self.octetsMax {
                    next = stored.position
                    break search
                }
            }
            if lines.count < query.limit { break }
        }
        return [
            "events": .array(found), "searchedLogStreams": [],
            "nextToken": next.map { .string("p\($0)") },
        ]
    }

    /// Forward from a token or from the head; without either the newest, as `tail` would.
    private func get(_ input: Input) async throws -> JSONObject {
        var query = try await query(input)
        let stream = input.required("logStreamName")
        guard try await hasStream(stream, of: query.group) else { throw Self.noStream }
        query.stream = stream
        let limit = input.integer("limit") ?? Self.eventsMax
        let token = input.text("nextToken")
        var lines: [StoredLogLine] = []
        if let token, token.hasPrefix("f/") {
            query.after = try Self.position(token, mark: "f/")
            query.limit = limit
            lines = try await logs.lines(of: query)
        } else if token == nil, input.flag("startFromHead") == true {
            query.limit = limit
            lines = try await logs.lines(of: query)
        } else {
            // Backward: everything before a position, the last of it.
            let before = try token.map { try Self.position($0, mark: "b/") } ?? Int.max
            query.limit = 1000
            while case let page = try await logs.lines(of: query), !page.isEmpty {
                lines += page.filter { $0.position < before }
                lines.removeFirst(max(0, lines.count - limit))
                query.after = page.last?.position ?? Int.max
                if page.count < query.limit || query.after >= before { break }
            }
        }
        var octets = 0
        let fitting = lines.prefix { line in
            defer { octets += line.line.text.utf8.count }
            return octets < Self.octetsMax
        }
        let last = fitting.last?.position ?? (token.flatMap { try? Self.position($0, mark: "f/") } ?? query.after)
        let first = fitting.first?.position ?? (token.flatMap { try? Self.position($0, mark: "b/") } ?? last)
        return [
            "events": .array(fitting.map { Self.event($0, withStream: false) }),
            "nextForwardToken": .string("f/\(last)"), "nextBackwardToken": .string("b/\(first)"),
        ]
    }

    private func query(_ input: Input) async throws -> FunctionLogQuery {
        func moment(_ name: String) -> Timestamp? {
            input.integer(name).map { Timestamp(milliseconds: Int64($0)) }
        }
        return FunctionLogQuery(group: try await existing(input), from: moment("startTime"), until: moment("endTime"))
    }

    private static func position(_ token: String?, mark: String) throws(ServiceFailure) -> Int {
        guard let token else { return 0 }
        guard token.hasPrefix(mark), let position = Int(token.dropFirst(mark.count)), position >= 0 else {
            throw .invalid("The specified nextToken is invalid.")
        }
        return position
    }

    private static func event(_ stored: StoredLogLine, withStream: Bool) -> JSONValue {
        .members([
            "logStreamName": withStream ? .string(stored.line.stream) : nil,
            "timestamp": .integer(stored.line.at.milliseconds), "message": .string(stored.line.text),
            "ingestionTime": .integer(stored.line.at.milliseconds),
            "eventId": withStream ? .string(String(stored.position)) : nil,
        ])
    }
}
