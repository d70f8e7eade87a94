import MailTypes

/// What names and references of resources return (reference/functions.md §3.2).
enum ResourceNames {
    /// What a type's `Ref` gives, its ARN, and its attributes.
    private struct Rule {
        enum Ref { case name, arn, url }
        var ref = Ref.name
        /// The property that names it.
        var nameProperty: String?
        /// Service and what stands before the name: `("lambda", "function:")`.
        var arn: (service: String, prefix: String)
        var attributes: [String]
        /// Names in lower case.
        var isLowercase = false
        /// Named by ten letters and digits alone.
        var isID = false
    }

    private static let rules: [String: Rule] = [
        "Mailroom::Function": Rule(arn: ("lambda", "function:"), attributes: ["Arn"]),
        "Mailroom::Queue": Rule(nameProperty: "QueueName", arn: ("sqs", ""), attributes: ["Arn", "QueueName"]),
        "Mailroom::Endpoint": Rule(nameProperty: "Endpoint", arn: ("mailroom", "endpoint/"), attributes: []),
        "AWS::Serverless::Function": Rule(
            nameProperty: "FunctionName", arn: ("lambda", "function:"), attributes: ["Arn"]),
        "AWS::Lambda::Function": Rule(nameProperty: "FunctionName", arn: ("lambda", "function:"), attributes: ["Arn"]),
        "AWS::Serverless::LayerVersion": Rule(
            ref: .arn, nameProperty: "LayerName", arn: ("lambda", "layer:"), attributes: ["Arn", "LayerVersionArn"]),
        "AWS::Lambda::LayerVersion": Rule(
            ref: .arn, nameProperty: "LayerName", arn: ("lambda", "layer:"), attributes: ["Arn", "LayerVersionArn"]),
        "AWS::IAM::ManagedPolicy": Rule(
            ref: .arn, nameProperty: "ManagedPolicyName", arn: ("iam", "policy/"), attributes: ["PolicyArn"]),
        "AWS::IAM::Policy": Rule(nameProperty: "PolicyName", arn: ("iam", "policy/"), attributes: ["Id"]),
        "AWS::SSM::Parameter": Rule(nameProperty: "Name", arn: ("ssm", "parameter/"), attributes: ["Type", "Value"]),
        "AWS::Events::Rule": Rule(nameProperty: "Name", arn: ("events", "rule/"), attributes: ["Arn"]),
        "AWS::Scheduler::Schedule": Rule(
            nameProperty: "Name", arn: ("scheduler", "schedule/default/"), attributes: ["Arn"]),
        "AWS::S3::Bucket": Rule(
            nameProperty: "BucketName", arn: ("s3", ""),
            attributes: ["Arn", "DomainName", "RegionalDomainName"], isLowercase: true),
        "AWS::IAM::Role": Rule(nameProperty: "RoleName", arn: ("iam", "role/"), attributes: ["Arn", "RoleId"]),
        "AWS::DynamoDB::Table": Rule(
            nameProperty: "TableName", arn: ("dynamodb", "table/"), attributes: ["Arn", "StreamArn"]),
        "AWS::SecretsManager::Secret": Rule(
            ref: .arn, nameProperty: "Name", arn: ("secretsmanager", "secret:"), attributes: ["Id"]),
        "AWS::SNS::Topic": Rule(
            ref: .arn, nameProperty: "TopicName", arn: ("sns", ""), attributes: ["TopicName", "TopicArn"]),
        "AWS::SQS::Queue": Rule(
            ref: .url, nameProperty: "QueueName", arn: ("sqs", ""), attributes: ["Arn", "QueueName", "QueueUrl"]),
        "AWS::StepFunctions::StateMachine": Rule(
            ref: .arn, nameProperty: "StateMachineName", arn: ("states", "stateMachine:"),
            attributes: ["Arn", "Name"]),
        "AWS::Logs::LogGroup": Rule(
            nameProperty: "LogGroupName", arn: ("logs", "log-group:"), attributes: ["Arn"]),
        "AWS::Serverless::HttpApi": Rule(
            arn: ("apigateway", "/apis/"), attributes: ["ApiEndpoint", "ApiId"], isID: true),
        "AWS::Serverless::Api": Rule(
            arn: ("apigateway", "/restapis/"), attributes: ["RootResourceId", "RestApiId"], isID: true),
        "AWS::Lambda::Url": Rule(arn: ("lambda", "url:"), attributes: ["FunctionUrl", "FunctionArn"], isID: true),
        "AWS::ApiGatewayV2::Api": Rule(
            arn: ("apigateway", "/apis/"), attributes: ["ApiEndpoint", "ApiId"], isID: true),
        "AWS::ApiGatewayV2::Authorizer": Rule(
            arn: ("apigateway", "/authorizers/"), attributes: ["AuthorizerId"], isID: true),
        "AWS::ApiGatewayV2::Integration": Rule(
            arn: ("apigateway", "/integrations/"), attributes: ["IntegrationId"], isID: true),
        "AWS::ApiGatewayV2::Route": Rule(arn: ("apigateway", "/routes/"), attributes: ["RouteId"], isID: true),
        "AWS::ApiGatewayV2::Stage": Rule(nameProperty: "StageName", arn: ("apigateway", "/stages/"), attributes: []),
    ]

    /// The property that gives a resource its name; nil when the type has none.
    static func nameProperty(of type: String) -> String? { rules[type]?.nameProperty }

    /// The attributes of a type; nil when the type is not known well enough to say.
    static func attributes(of type: String) -> [String]? { rules[type]?.attributes }

    /// The name of a resource that names itself nowhere. Our own resources are called as the template calls them, queues
    /// in lower case; others are `<stack>-<logical id>-<12 letters and digits>` and stay the same over later deploys.
    static func made(for logicalID: String, _ type: String, _ pseudo: PseudoParameters) -> String {
        if type == "Mailroom::Queue" { return logicalID.asciiLowercased }
        if type.hasPrefix("Mailroom::") { return logicalID }
        // The stage that SAM makes for events of type Api.
        if logicalID == "ServerlessRestApiProdStage" { return "Prod" }
        if rules[type]?.isID == true {
            return String(tail(pseudo.stackID + "/" + logicalID).prefix(10)).asciiLowercased
        }
        // A bucket's name may have 63 letters, the shortest of the others 64.
        let head = "\(pseudo.stackName)-\(logicalID)".prefix(type == "AWS::S3::Bucket" ? 50 : 51)
        let name = head + "-" + tail(pseudo.stackID + "/" + logicalID)
        return rules[type]?.isLowercase == true ? String(name).asciiLowercased : String(name)
    }

    /// What `Ref` gives for a resource of this name.
    static func reference(_ type: String, _ logicalID: String, name: String, _ pseudo: PseudoParameters) -> String {
        switch rules[type]?.ref ?? .name {
        case .name: name
        case .arn: arn(type, logicalID, name, pseudo)
        case .url: "https://sqs.\(pseudo.region).\(pseudo.urlSuffix)/\(pseudo.accountID)/\(name)"
        }
    }

    /// What an attribute gives.
    static func attribute(
        _ attribute: String, of type: String, _ logicalID: String, name: String, _ pseudo: PseudoParameters
    ) -> String {
        switch attribute {
        case "Id" where type == "AWS::IAM::Policy": name
        case "Arn", "TopicArn", "LayerVersionArn", "PolicyArn", "Id": arn(type, logicalID, name, pseudo)
        case "StreamArn": arn(type, logicalID, name, pseudo) + "/stream/1"
        case "DomainName": "\(name).s3.\(pseudo.urlSuffix)"
        case "RegionalDomainName": "\(name).s3.\(pseudo.region).\(pseudo.urlSuffix)"
        case "ApiEndpoint": "https://\(name).execute-api.\(pseudo.region).\(pseudo.urlSuffix)"
        case "FunctionUrl": "https://\(name).lambda-url.\(pseudo.region).on.aws/"
        case "QueueUrl": reference(type, logicalID, name: name, pseudo)
        case "QueueName", "TopicName", "Name", "ApiId", "RestApiId", "AuthorizerId", "IntegrationId", "RouteId": name
        default: "\(name).\(attribute)"
        }
    }

    private static func arn(_ type: String, _ logicalID: String, _ name: String, _ pseudo: PseudoParameters) -> String {
        let (service, prefix) = rules[type]?.arn ?? ("mailroom", "")
        // Buckets have neither region nor account in their ARN, roles no region.
        let region = service == "s3" || service == "iam" ? "" : pseudo.region
        let account = service == "s3" ? "" : pseudo.accountID
        let version = type.hasSuffix("::LayerVersion") ? ":\(pseudo.layerVersions[logicalID] ?? 1)" : ""
        // A parameter's name may start with the slash that its ARN has already.
        let shown = service == "ssm" && name.hasPrefix("/") ? String(name.dropFirst()) : name
        // A secret's ARN ends in six letters of its own: one made anew under a name is another one.
        let ending =
            service == "secretsmanager" ? "-" + tail("\(pseudo.stackID)/\(logicalID)/secret").prefix(6) : version
        return "arn:\(pseudo.partition):\(service):\(region):\(account):\(prefix)\(shown)\(ending)"
    }

    /// Twelve upper-case letters and digits that depend on all of the text (FNV-1a, spread once more).
    private static func tail(_ text: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for octet in text.utf8 { hash = (hash ^ UInt64(octet)) &* 0x100_0000_01B3 }
        hash = (hash ^ (hash >> 31)) &* 0x94D0_49BB_1331_11EB
        hash ^= hash >> 29
        let alphabet = Octets(text: "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        var result: Octets = []
        for _ in 0..<12 {
            result.append(alphabet[Int(hash % 36)])
            hash /= 36
        }
        return result.text
    }
}
