import AWSWire
import FunctionRuntime
import MailTypes

/// CloudWatch Logs over the lines of users' functions: AWS JSON 1.1, `X-Amz-Target: Logs_20140328.*`.
public struct FunctionLogs: Handler {
    public typealias Event = HTTPRequest
    public typealias Outcome = HTTPResponse

    let logs: any FunctionLogStore
    let records: any RecordStore
    let permissions: any Permissions
    let place: ServicePlace

    /// Needs the lines, the records of groups and streams that were made by name, and who may what.
    public init(
        logs: any FunctionLogStore, records: any RecordStore, permissions: any Permissions, place: ServicePlace
    ) {
        (self.logs, self.records, self.permissions, self.place) = (logs, records, permissions, place)
    }

    public func handle(_ event: HTTPRequest, in context: Context) async throws -> HTTPResponse {
        try await Self.table.answer(event, with: self, in: context) { services, call in
            let group = Self.group(call.input) ?? "*"
            try await services.permissions.require(
                call.asker, "logs:\(call.operation)", on: services.place.arn("logs", "log-group:\(group):*"))
        }
    }

    static let table = OperationTable<FunctionLogs>(prefix: "Logs_20140328.", groups + streams + events) {
        "\($0) is not offered; queries, subscriptions and metric filters are not here"
    }

    static let groupName = Shape.text(1...512, "may hold letters, digits and .-_/# only") { text in
        text.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || ".-_/#".utf8.contains($0) }
    }
    static let identifier = Shape.text(1...2048)
    static let streamName = Shape.text(1...512, "may not hold : or *") { text in
        !text.utf8.contains(0x3A) && !text.utf8.contains(0x2A)
    }
    static let token = Shape.text(1...4096)

    /// The group that an input names, by name or ARN.
    static func group(_ input: Input) -> String? {
        let text = input.text("logGroupName") ?? input.text("logGroupIdentifier") ?? input.text("logGroupNamePrefix")
        guard let text, text.hasPrefix("arn:") else { return text }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count > 6 ? String(parts[6]) : text
    }

    /// The group that an input names; refused when it is not there.
    func existing(_ input: Input) async throws -> String {
        guard let name = Self.group(input) else { throw ServiceFailure.invalid("logGroupName is required") }
        if try await records.record(LogGroup.key(name)) != nil { return name }
        guard try await logs.groups(prefix: name, limit: 1).first == name else {
            throw ServiceFailure(.resourceNotFound, "The specified log group does not exist.")
        }
        return name
    }

    static let exists = ServiceFailure.Code("ResourceAlreadyExistsException")
    static let noStream = ServiceFailure(.resourceNotFound, "The specified log stream does not exist.")
}

extension RecordKind {
    /// Streams of log groups that were made by name, as `GROUP:STREAM`.
    static let logStream: RecordKind = "log-stream"
}
