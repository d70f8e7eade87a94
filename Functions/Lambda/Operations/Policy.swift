import FunctionRuntime
import MailTypes

extension LambdaAPI {
    static let policyOperations: [Operation] = [
        Operation("AddPermission", "POST", "/2015-03-31/functions/{}/policy", addPermission),
        Operation("GetPolicy", "GET", "/2015-03-31/functions/{}/policy", getPolicy),
        Operation("RemovePermission", "DELETE", "/2015-03-31/functions/{}/policy/{}", removePermission),
    ]

    private static func addPermission(_ call: LambdaCall) async throws -> HTTPResponse {
        var (entry, reference) = try await call.function()
        guard reference.qualifier != LambdaFunction.latest else {
            throw LambdaFailure(.invalidParameter, "We currently do not support adding policies for $LATEST.")
        }
        let input = try await call.input()
        try call.check(try input.text("RevisionId"), against: revision(of: entry, reference.qualifier))
        let id = try input.required("StatementId")
        guard (1...100).contains(id.utf8.count), FunctionReference.isQualifier(id), id != LambdaFunction.latest else {
            throw LambdaFailure.pattern("statementId", id, "([a-zA-Z0-9-_]+)")
        }
        let action = try input.required("Action")
        guard action == "*" || action.hasPrefix("lambda:") && action.utf8.count > 7 else {
            throw LambdaFailure.pattern("action", action, "(lambda:[*]|lambda:[a-zA-Z]+|[*])")
        }
        let principal = try input.required("Principal", upTo: 256)
        guard FunctionPermission.isPrincipal(principal) else {
            throw LambdaFailure(
                .invalidParameter, "The provided principal was invalid. Please check the principal and try again.")
        }
        let permission = FunctionPermission(
            statementID: id, action: action, principal: principal, sourceARN: try input.text("SourceArn", upTo: 1024),
            sourceAccount: try input.text("SourceAccount", upTo: 12),
            eventSourceToken: try input.text("EventSourceToken", upTo: 256),
            functionURLAuthType: try input.word("FunctionUrlAuthType", ["NONE", "AWS_IAM"]),
            invokedViaFunctionURL: try input.flag("InvokedViaFunctionUrl"),
            principalOrganization: try input.text("PrincipalOrgID", upTo: 34))
        let existing = entry.record.permissions[FunctionRecord.key(reference.qualifier)] ?? []
        guard !existing.contains(where: { $0.statementID == id }) else {
            throw LambdaFailure(
                .conflict,
                "The statement id (\(id)) provided already exists. Please provide a new statement id, or remove the existing statement."
            )
        }
        entry.permit(permission, qualifier: reference.qualifier)
        let arn = call.registry.arn(of: entry.name, qualifier: reference.qualifier)
        guard policy(of: entry, reference.qualifier, arn).octets.count <= policyOctets else {
            throw LambdaFailure(
                .policyLength, "The final policy size is bigger than the limit (\(policyOctets)).")
        }
        renew(&entry, reference.qualifier, call)
        try await call.commit(entry)
        return LambdaCall.members(["Statement": .string(permission.json(resource: arn).octets.text)], status: 201)
    }

    /// Octets of a function's policy.
    private static let policyOctets = 20_480

    private static func getPolicy(_ call: LambdaCall) async throws -> HTTPResponse {
        let (entry, reference) = try await call.function()
        guard entry.record.permissions[FunctionRecord.key(reference.qualifier)]?.isEmpty == false else {
            throw LambdaFailure(.notFound, "The resource you requested does not exist.")
        }
        let arn = call.registry.arn(of: entry.name, qualifier: reference.qualifier)
        return LambdaCall.members([
            "Policy": .string(policy(of: entry, reference.qualifier, arn).octets.text),
            "RevisionId": .string(revision(of: entry, reference.qualifier)),
        ])
    }

    private static func removePermission(_ call: LambdaCall) async throws -> HTTPResponse {
        var (entry, reference) = try await call.function()
        let id = call.parameters[1]
        try call.check(
            call.request.queryValue("RevisionId"), against: revision(of: entry, reference.qualifier))
        guard entry.record.permissions[FunctionRecord.key(reference.qualifier)]?.isEmpty == false else {
            throw LambdaFailure(.notFound, "No policy is associated with the given resource.")
        }
        guard entry.forbid(id, qualifier: reference.qualifier) else {
            throw LambdaFailure(.notFound, "Statement \(id) is not found in resource policy.")
        }
        renew(&entry, reference.qualifier, call)
        try await call.commit(entry)
        return LambdaCall.done
    }

    private static func policy(of entry: FunctionEntry, _ qualifier: String?, _ arn: String) -> JSONValue {
        [
            "Version": "2012-10-17", "Id": "default",
            "Statement": .array(
                (entry.record.permissions[FunctionRecord.key(qualifier)] ?? []).map { $0.json(resource: arn) }),
        ]
    }

    private static func revision(of entry: FunctionEntry, _ qualifier: String?) -> String {
        qualifier.flatMap { entry.record.alias($0)?.revisionID } ?? entry.version(qualifier)?.revisionID
            ?? entry.record.latest.revisionID
    }

    /// A policy's change is one of what it belongs to. Published versions stay as they are.
    private static func renew(_ entry: inout FunctionEntry, _ qualifier: String?, _ call: LambdaCall) {
        if let qualifier, var alias = entry.record.alias(qualifier) {
            alias.revisionID = call.newRevision()
            entry.setAlias(alias)
        } else if qualifier == nil {
            entry.record.latest.revisionID = call.newRevision()
        }
    }
}
