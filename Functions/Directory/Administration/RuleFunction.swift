import AWSWire
import FunctionRuntime
import MailTypes

/// The function that a Run Lambda rule names: of this account and region, there, and willing (reference/email-flow.md §4.1).
enum RuleFunction {
    /// The ARN of a function that is named by `NAME`, `NAME:ALIAS` or an ARN.
    static func arn(_ text: String, _ settings: DirectoryServices.Settings) throws(APIFailure) -> String {
        let prefix = "arn:aws:lambda:\(settings.region):\(settings.account):function:"
        guard text.hasPrefix("arn:") else { return prefix + text }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 7, parts[2] == "lambda" else { return text }
        guard parts[3] == settings.region, parts[4] == settings.account else {
            throw .invalid(
                "the function has to be in region \(settings.region) and account \(settings.account), as \(prefix)NAME")
        }
        return text
    }

    /// Refuses a function that is not there; says how to let the organization call one that is.
    static func warning(about arn: String, for organization: OrganizationID, _ services: DirectoryServices)
        async throws(APIFailure) -> String?
    {
        guard let functions = services.functions else { return nil }
        let (region, account) = (services.settings.region, services.settings.account)
        let principal = "workmail.\(region).amazonaws.com"
        let source = "arn:aws:workmail:\(region):\(account):organization/\(organization)"
        let caller = LambdaCaller.service(principal: principal, sourceARN: source, sourceAccount: account)
        switch await functions.objection(to: arn, for: caller) {
        case nil: return nil
        case .notFound:
            throw .invalid("there is no function \(arn); create it first, see: mailroom functions")
        case .denied:
            let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
            let qualifier = parts.count == 8 ? " --qualifier \(parts[7])" : ""
            return
                "the organization may not call the function yet: aws lambda add-permission --function-name \(parts[6])"
                + "\(qualifier) --statement-id workmail --action lambda:InvokeFunction --principal \(principal)"
                + " --source-arn \(source)"
        case let other?: return "the function cannot be called now: \(other)"
        }
    }
}
