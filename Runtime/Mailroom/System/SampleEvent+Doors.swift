import FunctionRuntime
import MailTypes

extension SampleEvent {
    /// Events of the AWS services that come with the system, and of what runs behind them.
    static let doors: [SampleEvent] = [
        SampleEvent(type: "lambda-api", function: "LambdaAPI", summary: "ListFunctions") { _ in
            http("GET", "/2015-03-31/functions", parameters: ["operation": "functions"], caller: key("lambda"))
        },
        SampleEvent(type: "function-code", function: "FunctionCode", summary: "a function's code is downloaded") { _ in
            http("GET", "/lambda-code/sample", parameters: ["token": "sample"])
        },
        SampleEvent(
            type: "async-invocation", function: "AsyncInvocation", summary: "a queued event of the function hello"
        ) { card in
            [
                "function": "hello", "requestID": "00000000-0000-4000-8000-000000000000", "payload": "e30=",
                "invokedARN": .string("arn:aws:lambda:us-east-1:\(account(card)):function:hello"),
                "queuedAt": .integer(SystemClock.now().milliseconds),
            ]
        },
        SampleEvent(
            type: "function-trigger", function: "FunctionTrigger", summary: "a schedule fires for the function hello"
        ) { card in
            [
                "function": "hello", "principal": "events.amazonaws.com",
                "sourceARN": .string("arn:aws:events:us-east-1:\(account(card)):rule/sample"),
            ]
        },
        SampleEvent(type: "api-request", function: "APIGateway", summary: "a request to a stack's HTTP API") { _ in
            http("GET", "/_api/0123456789/Prod/hello", parameters: ["api": "0123456789", "path": "Prod/hello"])
        },
        SampleEvent(type: "cloudformation-api", function: "CloudFormation", summary: "ListStacks") { _ in
            query("Action=ListStacks&Version=2010-05-15", "cloudformation")
        },
        SampleEvent(type: "sts-api", function: "SecurityTokens", summary: "GetCallerIdentity") { _ in
            query("Action=GetCallerIdentity&Version=2011-06-15", "sts")
        },
        SampleEvent(type: "secrets-api", function: "Secrets", summary: "ListSecrets") { _ in
            json("secretsmanager.ListSecrets", "{}", "secretsmanager")
        },
        SampleEvent(type: "parameters-api", function: "Parameters", summary: "GetParameter") { _ in
            json("AmazonSSM.GetParameter", "{\"Name\":\"/sample\"}", "ssm")
        },
        SampleEvent(type: "ses-api", function: "EmailSending", summary: "GetSendQuota") { _ in
            query("Action=GetSendQuota&Version=2010-12-01", "ses")
        },
        SampleEvent(type: "cloudwatch-api", function: "FunctionMetrics", summary: "ListMetrics") { _ in
            query("Action=ListMetrics&Version=2010-08-01", "monitoring")
        },
        SampleEvent(type: "logs-api", function: "FunctionLogs", summary: "DescribeLogGroups") { _ in
            json("Logs_20140328.DescribeLogGroups", "{}", "logs")
        },
        SampleEvent(type: "log-retention", function: "LogRetention", summary: "log lines may be old enough to go") {
            _ in
            ["schedule": "LogRetention/Every", "scheduledAt": .integer(SystemClock.now().milliseconds)]
        },
    ]

    /// A call of the Query protocol.
    private static func query(_ form: String, _ service: String) -> JSONValue {
        http(
            "POST", "/", headers: ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8"], body: form,
            caller: key(service))
    }

    /// A call of the JSON protocol, version 1.1.
    private static func json(_ target: String, _ body: String, _ service: String) -> JSONValue {
        http(
            "POST", "/", headers: ["Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target], body: body,
            caller: key(service))
    }
}
