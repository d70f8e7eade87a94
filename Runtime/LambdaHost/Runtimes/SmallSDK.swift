import FunctionRuntime
import MailTypes

/// The packages `@aws-sdk/client-*` that a managed Node finds: each names its service to the one stand-in, `aws-sdk.cjs`.
///
/// Names are written out, because an ES module's imports are resolved before any of its code runs.
enum SmallSDK {
    private struct Service {
        let package: String
        let client: String
        /// The signing name.
        let scope: String
        /// The service's id in `AWS_ENDPOINT_URL_…`.
        let id: String
        let `protocol`: String
        var version = ""
        var target = ""
        let operations: [String]
    }

    private static let services = [
        Service(
            package: "client-cloudwatch", client: "CloudWatch", scope: "monitoring", id: "cloudwatch", protocol: "json",
            version: "1.0", target: "GraniteServiceVersion20100801",
            operations: ["PutMetricData", "DescribeAlarms", "PutMetricAlarm", "GetMetricStatistics", "DeleteAlarms"]),
        Service(
            package: "client-workmailmessageflow", client: "WorkMailMessageFlow", scope: "workmailmessageflow",
            id: "workmailmessageflow", protocol: "messageflow",
            operations: ["GetRawMessageContent", "PutRawMessageContent"]),
        Service(
            package: "client-workmail", client: "WorkMail", scope: "workmail", id: "workmail", protocol: "json",
            version: "1.1", target: "WorkMailService",
            operations: [
                "DescribeOrganization", "ListOrganizations", "ListUsers", "DescribeUser", "ListGroups", "DescribeGroup",
                "ListGroupMembers", "ListGroupsForEntity", "ListResources", "DescribeResource", "ListAliases",
                "DescribeEntity", "ListMailboxPermissions", "CreateUser", "RegisterToWorkMail", "CreateGroup",
                "AssociateMemberToGroup", "DisassociateMemberFromGroup", "PutMobileDeviceAccessOverride",
                "ListMobileDeviceAccessOverrides", "DeleteMobileDeviceAccessOverride",
            ]),
        Service(
            package: "client-s3", client: "S3", scope: "s3", id: "s3", protocol: "s3",
            operations: ["PutObject", "GetObject", "HeadObject", "DeleteObject"]),
        Service(
            package: "client-secrets-manager", client: "SecretsManager", scope: "secretsmanager", id: "secrets_manager",
            protocol: "json", version: "1.1", target: "secretsmanager",
            operations: ["GetSecretValue", "DescribeSecret", "ListSecrets", "PutSecretValue", "CreateSecret"]),
        Service(
            package: "client-lambda", client: "Lambda", scope: "lambda", id: "lambda", protocol: "lambda",
            operations: ["Invoke"]),
        Service(
            package: "client-ses", client: "SES", scope: "ses", id: "ses", protocol: "query", version: "2010-12-01",
            operations: ["SendEmail", "SendRawEmail"]),
        Service(
            package: "client-sesv2", client: "SESv2", scope: "ses", id: "sesv2", protocol: "sesv2",
            operations: ["SendEmail"]),
        Service(
            package: "client-sns", client: "SNS", scope: "sns", id: "sns", protocol: "query", version: "2010-03-31",
            operations: ["Publish"]),
        Service(
            package: "client-sqs", client: "SQS", scope: "sqs", id: "sqs", protocol: "json", version: "1.0",
            target: "AmazonSQS", operations: ["SendMessage", "ReceiveMessage", "DeleteMessage"]),
        Service(
            package: "client-dynamodb", client: "DynamoDB", scope: "dynamodb", id: "dynamodb", protocol: "json",
            version: "1.0", target: "DynamoDB_20120810",
            operations: ["PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan", "DescribeTable"]),
        Service(
            package: "client-sfn", client: "SFN", scope: "states", id: "sfn", protocol: "json", version: "1.0",
            target: "AWSStepFunctions",
            operations: ["StartExecution", "GetExecutionHistory", "ListExecutions", "DescribeExecution"]),
        Service(
            package: "client-ssm", client: "SSM", scope: "ssm", id: "ssm", protocol: "json", version: "1.1",
            target: "AmazonSSM", operations: ["GetParameter", "GetParameters"]),
    ]

    /// Paths below the runtime's folder, with what stands there.
    static var files: [(path: String, octets: Octets)] {
        var files = [(path: "node_modules/@aws-sdk/mailroom.cjs", octets: Octets(PackageResources.aws_sdk_cjs))]
        for service in services {
            let folder = "node_modules/@aws-sdk/\(service.package)"
            let description: JSONValue = [
                "client": .string(service.client), "scope": .string(service.scope), "id": .string(service.id),
                "protocol": .string(service.protocol), "version": .string(service.version),
                "target": .string(service.target), "operations": .array(service.operations.map { .string($0) }),
            ]
            let names =
                ["\(service.client)Client", service.client, "\(service.client)ServiceException"]
                + service.operations.map { "\($0)Command" }
            let package: JSONValue = [
                "name": .string("@aws-sdk/\(service.package)"), "version": "3.0.0-mailroom", "main": "index.cjs",
                "exports": [".": ["import": "./index.mjs", "default": "./index.cjs"]],
            ]
            files.append((path: "\(folder)/package.json", octets: package.octets))
            files.append(
                (
                    path: "\(folder)/index.cjs",
                    octets: Octets(
                        text: "module.exports = require(\"../mailroom.cjs\").members(\(description.octets.text));\n")
                ))
            files.append(
                (
                    path: "\(folder)/index.mjs",
                    octets: Octets(
                        text: "import all from \"./index.cjs\";\nexport default all;\n"
                            + "export const { \(names.joined(separator: ", ")) } = all;\n")
                ))
        }
        return files
    }
}
