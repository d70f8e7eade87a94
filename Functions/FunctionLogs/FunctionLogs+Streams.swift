import AWSWire
import FunctionRuntime
import MailTypes

extension FunctionLogs {
    /// Streams looked through for one answer.
    private static let streamsMax = 10_000
    /// How old and how far ahead an event may be that somebody puts.
    private static let oldestDays = 14
    private static let aheadHours = 2

    static let streams: [Operation<FunctionLogs>] = [
        Operation(
            "CreateLogStream", [.required("logGroupName", groupName), .required("logStreamName", streamName)]
        ) { services, input, _ in
            let group = try await services.existing(input)
            let stream = input.required("logStreamName")
            guard try await !services.hasStream(stream, of: group) else {
                throw ServiceFailure(exists, "The specified log stream already exists")
            }
            try await services.records.apply([.put(RecordKey(.logStream, "\(group):\(stream)"), [])])
            return JSONObject()
        },
        Operation(
            "DescribeLogStreams",
            [
                .optional("logGroupName", groupName), .optional("logGroupIdentifier", identifier),
                .optional("logStreamNamePrefix", streamName),
                .optional("orderBy", .oneOf("LogStreamName", "LastEventTime")), .optional("descending", .boolean),
                .optional("limit", .integer(1...50)), .optional("nextToken", token),
            ]
        ) { services, input, _ in
            let group = try await services.existing(input)
            // The newest first: rank by age stands for the last event, since a stream is one environment.
            let newest = try await services.streamNames(of: group).filter {
                $0.hasPrefix(input.text("logStreamNamePrefix") ?? "")
            }
            let isByTime = input.text("orderBy") == "LastEventTime"
            let oldest = isByTime ? Array(newest.reversed()) : newest.sorted()
            let ordered = input.flag("descending") == true ? Array(oldest.reversed()) : oldest
            let ranks = Dictionary(uniqueKeysWithValues: ordered.enumerated().map { ($1, String(1_000_000 + $0)) })
            let page = try Page(
                of: ordered, for: input, operation: "DescribeLogStreams", size: input.integer("limit") ?? 50,
                tokenName: "nextToken"
            ) { ranks[$0] ?? "" }
            return page.output("logStreams") { stream in
                .members([
                    "logStreamName": .string(stream),
                    "arn": .string(services.place.arn("logs", "log-group:\(group):log-stream:\(stream)")),
                    "storedBytes": 0, "creationTime": 0,
                ])
            }
        },
        Operation(
            "PutLogEvents",
            [
                .required("logGroupName", groupName), .required("logStreamName", streamName),
                .optional("sequenceToken", .text(0...512)),
                .required(
                    "logEvents",
                    .list(
                        1...10_000,
                        of: .structure(
                            .required("timestamp", .integer(0...99_999_999_999_999)),
                            .required("message", .text(1...FunctionLogLine.textMax))))),
            ]
        ) { services, input, context in
            let group = try await services.existing(input)
            let stream = input.required("logStreamName")
            guard try await services.hasStream(stream, of: group) else { throw noStream }
            let oldest = context.now + .seconds(-oldestDays * 86400)
            let newest = context.now + .seconds(aheadHours * 3600)
            let lines = input.structures("logEvents").map { event in
                FunctionLogLine(
                    group: group, stream: stream,
                    at: Timestamp(milliseconds: Int64(event.integer("timestamp") ?? 0)), text: event.required("message")
                )
            }
            let taken = lines.filter { $0.at >= oldest && $0.at <= newest }
            services.logs.append(taken)
            var output: JSONObject = ["nextSequenceToken": "0"]
            if taken.count < lines.count {
                output["rejectedLogEventsInfo"] = .members([
                    "tooOldLogEventEndIndex": (lines.lastIndex { $0.at < oldest }).map { .integer(Int64($0 + 1)) },
                    "tooNewLogEventStartIndex": (lines.firstIndex { $0.at > newest }).map { .integer(Int64($0)) },
                ])
            }
            return output
        },
    ]

    /// Names of a group's streams, newest first; those that were made and have no line yet come first.
    func streamNames(of group: String) async throws -> [String] {
        let written = try await logs.streams(of: group, limit: Self.streamsMax)
        let known = Set(written)
        let made = try await records.records(of: .logStream, prefix: group + ":").map {
            String($0.key.name.dropFirst(group.count + 1))
        }
        return made.filter { !known.contains($0) } + written
    }

    func hasStream(_ stream: String, of group: String) async throws -> Bool {
        if try await records.record(RecordKey(.logStream, "\(group):\(stream)")) != nil { return true }
        return try await !logs.lines(of: FunctionLogQuery(group: group, stream: stream, limit: 1)).isEmpty
    }
}
