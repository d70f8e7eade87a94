import FunctionRuntime
import MailTypes
import Templates
import Testing

@testable import Stacks

@Suite struct StackPlanTests {
    private func plan(
        _ template: String, _ parameters: [String: String] = [:], previous: [String: String] = [:],
        current: [StackResource] = [], builds: [String: String] = [:], mapped: [String: String] = [:],
        nextLayers: [String: Int] = [:], skipsUnknown: Bool = false
    ) -> StackPlan {
        var place = Placement(builds: builds, mappedLayers: mapped, skipsUnknown: skipsUnknown)
        place.nextLayerNumbers = nextLayers
        return StackPlan.make(
            Octets(text: template), file: "t.yaml", parameters: parameters, previous: previous,
            pseudo: PseudoParameters(
                stackName: "demo", stackID: "arn:aws:cloudformation:us-east-1:000000000000:stack/demo/1"),
            current: current, at: place)
    }

    private func part(_ plan: StackPlan, _ id: String) -> StackPart? {
        plan.resources.first { $0.logicalID == id }?.part
    }

    @Test func `a function with layer, bucket, policy and permission becomes its parts`() throws {
        let plan = plan(
            StackTemplates.editor, builds: ["EditFunction": "code", "EditPackages": "layer"])
        #expect(plan.problems.isEmpty, "\(plan.problems)")
        #expect(plan.warnings.isEmpty, "\(plan.warnings)")
        guard case .function(let function)? = part(plan, "EditFunction"),
            case .layer(let layer)? = part(plan, "EditPackages"), case .bucket(let bucket)? = part(plan, "EditBucket"),
            case .bucketPolicy(let policy)? = part(plan, "EditBucketPolicy"),
            case .role(let role)? = part(plan, "EditRole"),
            case .permission(let permission)? = part(plan, "WorkMailPermission")
        else { throw Missing() }
        #expect(function.name.hasPrefix("demo-EditFunction-") && function.name.count == 30)
        #expect(function.role == role.arn && role.managed == ["AWSLambdaBasicExecutionRole"])
        #expect(role.policies.map(\.name) == ["content"])
        #expect(function.environment["LIMIT"] == "1" && function.environment["ACTIVE"] == "true")
        #expect(function.environment["FOOTER"] == "" && function.environment["BUCKET"] == bucket.name)
        #expect(function.layers == [LayerUse(arn: layer.arn, code: "layer")] && layer.version == 1)
        #expect(bucket.name.hasPrefix("demo-editbucket-") && bucket.settings.versioning == .enabled)
        #expect(bucket.settings.lifecycle.first?.days == 1 && bucket.settings.lifecycle.first?.noncurrentDays == 1)
        #expect(bucket.settings.stack == "demo" && policy.bucket == bucket.name)
        #expect(permission.function == function.name && permission.principal == "workmail.us-east-1.amazonaws.com")
        #expect(plan.outputs.map(\.value) == ["arn:aws:lambda:us-east-1:000000000000:function:\(function.name)"])
        #expect(plan.changes.allSatisfy { $0.kind == .added } && plan.changes.count == 6)
    }

    @Test func `the same template twice changes nothing`() {
        let builds = ["EditFunction": "code", "EditPackages": "layer"]
        let first = plan(StackTemplates.editor, builds: builds)
        let second = plan(StackTemplates.editor, current: first.resources, builds: builds)
        #expect(second.changes.isEmpty && second.resources == first.resources)
    }

    @Test func `a layer with other content is another version, and the function follows`() throws {
        let first = plan(StackTemplates.editor, builds: ["EditFunction": "code", "EditPackages": "one"])
        let name = try #require(
            first.resources.compactMap { if case .layer(let layer) = $0.part { layer.name } else { nil } }.first)
        let second = plan(
            StackTemplates.editor, current: first.resources,
            builds: ["EditFunction": "code", "EditPackages": "two"], nextLayers: [name: 2])
        #expect(second.changes.map(\.logicalID) == ["EditPackages", "EditFunction"])
        #expect(second.changes.first?.detail.contains("version 1 -> 2") == true)
        guard case .function(let function)? = part(second, "EditFunction") else { throw Missing() }
        #expect(function.layers.first?.arn.hasSuffix(":2") == true)
    }

    @Test func `parameters without a value are all told at once, with what they are for`() {
        let plan = plan(StackTemplates.ticket)
        let text = plan.problems.map(\.description)
        #expect(text.count == 2)
        #expect(text.contains { $0.contains("DeskUser") && $0.contains("who files tickets") })
        #expect(text.contains { $0.contains("DeskPassword") && $0.hasPrefix("t.yaml:7:3:") })
    }

    @Test func `parameters that are not given keep their value, and a secret is never shown`() throws {
        let given = ["DeskUser": "ann", "DeskPassword": "s3cret-word"]
        let first = plan(StackTemplates.ticket, given, builds: ["TicketFunction": "a"])
        #expect(first.problems.isEmpty, "\(first.problems)")
        #expect(first.parameters == given)
        guard case .secret(let secret)? = part(first, "DeskSecret"),
            case .role(let role)? = part(first, "TicketFunctionRole"),
            case .function(let function)? = part(first, "TicketFunction")
        else { throw Missing() }
        #expect(secret.value == #"{"user":"ann","password":"s3cret-word"}"#)
        #expect(function.role == role.arn && function.timeoutSeconds == 15 && function.memoryMB == 256)
        #expect(role.managed == ["AWSLambdaBasicExecutionRole", "AWSLambdaBasicExecutionRole"])
        #expect(role.policies.count == 2 && role.policies[0].document.contains("secretsmanager:GetSecretValue"))
        let second = plan(
            StackTemplates.ticket, ["DeskUser": "bob"], previous: given, current: first.resources,
            builds: ["TicketFunction": "a"])
        #expect(second.parameters == ["DeskUser": "bob", "DeskPassword": "s3cret-word"])
        let shown =
            (first.changes + second.changes).map(\.description) + first.outputs.map(\.value)
            + first.resources.flatMap { $0.facts.values }
        #expect(!shown.contains { $0.contains("s3cret-word") })
        #expect(first.outputs.map(\.value).contains("password ****"))
    }

    @Test func `a secret is hidden where it was put, and texts that happen to hold it stay whole`() throws {
        let given = ["DeskUser": "desk", "DeskPassword": "demo"]
        let plan = plan(StackTemplates.ticket, given, builds: ["TicketFunction": "a"])
        #expect(plan.problems.isEmpty, "\(plan.problems)")
        guard case .role(let role)? = part(plan, "TicketFunctionRole") else { throw Missing() }
        #expect(role.name.hasPrefix("demo-") && plan.outputs.map(\.value) == [role.arn, "password ****"])
        let facts = plan.resources.first { $0.logicalID == "DeskSecret" }?.facts["SecretString"]
        #expect(facts == #"{"user":"desk","password":"****"}"#)
    }

    @Test func `events become schedules, notifications, permissions and an alias, under SAM's names`() throws {
        let plan = plan(StackTemplates.heating, builds: ["Measure": "a", "Report": "b"])
        #expect(plan.problems.isEmpty, "\(plan.problems)")
        #expect(plan.warnings.count == 1 && plan.warnings[0].contains("DeploymentPreference"))
        guard case .schedule(let hourly)? = part(plan, "MeasureHourly"),
            case .schedule(let later)? = part(plan, "MeasureLater"),
            case .schedule(let nightly)? = part(plan, "Nightly"),
            case .bucket(let bucket)? = part(plan, "Readings"),
            case .permission(let objects)? = part(plan, "MeasureNewPermission"),
            case .permission(let clock)? = part(plan, "MeasureHourlyPermission"),
            case .invokeConfig(let settings)? = part(plan, "MeasureEventInvokeConfig"),
            case .alias(let alias)? = part(plan, "MeasureAliaslive"), case .logGroup(let lines)? = part(plan, "Lines"),
            case .function(let function)? = part(plan, "Measure")
        else { throw Missing() }
        #expect(hourly.name == "hourly" && hourly.input == #"{"room":1}"# && hourly.isRule && hourly.isEnabled)
        #expect(hourly.function.hasSuffix(":live") && !later.isRule && nightly.isRule)
        #expect(alias.version == nil && settings.qualifier == "live" && settings.retryAttempts == 0)
        #expect(settings.onFailure?.contains(":function:") == true && settings.onSuccess == nil)
        #expect(objects.qualifier == "live" && objects.sourceAccount == "000000000000")
        #expect(clock.sourceARN == hourly.ruleARN)
        #expect(bucket.settings.notifications.map(\.prefix) == ["in/"])
        #expect(bucket.settings.notifications.first?.target == hourly.function)
        #expect(lines.retentionDays == 7 && lines.name == "/aws/lambda/\(function.name)")
        #expect(function.reservedConcurrency == 2)
    }

    @Test func `plain CloudFormation with a layer of another account wants a folder for it`() throws {
        let arn = "arn:aws:lambda:us-east-1:336392948345:layer:AWSSDKPandas-Python312:16"
        let refused = plan(StackTemplates.converter, builds: ["Convert": "a"])
        #expect(refused.problems.map(\.message).contains { $0.contains("--layer \(arn)=FOLDER") })
        let plan = plan(StackTemplates.converter, builds: ["Convert": "a"], mapped: [arn: "pandas"])
        #expect(plan.problems.isEmpty, "\(plan.problems)")
        guard case .function(let function)? = part(plan, "Convert"),
            case .policy(let policy)? = part(plan, "ConvertPolicy")
        else { throw Missing() }
        #expect(function.name == "convert" && function.layers == [LayerUse(arn: arn, code: "pandas")])
        #expect(function.environment.isEmpty && policy.roles == ["convert"])
        #expect(plan.warnings.count == 1 && plan.warnings[0].contains("TracingConfig"))
    }

    @Test func `what a later release runs is refused by type and line, or left out when asked`() {
        let refused = plan(StackTemplates.machine, builds: ["Start": "a", "Door": "b"])
        let text = refused.problems.map(\.description)
        for (type, line) in [
            ("AWS::DynamoDB::Table Results", 4), ("AWS::StepFunctions::StateMachine Steps", 5),
            ("AWS::SNS::Topic News", 6),
            ("AWS::ApiGateway::RestApi Api", 7), ("AWS::CloudWatch::Alarm Alarm", 8), ("AWS::EC2::Instance Box", 9),
            ("event Web of Door", 16),
        ] {
            #expect(text.contains { $0.hasPrefix("t.yaml:\(line):") && $0.contains(type) }, "\(type): \(text)")
        }
        #expect(text.allSatisfy { $0.contains("--skip-unknown") })
        let rest = plan(StackTemplates.machine, builds: ["Start": "a", "Door": "b"], skipsUnknown: true)
        #expect(rest.problems.isEmpty && rest.warnings.count == 7)
        #expect(rest.resources.map(\.logicalID).sorted() == ["Door", "DoorRole", "Start", "StartRole"])
    }

    @Test func `what cdk synth wrote is deployed from the assets beside it, as they are`() throws {
        let text = #"""
            {"Resources": {
              "FilterRoleAB12": {"Type": "AWS::IAM::Role", "Properties": {
                "AssumeRolePolicyDocument": {"Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}], "Version": "2012-10-17"},
                "ManagedPolicyArns": [{"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]]}]}},
              "Filter34": {"Type": "AWS::Lambda::Function", "DependsOn": ["FilterRoleAB12"], "Properties": {
                "Code": {"S3Bucket": {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}, "S3Key": "0a.zip"},
                "Handler": "index.handler", "Runtime": "nodejs20.x", "Layers": [{"Ref": "Common56"}],
                "Role": {"Fn::GetAtt": ["FilterRoleAB12", "Arn"]}},
                "Metadata": {"aws:cdk:path": "Mail/Filter", "aws:asset:path": "asset.0a", "aws:asset:is-bundled": true, "aws:asset:property": "Code"}},
              "Common56": {"Type": "AWS::Lambda::LayerVersion", "Properties": {
                "Content": {"S3Bucket": "cdk-assets", "S3Key": "0b.zip"}},
                "Metadata": {"aws:asset:path": "asset.0b", "aws:asset:property": "Content"}},
              "CDKMetadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2:x"}, "Condition": "Told"}},
             "Conditions": {"Told": {"Fn::Or": [{"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}, {"Fn::Equals": [{"Ref": "AWS::Region"}, "x"]}]}},
             "Parameters": {"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"}},
             "Rules": {"CheckBootstrapVersion": {"Assertions": [{"Assert": {"Fn::Not": [{"Fn::Contains": [["1", "2"], {"Ref": "BootstrapVersion"}]}]}}]}}}
            """#
        let plan = plan(text, builds: ["Filter34": "code", "Common56": "layer"])
        #expect(plan.problems.isEmpty, "\(plan.problems)")
        #expect(plan.warnings.isEmpty, "\(plan.warnings)")
        #expect(plan.resources.map(\.logicalID).sorted() == ["Common56", "Filter34", "FilterRoleAB12"])
        let template = try Template.load(Octets(text: text), file: "Mail.template.json")
        let builds = BuildRequest.all(of: template)
        #expect(builds.map(\.source) == [.path("asset.0a"), .path("asset.0b")])
        #expect(builds.map(\.buildMethod) == ["none", "none"])
    }

    @Test func `an output that names what was left out is told`() {
        let text = """
            Transform: AWS::Serverless-2016-10-31
            Resources:
              Door:
                Type: AWS::Serverless::Function
                Properties:
                  { CodeUri: door, Handler: a.b, Runtime: python3.12, Events: { Web: { Type: Api, Properties: { Path: /, Method: any } } } }
              Notes: { Type: AWS::DynamoDB::Table }
              Site: { Type: AWS::ApiGateway::RestApi }
            Outputs:
              Address: { Value: !Sub 'https://${Site}.execute-api.${AWS::Region}.amazonaws.com/Prod/' }
              Table: { Value: !GetAtt Notes.Arn }
              Function: { Value: !Ref Door }
            """
        let plan = plan(text, builds: ["Door": "a"], skipsUnknown: true)
        #expect(plan.problems.isEmpty, "\(plan.problems)")
        #expect(
            plan.warnings.filter { $0.hasPrefix("output ") } == [
                "output Address names what was left out", "output Table names what was left out",
            ])
    }

    @Test func `a resource within another and an empty Role are told with their lines`() {
        let text = plan(StackTemplates.misindented).problems.map(\.description)
        #expect(text.contains { $0.hasPrefix("t.yaml:6:5:") && $0.contains("indented too far") }, "\(text)")
        #expect(text.contains { $0.hasPrefix("t.yaml:5:") }, "\(text)")
    }

    @Test func `everything that is wrong is told at once, with what was probably meant`() {
        let plan = plan(StackTemplates.faulty, builds: ["Bad": "a"])
        let text = plan.problems.map(\.description)
        for words in [
            "no space", "901", "64; it goes from 128", "AWS_REGION", "layer:gone:1 is not published here",
            "did you mean S3ReadPolicy?", "rate(0 minutes)", "did you mean Schedule?", "there is no function Bed",
            "Not_A_Bucket", "Status of", "refers to a bucket of this template", "Whim",
        ] {
            #expect(text.contains { $0.contains(words) }, "\(words): \(text.joined(separator: "\n"))")
        }
        #expect(text.allSatisfy { $0.hasPrefix("t.yaml:") })
        #expect(plan.warnings.contains { $0.contains("DynamoDBCrudPolicy") })
    }

    @Test func `what would do something else without a property is refused, not passed over`() {
        let text = """
            Transform: AWS::Serverless-2016-10-31
            Resources:
              Box:
                Type: AWS::S3::Bucket
                Properties:
                  LifecycleConfiguration: { Rules: [ { Status: Enabled, ExpirationInDays: 1, ObjectSizeGreaterThan: 9 } ] }
              Late:
                Type: AWS::Serverless::Function
                Properties:
                  CodeUri: late
                  Handler: a.b
                  Runtime: python3.12
                  FileSystemConfigs: [ { Arn: a, LocalMountPath: /mnt/a } ]
                  EventInvokeConfig: { DestinationConfig: { OnSuccess: { Type: SQS } } }
                  Events:
                    Zone: { Type: ScheduleV2, Properties: { ScheduleExpression: cron(0 8 * * ? *), ScheduleExpressionTimezone: Europe/Zurich } }
                    End: { Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 hour), EndDate: 2027-01-01T00:00:00Z } }
                    Fine: { Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 hour), ScheduleExpressionTimezone: Europe/Zurich } }
                    Also: { Type: ScheduleV2, Properties: { ScheduleExpression: cron(0 8 * * ? *), ScheduleExpressionTimezone: UTC } }
            """
        let told = plan(text, builds: ["Late": "a"]).problems.map(\.description)
        let expected = [
            (6, "by size"), (13, "file systems"), (14, "other than functions"), (16, "in UTC"), (17, "EndDate"),
        ]
        #expect(told.count == expected.count, "\(told)")
        for (sentence, (line, words)) in zip(told, expected) {
            #expect(sentence.hasPrefix("t.yaml:\(line):") && sentence.contains(words), "\(sentence)")
        }
    }

    @Test func `an architecture that is none is refused, and a managed policy that nobody knows is told`() {
        let text = """
            Transform: AWS::Serverless-2016-10-31
            Parameters:
              Subnets: { Type: 'List<AWS::EC2::Subnet::Id>', Default: 'a, b' }
            Resources:
              Odd:
                Type: AWS::Serverless::Function
                Properties:
                  CodeUri: odd
                  Handler: a.b
                  Runtime: python3.12
                  Architectures: [ARCHITECTURE]
                  Policies: [AWSLambdaBasicExecutionRole, NoSuchPolicyAnywhere, 'arn:aws:iam::000000000000:policy/own']
                  Layers: []
                  Environment: { Variables: { NETS: !Join [';', !Ref Subnets] } }
            """
        let fine = plan(text.replacing("ARCHITECTURE", with: "arm64"), builds: ["Odd": "a"])
        #expect(fine.problems.isEmpty, "\(fine.problems)")
        #expect(
            fine.warnings == [
                "t.yaml:12:47: managed policy NoSuchPolicyAnywhere is not known here: it allows nothing"
            ])
        let odd = plan(text.replacing("ARCHITECTURE", with: "mips"), builds: ["Odd": "a"])
        #expect(
            odd.problems.map(\.description) == [
                "t.yaml:11:22: Architectures of AWS::Serverless::Function Odd is x86_64 or arm64, not mips"
            ])
    }

    @Test func `a change set says what goes, what comes and what is different`() {
        let old = plan(
            StackTemplates.small(
                extra: "  Old: { Type: AWS::S3::Bucket }\n  Kept: { Type: AWS::S3::Bucket, DeletionPolicy: Retain }"),
            builds: ["Hello": "a"])
        let new = plan(
            StackTemplates.small(timeout: 5, extra: "  New: { Type: AWS::S3::Bucket }"), current: old.resources,
            builds: ["Hello": "b"])
        let lines = new.changes.map(\.description)
        #expect(lines.contains { $0.hasPrefix("- AWS::S3::Bucket Old") })
        #expect(lines.contains { $0.hasPrefix("= AWS::S3::Bucket Kept") })
        #expect(lines.contains { $0.hasPrefix("+ AWS::S3::Bucket New") })
        #expect(lines.contains("~ AWS::Serverless::Function Hello  code, Timeout 3 -> 5"))
        #expect(lines.count == 4)
    }

    @Test func `another name is a replacement`() {
        let old = plan("Resources: { Box: { Type: AWS::S3::Bucket, Properties: { BucketName: one-name } } }")
        let new = plan(
            "Resources: { Box: { Type: AWS::S3::Bucket, Properties: { BucketName: two-name } } }",
            current: old.resources)
        #expect(new.changes.map(\.description) == ["± AWS::S3::Bucket Box  one-name -> two-name"])
    }

    @Test func `a template that is no template says so, whatever its octets`() {
        let random = SeededRandom(11)
        for length in [0, 1, 7, 300, 4000] {
            let octets = random.octets(length)
            let plan = StackPlan.make(
                octets, file: "t", parameters: [:], previous: [:], pseudo: PseudoParameters(), current: [],
                at: Placement())
            #expect(!plan.problems.isEmpty)
        }
        let whole = Octets(text: StackTemplates.editor)
        for cut in stride(from: 0, to: whole.count, by: 97) {
            _ = StackPlan.make(
                Octets(whole.prefix(cut)), file: "t", parameters: [:], previous: [:], pseudo: PseudoParameters(),
                current: [], at: Placement())
        }
    }

    struct Missing: Error {}
}
