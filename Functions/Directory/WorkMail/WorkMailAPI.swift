import AWSWire
import FunctionRuntime
import MailTypes

/// The WorkMail API as far as administration needs it: AWS JSON 1.1, `X-Amz-Target: WorkMailService.*`
/// (reference/workmail-api.md).
public struct WorkMailAPI: Handler {
    let services: DirectoryServices

    /// Needs what administration needs.
    public init(_ services: DirectoryServices) { self.services = services }

    /// The operations offered, by name.
    public static let operations: [String] = protocolTable.names

    public func handle(_ event: HTTPRequest, in context: Context) async throws -> HTTPResponse {
        try await Self.protocolTable.answer(event, with: services, in: context) { services, call in
            // On the organization's ARN, so that a denied caller learns nothing of what is in it (§1.6).
            let organization = call.input.text("OrganizationId") ?? "*"
            try await services.permissions.require(
                call.asker, "workmail:\(call.operation)",
                on: ServicePlace(region: services.settings.region, account: services.settings.account).arn(
                    "workmail", "organization/\(organization)"))
        }
    }

    static let protocolTable = OperationTable<DirectoryServices>(
        prefix: "WorkMailService.", messageMember: "Message",
        organizationOperations + domainOperations + userOperations + groupOperations + resourceOperations
            + registrationOperations + mailboxOperations + permissionOperations + deviceOperations
            + availabilityOperations,
        told: { APIFailure(workMail: $0) }
    ) { name in
        notOffered.contains(name) ? "\(name) is not offered yet" : "there is no operation \"\(name)\""
    }

    /// Operations of the service model that are still to come.
    private static let notOffered: Set<String> = [
        "AssociateDelegateToResource", "AssumeImpersonationRole", "CancelMailboxExportJob",
        "CreateIdentityCenterApplication", "CreateImpersonationRole", "CreateMobileDeviceAccessRule",
        "DeleteAccessControlRule", "DeleteEmailMonitoringConfiguration", "DeleteIdentityCenterApplication",
        "DeleteIdentityProviderConfiguration", "DeleteImpersonationRole", "DeleteMobileDeviceAccessRule",
        "DeletePersonalAccessToken", "DeleteRetentionPolicy", "DescribeEmailMonitoringConfiguration",
        "DescribeIdentityProviderConfiguration", "DescribeInboundDmarcSettings", "DescribeMailboxExportJob",
        "DisassociateDelegateFromResource", "GetAccessControlEffect", "GetDefaultRetentionPolicy",
        "GetImpersonationRole", "GetImpersonationRoleEffect", "GetMobileDeviceAccessEffect",
        "GetPersonalAccessTokenMetadata", "ListAccessControlRules", "ListImpersonationRoles", "ListMailboxExportJobs",
        "ListMobileDeviceAccessRules", "ListPersonalAccessTokens", "ListResourceDelegates", "ListTagsForResource",
        "PutAccessControlRule", "PutEmailMonitoringConfiguration", "PutIdentityProviderConfiguration",
        "PutInboundDmarcSettings", "PutRetentionPolicy", "StartMailboxExportJob", "TagResource", "UntagResource",
        "UpdateImpersonationRole", "UpdateMobileDeviceAccessRule",
    ]
}
