import MailTypes
import Templates
import Testing

@Suite struct ServerlessTemplateTests {
    /// Written in the manner of the WorkMail samples (reference/functions.md §3.1): every construct that they use.
    private static let sample = """
        AWSTemplateFormatVersion: '2010-09-09'
        Transform: AWS::Serverless-2016-10-31
        Description: >
          Tags subjects

        Parameters:
            SubjectTag:
                Type: String
                Default: ''
                Description: "[Optional] put before the subject"
            Token: { Type: String, NoEcho: True, Description: "a secret" }
            Organization: { Type: String, AllowedPattern: "^m-[0-9a-f]{32}$" }
            Wait: { Type: Number, Default: 1 }

        Resources:
          TagLayer:
            Type: AWS::Serverless::LayerVersion
            Properties:
              ContentUri: dependencies/
              CompatibleRuntimes:
                - python3.12
            Metadata:
              BuildMethod: python3.12

          TagFunction:
            Type: AWS::Serverless::Function 
            DependsOn:
              - Updated
            Properties:
              CodeUri: src/
              Handler: app.handler
              Runtime: python3.12
              Timeout: 10
              Role:
                Fn::GetAtt: TagRole.Arn
              Layers:
                - !Ref TagLayer
                - !Sub arn:aws:lambda:${AWS::Region}:000000000000:layer:Other:2
              Environment:
                Variables:
                  TAG:
                    Ref: SubjectTag
                  WAIT: !Ref Wait
                  BUCKET: { Ref: Updated }
              Events:
                Api: { Type: Api, Properties: { Path: /, Method: ANY } }
                Nightly: { Type: Schedule, Properties: { Schedule: cron(0 12 * * ? *), Enabled: True } }

          TagRole:
            Type: AWS::IAM::Role
            Properties:
              AssumeRolePolicyDocument:
                Statement:
                  - Action:
                      - sts:AssumeRole
                    Effect: Allow
                    Principal: { Service: ["lambda.amazonaws.com"] }
                Version: 2012-10-17
              Path: "/"
              Policies:
                -
                  PolicyName: "write"
                  PolicyDocument:
                    Version: "2012-10-17"
                    Statement:
                      -
                        Effect: "Allow"
                        Action: [ "s3:PutObject" ]
                        Resource:
                          - Fn::Sub: "${Updated.Arn}/*"
                        Condition:
                          Bool:
                            aws:SecureTransport: true
                          ArnLike:
                            aws:SourceArn: !Sub 'arn:aws:workmailmessageflow:${AWS::Region}:${AWS::AccountId}:message/*'
                      - Effect: Allow
                        Action: [ "secretsmanager:GetSecretValue" ]
                        Resource:
                          Fn::Sub:
                            - "arn:aws:workmail:${AWS::Region}:${AWS::AccountId}:organization/${Id}*"
                            - { Id: !Ref Organization }

          CallTag:
            Type: AWS::Lambda::Permission
            DependsOn: TagFunction
            Properties:
              Action: lambda:InvokeFunction
              FunctionName: !Ref TagFunction
              Principal: !Sub 'workmail.${AWS::Region}.amazonaws.com'
              SourceArn: !Sub 'arn:aws:workmail:${AWS::Region}:${AWS::AccountId}:organization/*'

          Updated:
            Type: AWS::S3::Bucket
            DeletionPolicy: Retain
            Properties:
              PublicAccessBlockConfiguration:
                BlockPublicAcls : true
              LifecycleConfiguration:
                Rules:
                  - 
                    Status: Enabled
                    ExpirationInDays: 1 # one day

          Secret:
            Type: 'AWS::SecretsManager::Secret'
            Properties:
              SecretString: !Sub '{"token":"${Token}"}'

          Machine:
            Type: AWS::StepFunctions::StateMachine
            Properties:
              DefinitionString: |-
                   {
                        "StartAt": "DEFAULT Action"
                   }
              RoleArn:
                Fn::GetAtt: TagRole.Arn

        Outputs:
              TagArn:
                      Value: !GetAtt TagFunction.Arn
              Url:
                Value:
                  Fn::Sub:
                    - "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/"
                    - { ServerlessRestApi: !Ref ServerlessRestApi }
        """

    @Test func `a template like those of WorkMail's samples is loaded as it is`() throws {
        let template = try load(
            Self.sample, parameters: ["Token": "t0p", "Organization": "m-" + String(repeating: "0", count: 32)])
        #expect(template.foreignResources.count == 8 && template.functions.isEmpty)
        func properties(_ id: String) throws -> TemplateMap {
            try #require(template.resources.first { $0.logicalID == id }).properties
        }
        let function = try properties("TagFunction")
        let role = try #require(function["Role"]?.text)
        #expect(role.hasPrefix("arn:aws:iam::000000000000:role/mailroom-TagRole-"))
        #expect(function["Environment"]?["Variables"]?["TAG"]?.text == "")
        #expect(function["Environment"]?["Variables"]?["WAIT"]?.text == "1")
        #expect(function["Timeout"]?.integer == 10)
        #expect(function["Layers"]?.list?.first?.text?.hasSuffix(":1") == true)
        let policies = try properties("TagRole")["Policies"]?.list?.first?["PolicyDocument"]
        #expect(policies?["Version"]?.text == "2012-10-17")
        #expect(policies?["Statement"]?.list?.first?["Condition"]?["Bool"]?["aws:SecureTransport"]?.boolean == true)
        #expect(try properties("TagRole")["AssumeRolePolicyDocument"]?["Version"]?.text == "2012-10-17")
        #expect(try properties("Secret")["SecretString"]?.text == #"{"token":"t0p"}"#)
        #expect(try properties("Machine")["DefinitionString"]?.text == "{\n     \"StartAt\": \"DEFAULT Action\"\n}")
        #expect(template.outputs.map(\.name) == ["TagArn", "Url"])
        #expect(template.outputs[1].value.text?.wholeMatch(of: /https:\/\/[a-z0-9]{10}\.execute-api\..*/) != nil)
        #expect(
            template.resources.first { $0.logicalID == "TagFunction" }?.dependsOn == ["TagLayer", "TagRole", "Updated"])
    }

    @Test func `parameters without a default have to be given`() {
        let found = problems(Self.sample)
        #expect(found.count == 2)
        #expect(found.allSatisfy { $0.contains("has no Default and was given no value") })
    }

    @Test func `names stay the same over later deploys and differ between stacks`() throws {
        let given = ["Token": "t", "Organization": "m-" + String(repeating: "0", count: 32)]
        func names(_ stack: String) throws -> [String] {
            try load(Self.sample, parameters: given, pseudo: PseudoParameters(stackName: stack)).resources.map(
                \.physicalName)
        }
        #expect(try names("one") == names("one"))
        #expect(Set(try names("one")).isDisjoint(with: try names("two")))
        #expect(try names(String(repeating: "s", count: 128)).allSatisfy { $0.utf8.count <= 64 })
    }

    @Test func `the name made for a bucket with a long stack name is one that a bucket may have`() throws {
        let text = "Resources: { WorkMailUpdatedMessages: { Type: AWS::S3::Bucket } }"
        for length in 1...128 {
            let stack = String(repeating: "s", count: length)
            let name = try load(text, pseudo: PseudoParameters(stackName: stack)).resources[0].physicalName
            #expect((3...63).contains(name.utf8.count), "\(name)")
        }
    }
}
