import FunctionRuntime
import MailTypes

/// The WorkMail API as far as administration needs it: AWS JSON 1.1, `X-Amz-Target: WorkMailService.*`
/// (reference/workmail-api.md).
public struct WorkMailAPI: Handler {
    let services: DirectoryServices

    /// Needs what administration needs.
    public init(_ services: DirectoryServices) { self.services = services }

    /// The operations offered, by name.
    public static let operations: [String] = protocolTable.operations.keys.sorted()

    public func handle(_ event: HTTPRequest, in context: Context) async throws -> HTTPResponse {
        try await Self.protocolTable.answer(event, with: services, in: context) { caller, operation in
            services.allows(caller, "WorkMail.\(operation)")
        }
    }

    static let protocolTable = AWSJSON<DirectoryServices>(
        prefix: "WorkMailService.",
        organizationOperations + domainOperations + userOperations + groupOperations + resourceOperations
            + registrationOperations + mailboxOperations
    ) { name in
        notOffered.contains(name) ? "\(name) is not offered yet" : "there is no operation \"\(name)\""
    }

    /// Operations of the service model that are still to come.
    private static let notOffered: Set<String> = [
        "AssociateDelegateToResource", "AssumeImpersonationRole", "CancelMailboxExportJob",
        "CreateAvailabilityConfiguration", "CreateIdentityCenterApplication", "CreateImpersonationRole",
        "CreateMobileDeviceAccessRule", "DeleteAccessControlRule", "DeleteAvailabilityConfiguration",
        "DeleteEmailMonitoringConfiguration", "DeleteIdentityCenterApplication", "DeleteIdentityProviderConfiguration",
        "DeleteImpersonationRole", "DeleteMailboxPermissions", "DeleteMobileDeviceAccessOverride",
        "DeleteMobileDeviceAccessRule", "DeletePersonalAccessToken", "DeleteRetentionPolicy",
        "DescribeEmailMonitoringConfiguration", "DescribeIdentityProviderConfiguration",
        "DescribeInboundDmarcSettings", "DescribeMailboxExportJob", "DisassociateDelegateFromResource",
        "GetAccessControlEffect", "GetDefaultRetentionPolicy", "GetImpersonationRole", "GetImpersonationRoleEffect",
        "GetMobileDeviceAccessEffect", "GetMobileDeviceAccessOverride", "GetPersonalAccessTokenMetadata",
        "ListAccessControlRules", "ListAvailabilityConfigurations", "ListImpersonationRoles", "ListMailboxExportJobs",
        "ListMailboxPermissions", "ListMobileDeviceAccessOverrides", "ListMobileDeviceAccessRules",
        "ListPersonalAccessTokens", "ListResourceDelegates", "ListTagsForResource", "PutAccessControlRule",
        "PutEmailMonitoringConfiguration", "PutIdentityProviderConfiguration", "PutInboundDmarcSettings",
        "PutMailboxPermissions", "PutMobileDeviceAccessOverride", "PutRetentionPolicy", "StartMailboxExportJob",
        "TagResource", "TestAvailabilityConfiguration", "UntagResource", "UpdateAvailabilityConfiguration",
        "UpdateImpersonationRole", "UpdateMobileDeviceAccessRule",
    ]
}
