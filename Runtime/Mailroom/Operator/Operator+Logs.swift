import FunctionRuntime
import MailTypes
import Stores

extension Operator {
    /// Lines of users' functions in one answer.
    private static let linesMax = 1000

    /// `{"Function"?,"After"?,"Request"?}` → `{"Lines":[{"Number","Text",…}],"More"}`. A function is one of the system's, a
    /// user's, or a log group that begins with `/`. `More` says that there are further lines now.
    func getLogs(_ input: JSONValue) async throws -> JSONValue {
        let after = Int(input["After"]?.integer ?? 0)
        let request = input["Request"]?.string
        if let name = input["Function"]?.string, system.bindings.deployment.functions[FunctionName(name)] == nil {
            return try await linesOfUsers(name, after: after, request: request)
        }
        let function = input["Function"]?.string.map { FunctionName($0) }
        let lines = system.logWriter.lines(of: function, after: after).filter { line in
            guard let request else { return true }
            return line.fields.contains { if case .requestID(let id) = $0 { id.description == request } else { false } }
        }
        return [
            "Lines": .array(
                lines.map { line in
                    [
                        "Number": .integer(Int64(line.number)), "At": .string(line.at.rfc3339),
                        "Level": .string(line.level.name),
                        "Event": .string(line.event), "Text": .string(line.text),
                    ]
                }), "More": false,
        ]
    }

    private func linesOfUsers(_ name: String, after: Int, request: String?) async throws -> JSONValue {
        let configured = try await system.functionRegistry.entry(name)?.record.latest.logGroup
        let group = configured ?? (name.hasPrefix("/") ? name : "/aws/lambda/\(name)")
        guard try await system.stores.groups(prefix: group, limit: 1).first == group else {
            throw Failure.notFound("no function \(name) has written a line; see: mailroom functions")
        }
        let lines = try await system.stores.lines(
            of: FunctionLogQuery(group: group, requestID: request, after: after, limit: Self.linesMax))
        return [
            "Lines": .array(
                lines.map { stored in
                    // A record of several lines stays one: its further lines are set in.
                    let text = stored.line.text.split(separator: "\n", omittingEmptySubsequences: false)
                        .joined(separator: "\n    ")
                    return [
                        "Number": .integer(Int64(stored.position)), "At": .string(stored.line.at.rfc3339),
                        "Stream": .string(stored.line.stream),
                        "RequestId": stored.line.requestID.map { .string($0) } ?? .null,
                        "Message": .string(stored.line.text), "Text": .string("\(stored.line.at.rfc3339) \(text)"),
                    ]
                }), "More": .bool(lines.count == Self.linesMax),
        ]
    }
}
