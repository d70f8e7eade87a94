/// Templates in the manner of those that people have for WorkMail (reference/functions.md §3.1), in our own words.
enum StackTemplates {
    /// A function with a layer of packages, a bucket that WorkMail may read, and the permission for flow rules.
    static let editor = """
        AWSTemplateFormatVersion: 2010-09-09
        Transform: AWS::Serverless-2016-10-31
        Description: Rewrites subjects
        Parameters:
          Prefix:
            Type: String
            Default: "[ext]"
            Description: what goes before a subject
          Footer: { Type: String, Default: '' }
          DaysKept: { Type: Number, Default: 1, MinValue: 1 }
        Resources:
          EditFunction:
            Type: AWS::Serverless::Function
            DependsOn: EditBucketPolicy
            Properties:
              CodeUri: src/
              Handler: app.edit_handler
              Runtime: python3.12
              Timeout: 10
              Role: !GetAtt EditRole.Arn
              Layers: [ !Ref EditPackages ]
              Environment:
                Variables:
                  PREFIX: !Ref Prefix
                  FOOTER: !Ref Footer
                  BUCKET: !Ref EditBucket
                  LIMIT: 1
                  ACTIVE: True
          EditPackages:
            Type: AWS::Serverless::LayerVersion
            DeletionPolicy: Retain
            Metadata: { BuildMethod: python3.12 }
            Properties:
              ContentUri: dependencies/
              CompatibleRuntimes: [ python3.12 ]
          EditRole:
            Type: AWS::IAM::Role
            Properties:
              AssumeRolePolicyDocument:
                Version: 2012-10-17
                Statement:
                  - { Effect: Allow, Principal: { Service: [ lambda.amazonaws.com ] }, Action: [ 'sts:AssumeRole' ] }
              Path: /
              ManagedPolicyArns:
                - arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole
              Policies:
                - PolicyName: content
                  PolicyDocument:
                    Version: '2012-10-17'
                    Statement:
                      - Effect: Allow
                        Action: [ 'workmailmessageflow:GetRawMessageContent', 'workmailmessageflow:PutRawMessageContent' ]
                        Resource: !Sub arn:aws:workmailmessageflow:${AWS::Region}:${AWS::AccountId}:message/*
                      - Effect: Allow
                        Action: s3:PutObject
                        Resource: !Sub '${EditBucket.Arn}/*'
          EditBucket:
            Type: AWS::S3::Bucket
            DeletionPolicy: Retain
            Properties:
              VersioningConfiguration: { Status: Enabled }
              BucketEncryption:
                ServerSideEncryptionConfiguration: [ { ServerSideEncryptionByDefault: { SSEAlgorithm: AES256 } } ]
              PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true }
              LifecycleConfiguration:
                Rules:
                  - { Status: Enabled, ExpirationInDays: !Ref DaysKept, NoncurrentVersionExpirationInDays: 1 }
          EditBucketPolicy:
            Type: AWS::S3::BucketPolicy
            Properties:
              Bucket: !Ref EditBucket
              PolicyDocument:
                Statement:
                  - Effect: Allow
                    Principal: { Service: !Sub 'workmail.${AWS::Region}.amazonaws.com' }
                    Action: [ 's3:GetObject', 's3:GetObjectVersion' ]
                    Resource: !Sub 'arn:aws:s3:::${EditBucket}/*'
                    Condition:
                      Bool: { aws:SecureTransport: true }
          WorkMailPermission:
            Type: AWS::Lambda::Permission
            DependsOn: EditFunction
            Properties:
              Action: lambda:InvokeFunction
              FunctionName: !Ref EditFunction
              Principal: !Sub workmail.${AWS::Region}.amazonaws.com
              SourceArn: !Sub arn:aws:workmail:${AWS::Region}:${AWS::AccountId}:organization/*
        Outputs:
          EditArn: { Description: for the rule, Value: !GetAtt EditFunction.Arn }
        """

    /// No role, a secret of NoEcho parameters, parameters that must be given.
    static let ticket = """
        AWSTemplateFormatVersion: '2010-09-09'
        Transform: AWS::Serverless-2016-10-31
        Globals:
          Function: { Runtime: python3.12, Timeout: 15, MemorySize: 256 }
        Parameters:
          DeskUser: { Type: String, Description: who files tickets }
          DeskPassword: { Type: String, NoEcho: true, MinLength: 4, Description: the password of that user }
        Resources:
          DeskSecret:
            Type: AWS::SecretsManager::Secret
            Properties:
              Description: the help desk's account
              SecretString: !Sub '{"user":"${DeskUser}","password":"${DeskPassword}"}'
          TicketFunction:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: ./src
              Handler: app.handler
              Policies:
                - AWSLambdaBasicExecutionRole
                - AWSSecretsManagerGetSecretValuePolicy: { SecretArn: !Ref DeskSecret }
                - Statement:
                    - { Effect: Allow, Action: workmailmessageflow:GetRawMessageContent, Resource: '*' }
              Environment: { Variables: { SECRET: !Ref DeskSecret, PASSWORD: !Ref DeskPassword } }
          TicketPermission:
            Type: AWS::Lambda::Permission
            Properties:
              Action: lambda:InvokeFunction
              FunctionName: !GetAtt TicketFunction.Arn
              Principal: !Sub workmail.${AWS::Region}.amazonaws.com
              SourceArn: !Sub arn:aws:workmail:${AWS::Region}:${AWS::AccountId}:organization/*
        Outputs:
          Role: { Value: !GetAtt TicketFunctionRole.Arn }
          Leak: { Value: !Sub 'password ${DeskPassword}' }
        """

    /// Two functions called by the clock, one by objects, an alias, a log group.
    static let heating = """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Measure:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: measure
              Handler: index.handler
              Runtime: nodejs22.x
              AutoPublishAlias: live
              DeploymentPreference: { Type: AllAtOnce }
              ReservedConcurrentExecutions: 2
              EventInvokeConfig:
                MaximumRetryAttempts: 0
                MaximumEventAgeInSeconds: 60
                DestinationConfig: { OnFailure: { Type: Lambda, Destination: !GetAtt Report.Arn } }
              Events:
                Hourly:
                  Type: Schedule
                  Properties: { Schedule: cron(0 * * * ? *), Name: hourly, Input: '{"room":1}', Enabled: True }
                Later: { Type: ScheduleV2, Properties: { ScheduleExpression: rate(5 minutes) } }
                New: { Type: S3, Properties: { Bucket: !Ref Readings, Events: s3:ObjectCreated:*, Filter: { S3Key: { Rules: [ { Name: prefix, Value: in/ } ] } } } }
          Report:
            Type: AWS::Serverless::Function
            Properties: { CodeUri: report.zip, Handler: report.run, Runtime: python3.12 }
          Nightly:
            Type: AWS::Events::Rule
            Properties:
              ScheduleExpression: cron(0 3 * * ? *)
              Targets: [ { Id: report, Arn: !GetAtt Report.Arn } ]
          MayCallReport:
            Type: AWS::Lambda::Permission
            Properties: { Action: lambda:InvokeFunction, FunctionName: !Ref Report, Principal: events.amazonaws.com, SourceArn: !GetAtt Nightly.Arn }
          Readings: { Type: AWS::S3::Bucket }
          Lines:
            Type: AWS::Logs::LogGroup
            Properties: { LogGroupName: !Sub '/aws/lambda/${Measure}', RetentionInDays: 7 }
        """

    /// A function that publishes itself, with everything that can hang on the version of it.
    static let published = """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Filter:
            Type: AWS::Serverless::Function
            Properties: { FunctionName: filter, CodeUri: src, Handler: a.b, Runtime: python3.12, AutoPublishAlias: live, Timeout: 3 }
          Pinned:
            Type: AWS::Lambda::Alias
            Properties: { FunctionName: !Ref Filter, Name: pinned, FunctionVersion: !GetAtt Filter.Version.Version }
          Permission:
            Type: AWS::Lambda::Permission
            Properties: { Action: lambda:InvokeFunction, Principal: s3.amazonaws.com, FunctionName: !Ref Filter.Version }
          Once:
            Type: AWS::Lambda::EventInvokeConfig
            Properties: { FunctionName: !Ref Filter, Qualifier: !GetAtt Filter.Version.Version, MaximumRetryAttempts: 0 }
        Outputs:
          Version: { Value: !Ref Filter.Version }
          Words: { Value: !Sub 'version ${Filter.Version.Version} of ${Filter.Alias}' }
          Number: { Value: !GetAtt Filter.Version.Version }
        """

    /// Plain CloudFormation: code as a folder, a layer of another account, a policy of its own, in JSON.
    static let converter = """
        {"AWSTemplateFormatVersion": "2010-09-09",
         "Conditions": {"IsTest": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-9"]}},
         "Resources": {
          "ConvertRole": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "convert",
            "AssumeRolePolicyDocument": {"Statement": []}}},
          "ConvertPolicy": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "convert-mail", "Roles": [{"Ref": "ConvertRole"}],
            "PolicyDocument": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "workmailmessageflow:*", "Resource": "*"}}}},
          "Convert": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "convert", "Code": "./convert",
            "Handler": "app.handler", "Runtime": "python3.12", "Role": {"Fn::GetAtt": ["ConvertRole", "Arn"]}, "MemorySize": 512,
            "Layers": ["arn:aws:lambda:us-east-1:336392948345:layer:AWSSDKPandas-Python312:16"],
            "TracingConfig": {"Mode": "Active"}, "Architectures": ["x86_64"],
            "Environment": {"Variables": {"MODE": {"Fn::If": ["IsTest", "test", {"Ref": "AWS::NoValue"}]}}}}}}}
        """

    /// What this release does not run, beside a function that it does.
    static let machine = """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Start: { Type: AWS::Serverless::Function, Properties: { InlineCode: 'def handler(e, c): return e', Handler: index.handler, Runtime: python3.12 } }
          Results: { Type: AWS::DynamoDB::Table, Properties: { BillingMode: PAY_PER_REQUEST } }
          Steps: { Type: AWS::StepFunctions::StateMachine, Properties: { DefinitionString: '{}', RoleArn: !GetAtt StartRole.Arn } }
          News: { Type: AWS::SNS::Topic }
          Api: { Type: AWS::ApiGateway::RestApi }
          Alarm: { Type: AWS::CloudWatch::Alarm }
          Box: { Type: AWS::EC2::Instance }
          Door:
            Type: AWS::Serverless::Function
            Properties:
              InlineCode: 'def handler(e, c): return e'
              Handler: index.handler
              Runtime: python3.12
              Events: { Web: { Type: SQS, Properties: { Queue: !GetAtt Start.Arn } } }
        """

    /// The two defects of public templates: a resource within another, and an empty Role.
    static let misindented = """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          email:
            Type: AWS::Serverless::Function
            Properties: { CodeUri: src, Handler: app.handler, Runtime: python3.12, Role: }
            PermissionToCallLambdaAbove:
              Type: AWS::Lambda::Permission
              Properties: { Action: lambda:InvokeFunction, FunctionName: !Ref email, Principal: workmail.us-east-1.amazonaws.com }
        """

    /// Everything that can be wrong with one function.
    static let faulty = """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Bad:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: src
              Handler: app handler
              Runtime: python3.12
              Timeout: 901
              MemorySize: 64
              Environment: { Variables: { AWS_REGION: mine } }
              Layers: [ 'arn:aws:lambda:us-east-1:000000000000:layer:gone:1' ]
              Policies: [ { S3ReadPolcy: { BucketName: b } }, { DynamoDBCrudPolicy: { TableName: t } } ]
              Events:
                Soon: { Type: Schedule, Properties: { Schedule: rate(0 minutes) } }
                Odd: { Type: Shedule, Properties: {} }
          Call: { Type: AWS::Lambda::Permission, Properties: { Action: lambda:InvokeFunction, FunctionName: Bed, Principal: s3.amazonaws.com } }
          Box: { Type: AWS::S3::Bucket, Properties: { BucketName: Not_A_Bucket, VersioningConfiguration: { Status: On } } }
          Rights:
            Type: AWS::S3::BucketPolicy
            Properties: { Bucket: elsewhere, PolicyDocument: { Statement: [ { Effect: Allow, Principal: '*', Action: s3:GetObject, Resource: '*', Condition: { Whim: { a: b } } } ] } }
        """

    /// One function, with something to change.
    static func small(timeout: Int = 3, greeting: String = "hi", extra: String = "") -> String {
        """
        Transform: AWS::Serverless-2016-10-31
        Parameters:
          Greeting: { Type: String, Default: \(greeting) }
        Resources:
          Hello:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: src
              Handler: app.handler
              Runtime: python3.12
              Timeout: \(timeout)
              Environment: { Variables: { GREETING: !Ref Greeting } }
        \(extra)
        Outputs:
          Arn: { Value: !GetAtt Hello.Arn, Export: { Name: !Sub '${AWS::StackName}-arn' } }
        """
    }
}
