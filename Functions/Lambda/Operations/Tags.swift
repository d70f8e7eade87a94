import FunctionRuntime
import MailTypes

extension LambdaAPI {
    static let tagOperations: [Operation] = [
        Operation("TagResource", "POST", "/2017-03-31/tags/{}", tag),
        Operation("UntagResource", "DELETE", "/2017-03-31/tags/{}", untag),
        Operation("ListTags", "GET", "/2017-03-31/tags/{}", listTags),
    ]

    /// Tags of one function.
    private static let tagsMax = 50

    private static func tag(_ call: LambdaCall) async throws -> HTTPResponse {
        var entry = try await tagged(call)
        let input = try await call.input()
        guard let tags = try input.map("Tags"), !tags.isEmpty else {
            throw LambdaFailure(.invalidParameter, "Tags are needed.")
        }
        entry.record.tags = try self.tags(entry.record.tags.merging(tags) { $1 })
        try await call.registry.apply(entry.changes)
        return LambdaCall.done
    }

    private static func untag(_ call: LambdaCall) async throws -> HTTPResponse {
        var entry = try await tagged(call)
        let keys = call.request.queryItems.filter { $0.name == "tagKeys" }.map(\.value)
        guard !keys.isEmpty else { throw LambdaFailure(.invalidParameter, "tagKeys are needed.") }
        for key in keys { entry.record.tags[key] = nil }
        try await call.registry.apply(entry.changes)
        return LambdaCall.done
    }

    private static func listTags(_ call: LambdaCall) async throws -> HTTPResponse {
        LambdaCall.members(["Tags": shown(try await tagged(call).record.tags)])
    }

    private static func tagged(_ call: LambdaCall) async throws -> FunctionEntry {
        let (entry, reference) = try await call.function()
        guard reference.qualifier == nil else {
            throw LambdaFailure(
                .invalidParameter,
                "Tags on function aliases and versions are not supported. Please specify a function ARN.")
        }
        return entry
    }

    /// Tags within their limits.
    static func tags(_ tags: [String: String]) throws -> [String: String] {
        guard tags.count <= tagsMax else {
            throw LambdaFailure(.invalidParameter, "Number of tags exceeds resource tag limit.")
        }
        for (key, value) in tags {
            guard (1...128).contains(key.unicodeScalars.count), !key.hasPrefix("aws:"),
                value.unicodeScalars.count <= 256
            else { throw LambdaFailure(.invalidParameter, "The tag \(key.prefix(128)) has not the form tags need.") }
        }
        return tags
    }

    static func shown(_ tags: [String: String]) -> JSONValue {
        var shown = JSONObject()
        for (key, value) in tags.sorted(by: { $0.key < $1.key }) { shown[key] = .string(value) }
        return .object(shown)
    }
}
