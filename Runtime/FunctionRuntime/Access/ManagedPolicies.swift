import MailPolicy

/// AWS's managed policies that functions' roles name, as this system understands them (reference/functions.md §3.3). A name
/// that is not here grants nothing.
public enum ManagedPolicies {
    /// True for the name of one that grants what it says.
    public static func isKnown(_ name: String) -> Bool { actions[name] != nil }

    /// The policy of a name or of `arn:aws:iam::aws:policy/PATH/NAME`; nil for one that is not known.
    static func document(_ nameOrARN: String) -> PolicyDocument? {
        actions[Role.name(ofARN: nameOrARN)].map { actions in
            PolicyDocument(statements: [
                PolicyStatement(
                    effect: .allow, actions: .only(actions.map { PolicyPattern($0, ignoresCase: true) }),
                    resources: .only([PolicyPattern("*")]))
            ])
        }
    }

    private static let logs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    private static let workMailReads = ["workmail:Describe*", "workmail:Get*", "workmail:List*", "workmail:Search*"]

    private static let actions: [String: [String]] = [
        "AdministratorAccess": ["*"],
        "AmazonWorkMailFullAccess": ["workmail:*", "workmailmessageflow:*"],
        "AmazonWorkMailReadOnlyAccess": workMailReads,
        "AmazonWorkMailMessageFlowFullAccess": ["workmailmessageflow:*"],
        "AmazonWorkMailMessageFlowReadOnlyAccess": ["workmailmessageflow:Get*"],
        "AWSLambdaBasicExecutionRole": logs,
        "AWSLambdaVPCAccessExecutionRole": logs,
        "AWSLambdaExecute": ["logs:*", "s3:GetObject", "s3:PutObject"],
        "AWSLambdaRole": ["lambda:InvokeFunction"],
        "AWSLambda_FullAccess": ["lambda:*"],
        "AWSLambda_ReadOnlyAccess": ["lambda:Get*", "lambda:List*"],
        "AWSXRayDaemonWriteAccess": [],
        "AWSXrayWriteOnlyAccess": [],
        "AmazonS3FullAccess": ["s3:*"],
        "AmazonS3ReadOnlyAccess": ["s3:Get*", "s3:List*"],
        "AmazonSESFullAccess": ["ses:*"],
        "AmazonSESReadOnlyAccess": ["ses:Get*", "ses:List*"],
        "SecretsManagerReadWrite": ["secretsmanager:*"],
        "AmazonSSMFullAccess": ["ssm:*"],
        "AmazonSSMReadOnlyAccess": ["ssm:Describe*", "ssm:Get*", "ssm:List*"],
        "CloudWatchFullAccess": ["cloudwatch:*", "logs:*"],
        "CloudWatchFullAccessV2": ["cloudwatch:*", "logs:*"],
        "CloudWatchReadOnlyAccess": [
            "cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*", "logs:Describe*", "logs:Filter*",
            "logs:Get*",
        ],
        "CloudWatchLogsFullAccess": ["logs:*"],
        "CloudWatchLogsReadOnlyAccess": ["logs:Describe*", "logs:Filter*", "logs:Get*"],
        "CloudWatchAgentServerPolicy": ["cloudwatch:PutMetricData"] + logs,
    ]
}
