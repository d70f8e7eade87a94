import FunctionRuntime
import MailTypes

extension LambdaAPI {
    static let versionOperations: [Operation] = [
        Operation("PublishVersion", "POST", "/2015-03-31/functions/{}/versions", publish),
        Operation("ListVersionsByFunction", "GET", "/2015-03-31/functions/{}/versions", listVersions),
    ]

    private static func publish(_ call: LambdaCall) async throws -> HTTPResponse {
        var (entry, _) = try await call.function()
        let input = try await call.input()
        try call.check(try input.text("RevisionId"), against: entry.record.latest.revisionID)
        if let wanted = try input.text("CodeSha256"), wanted != entry.record.latest.code.sha256 {
            throw LambdaFailure(
                .invalidParameter,
                "CodeSHA256 (\(wanted)) is different from current CodeSHA256 in $LATEST (\(entry.record.latest.code.sha256)). "
                    + "Please try again with the CodeSHA256 in $LATEST.")
        }
        let version = entry.publish(
            description: try input.text("Description", upTo: 256), at: call.context.now, random: call.context.random)
        try await call.registry.apply(entry.changes)
        return LambdaCall.answer(
            call.configuration(of: version, in: entry.record, qualifier: version.version), status: 201)
    }

    private static func listVersions(_ call: LambdaCall) async throws -> HTTPResponse {
        let (entry, _) = try await call.function()
        let page = try call.page([entry.record.latest] + entry.versions) { $0.version }
        return LambdaCall.members([
            "Versions": .array(
                page.elements.map { call.configuration(of: $0, in: entry.record, qualifier: $0.version) }),
            "NextMarker": page.next,
        ])
    }
}
