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
        var name: FunctionName?
        if let wanted = input["Function"]?.string {
            if let group = try await logGroup(wanted) {
                return try await linesOfUsers(group, after: after, request: request)
            }
            guard case .builtIn(let builtIn) = try await function(wanted) else { return ["Lines": [], "More": false] }
            name = builtIn.name
        }
        let lines = system.logWriter.lines(of: name, after: after).filter { line in
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

    /// The group with lines that a name stands for: a group's own, or that of a user's function, also of one that is
    /// gone. Nil where there is none.
    private func logGroup(_ name: String) async throws -> String? {
        var group = name
        if !name.hasPrefix("/") {
            do {
                guard case .users(let entry, _) = try await function(name) else { return nil }
                group = entry.record.latest.logGroup
            } catch let failure as Failure {
                group = "/aws/lambda/\(name)"
                guard try await hasLines(group) else { throw failure }
            }
        } else if try await !hasLines(name) {
            throw Failure.notFound("no log group \(name); see: aws logs describe-log-groups")
        }
        return try await hasLines(group) ? group : nil
    }

    private func hasLines(_ group: String) async throws -> Bool {
        try await system.stores.groups(prefix: group, limit: 1).first == group
    }

    private func linesOfUsers(_ group: String, after: Int, request: String?) async throws -> JSONValue {
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
