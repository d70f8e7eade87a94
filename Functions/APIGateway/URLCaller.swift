import FunctionRuntime
import MailPolicy
import MailTypes

/// Who stands at a function's URL (reference/functions.md §2.5).
extension APIGateway {
    /// The caller, whom the function's policy is asked about; nil for one who had to sign and did not.
    ///
    /// A function that everybody may call is not told who signed by the way, as on Lambda.
    func caller(of call: inout GatewayCall, at url: FunctionURL) async -> LambdaCaller? {
        guard url.authType == .iam else { return .url(.none, .anonymous, isPermitted: false) }
        guard case .key(let id, let principal, _, "lambda") = call.request.caller else { return nil }
        let asker = call.request.asker.with("lambda:FunctionUrlAuthType", [url.authType.rawValue])
        let isPermitted = await permissions.allows(asker, WebAPI.urlAction, on: call.route.function)
        call.authorizer = [
            "accessKey": .string(id), "accountId": .string(account), "callerId": .string(principal),
            "cognitoIdentity": .null, "principalOrgId": .null, "userArn": .string(principal),
            "userId": .string(principal),
        ]
        return .url(.iam, .account(account, arn: principal), isPermitted: isPermitted)
    }
}
