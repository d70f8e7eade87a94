import FunctionRuntime
import MailTypes

/// SAM's policy templates: short names for what functions commonly may do. Those for services that this system has
/// become statements; the others are known by name.
enum PolicyTemplates {
    /// Every name that SAM knows.
    static let names: Set<String> = [
        "AcmGetCertificatePolicy", "AMIDescribePolicy", "AthenaQueryPolicy", "AWSSecretsManagerGetSecretValuePolicy",
        "AWSSecretsManagerRotationPolicy", "CloudFormationDescribeStacksPolicy", "CloudWatchDashboardPolicy",
        "CloudWatchDescribeAlarmHistoryPolicy", "CloudWatchPutMetricPolicy", "CodeCommitCrudPolicy",
        "CodeCommitReadPolicy", "CodePipelineLambdaExecutionPolicy", "CodePipelineReadOnlyPolicy",
        "ComprehendBasicAccessPolicy", "CostExplorerReadOnlyPolicy", "DynamoDBBackupFullAccessPolicy",
        "DynamoDBCrudPolicy", "DynamoDBReadPolicy", "DynamoDBReconfigurePolicy", "DynamoDBRestoreFromBackupPolicy",
        "DynamoDBStreamReadPolicy", "DynamoDBWritePolicy", "EC2CopyImagePolicy", "EC2DescribePolicy",
        "EcsRunTaskPolicy", "EFSWriteAccessPolicy", "EKSDescribePolicy", "ElasticMapReduceAddJobFlowStepsPolicy",
        "ElasticMapReduceCancelStepsPolicy", "ElasticMapReduceModifyInstanceFleetPolicy",
        "ElasticMapReduceModifyInstanceGroupsPolicy", "ElasticMapReduceSetTerminationProtectionPolicy",
        "ElasticMapReduceTerminateJobFlowsPolicy", "ElasticsearchHttpPostPolicy", "EventBridgePutEventsPolicy",
        "FilterLogEventsPolicy", "FirehoseCrudPolicy", "FirehoseWritePolicy", "KinesisCrudPolicy",
        "KinesisStreamReadPolicy", "KMSDecryptPolicy", "KMSEncryptPolicy", "LambdaInvokePolicy",
        "MobileAnalyticsWriteOnlyAccessPolicy", "OrganizationsListAccountsPolicy", "PinpointEndpointAccessPolicy",
        "PollyFullAccessPolicy", "RekognitionDetectOnlyPolicy", "RekognitionFacesManagementPolicy",
        "RekognitionFacesPolicy", "RekognitionLabelsPolicy", "RekognitionNoDataAccessPolicy", "RekognitionReadPolicy",
        "RekognitionWriteOnlyAccessPolicy", "Route53ChangeResourceRecordSetsPolicy", "S3CrudPolicy",
        "S3FullAccessPolicy", "S3ReadPolicy", "S3WritePolicy", "SageMakerCreateEndpointConfigPolicy",
        "SageMakerCreateEndpointPolicy", "ServerlessRepoReadWriteAccessPolicy", "SESBulkTemplatedCrudPolicy",
        "SESBulkTemplatedCrudPolicy_v2", "SESCrudPolicy", "SESEmailTemplateCrudPolicy", "SESSendBouncePolicy",
        "SNSCrudPolicy", "SNSPublishMessagePolicy", "SQSPollerPolicy", "SQSSendMessagePolicy",
        "SSMParameterReadPolicy", "SSMParameterWithSlashPrefixReadPolicy", "StepFunctionsCallbackPolicy",
        "StepFunctionsExecutionPolicy", "StepFunctionsExecutionPolicy_v2", "TextractDetectAnalyzePolicy",
        "TextractGetResultPolicy", "TextractPolicy",
        "VPCAccessPolicy",
    ]

    /// What a template has to be given.
    static let parameters: [String: [String]] = [
        "S3ReadPolicy": ["BucketName"], "S3WritePolicy": ["BucketName"], "S3CrudPolicy": ["BucketName"],
        "S3FullAccessPolicy": ["BucketName"], "AWSSecretsManagerGetSecretValuePolicy": ["SecretArn"],
        "AWSSecretsManagerRotationPolicy": ["FunctionName"], "SSMParameterReadPolicy": ["ParameterName"],
        "SSMParameterWithSlashPrefixReadPolicy": ["ParameterName"], "SESCrudPolicy": ["IdentityName"],
        "SESSendBouncePolicy": ["IdentityName"], "SESBulkTemplatedCrudPolicy": ["IdentityName"],
        "SESBulkTemplatedCrudPolicy_v2": ["IdentityName"], "LambdaInvokePolicy": ["FunctionName"],
        "FilterLogEventsPolicy": ["LogGroupName"],
    ]

    private static let readObjects = [
        "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:GetBucketLocation", "s3:GetLifecycleConfiguration",
    ]
    private static let writeObjects = ["s3:PutObject", "s3:PutObjectAcl", "s3:PutLifecycleConfiguration"]

    /// The policy as JSON text; nil when its service is none of ours.
    static func statements(_ name: String, _ values: [String: String], region: String, account: String) -> String? {
        func arn(_ service: String, _ rest: String) -> String { "arn:aws:\(service):\(region):\(account):\(rest)" }
        let bucket = "arn:aws:s3:::\(values["BucketName"] ?? "")"
        let identity = [arn("ses", "identity/\(values["IdentityName"] ?? "")")]
        switch name {
        case "S3ReadPolicy": return policy(readObjects, [bucket, bucket + "/*"])
        case "S3WritePolicy": return policy(writeObjects, [bucket, bucket + "/*"])
        case "S3CrudPolicy": return policy(readObjects + writeObjects + ["s3:DeleteObject"], [bucket, bucket + "/*"])
        case "S3FullAccessPolicy": return policy(["s3:*"], [bucket, bucket + "/*"])
        case "AWSSecretsManagerGetSecretValuePolicy":
            return policy(["secretsmanager:GetSecretValue"], [values["SecretArn"] ?? ""])
        case "SSMParameterReadPolicy", "SSMParameterWithSlashPrefixReadPolicy":
            let given = values["ParameterName"] ?? ""
            let path = given.hasPrefix("/") ? String(given.dropFirst()) : given
            return policy(
                ["ssm:DescribeParameters", "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
                [arn("ssm", "parameter/\(path)")])
        case "SESCrudPolicy", "SESBulkTemplatedCrudPolicy", "SESBulkTemplatedCrudPolicy_v2":
            return policy(["ses:Send*", "ses:GetIdentityVerificationAttributes", "ses:VerifyEmailIdentity"], identity)
        case "SESSendBouncePolicy": return policy(["ses:SendBounce"], identity)
        case "LambdaInvokePolicy":
            let function = arn("lambda", "function:\(values["FunctionName"] ?? "")")
            return policy(["lambda:InvokeFunction"], [function, function + ":*"])
        case "CloudWatchPutMetricPolicy": return policy(["cloudwatch:PutMetricData"], ["*"])
        case "CloudWatchDescribeAlarmHistoryPolicy": return policy(["cloudwatch:DescribeAlarmHistory"], ["*"])
        case "FilterLogEventsPolicy":
            return policy(
                ["logs:FilterLogEvents"], [arn("logs", "log-group:\(values["LogGroupName"] ?? ""):*")])
        default: return nil
        }
    }

    private static func policy(_ actions: [String], _ resources: [String]) -> String {
        let statement: JSONValue = [
            "Effect": "Allow", "Action": .array(actions.map { .string($0) }),
            "Resource": .array(resources.map { .string($0) }),
        ]
        return JSONValue(dictionaryLiteral: ("Version", "2012-10-17"), ("Statement", [statement])).octets.text
    }
}
