import FunctionRuntime
import MailPolicy
import MailTypes

extension Objects {
    /// Throws `AccessDenied` unless the caller may do this: by the bucket's policy, or else by `Permissions`. A denial in
    /// the policy holds for everybody, but the root key can always mend the policy itself.
    func permit(_ action: String, on resource: String, _ request: ObjectsRequest, policy: String?) async throws {
        guard try await allows(action, on: resource, request, policy: policy) else {
            throw ObjectsFailure.accessDenied
        }
    }

    /// Whether the caller may do this.
    func allows(_ action: String, on resource: String, _ request: ObjectsRequest, policy: String?) async throws -> Bool
    {
        let caller = request.http.caller
        var principal = PolicyPrincipal.anonymous
        let facts = conditions(request)
        var isRoot = false
        if case .key(_, let name, _, _) = caller {
            isRoot = name == "root"
            principal = .account(settings.account, arn: arn(of: name))
        }
        if let policy, let document = try? PolicyDocument(parsing: Octets(text: policy)) {
            var context = facts
            if case .account(let account, let arn) = principal {
                context["aws:PrincipalArn"] = [arn]
                context["aws:PrincipalAccount"] = [account]
            }
            let asked = PolicyRequest(action, on: resource, by: principal, context: context)
            switch document.verdict(on: asked) {
            case .allowed: return true
            case .denied: guard isRoot, action.hasSuffix("BucketPolicy") else { return false }
            case .silent: break
            }
        }
        return await permissions.allows(Asker(caller, conditions: facts), action, on: resource)
    }

    /// The ARN that policies name a caller by: a session's is that of its role.
    private func arn(of principal: String) -> String {
        guard principal != "root" else { return "arn:aws:iam::\(settings.account):root" }
        let parts = principal.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[2] == "sts", parts[5].hasPrefix("assumed-role/") else { return principal }
        let role = parts[5].split(separator: "/").dropFirst().first ?? ""
        return "arn:aws:iam::\(parts[4]):role/\(role)"
    }

    private func conditions(_ request: ObjectsRequest) -> [String: [String]] {
        var context = request.http.asker.conditions
        context["s3:prefix"] = request.item("prefix").map { [$0] }
        context["s3:delimiter"] = request.item("delimiter").map { [$0] }
        context["s3:max-keys"] = request.item("max-keys").map { [$0] }
        context["s3:VersionId"] = request.version.map { [$0] }
        return context
    }
}
