import MailTypes
import Templates
import Testing

@Suite struct IntrinsicTests {
    static let sections = """
        Parameters:
          Name: { Type: String, Default: ann }
          Empty: { Type: String, Default: '' }
          Names: { Type: CommaDelimitedList, Default: "a, b,c" }
          Count: { Type: Number, Default: 3 }
        Mappings:
          Sizes:
            small: { memory: 128, zones: [x, y] }
            ann: { memory: 512 }
        Conditions:
          IsAnn: !Equals [!Ref Name, ann]
          IsBob: !Equals [!Ref Name, bob]
          IsThree: { "Fn::Equals": [!Ref Count, '3'] }
          Both: !And [!Condition IsAnn, Condition: IsThree]
          Either: !Or [!Condition IsBob, !Not [!Condition IsAnn]]
        """

    @Test(arguments: [
        // Ref
        ("!Ref Name", #""ann""#), ("{ Ref: Name }", #""ann""#), ("!Ref Names", #"["a","b","c"]"#), ("!Ref Count", "3"),
        ("!Ref Empty", #""""#), ("{ Ref: a, Other: b }", #"{"Ref":"a","Other":"b"}"#),
        // Pseudo parameters
        ("!Ref AWS::Region", #""us-east-1""#), ("!Ref AWS::AccountId", #""000000000000""#),
        ("!Ref AWS::StackName", #""mailroom""#), ("!Ref AWS::Partition", #""aws""#),
        ("!Ref AWS::URLSuffix", #""amazonaws.com""#), ("!Ref AWS::NotificationARNs", "[]"),
        ("!Ref AWS::StackId", #""arn:aws:cloudformation:us-east-1:000000000000:stack/mailroom""#),
        ("[1, !Ref AWS::NoValue, 2]", "[1,2]"), ("{ a: 1, b: !Ref AWS::NoValue }", #"{"a":1}"#),
        ("!Ref AWS::NoValue", "nothing"),
        // Sub
        ("!Sub 'x-${Name}-${AWS::Region}'", #""x-ann-us-east-1""#), ("{ 'Fn::Sub': '${Count}' }", #""3""#),
        ("!Sub '${!Name} $ $x ${ Name }'", #""${Name} $ $x ann""#),
        ("!Sub ['${Name}/${Own}', {Own: !Ref Count, Name: mine}]", #""mine/3""#), ("!Sub ''", #""""#),
        // Join, Split, Select
        ("!Join [',', !Ref Names]", #""a,b,c""#), ("{ 'Fn::Join': ['', [a, 1, true]] }", #""a1true""#),
        ("!Join ['-', []]", #""""#), ("!Split [',', 'a,b,,c']", #"["a","b","","c"]"#),
        ("!Split ['::', 'a::b:c']", #"["a","b:c"]"#), ("!Split [',', '']", #"[""]"#),
        ("!Select [1, !Ref Names]", #""b""#), ("{ 'Fn::Select': ['0', [x, y]] }", #""x""#),
        ("!Select [2, !Split ['/', 'a/b/c']]", #""c""#),
        // Mappings
        ("!FindInMap [Sizes, small, memory]", "128"), ("!FindInMap [Sizes, !Ref Name, memory]", "512"),
        ("!FindInMap [Sizes, small, zones]", #"["x","y"]"#),
        ("!FindInMap [Sizes, huge, memory, {DefaultValue: 1}]", "1"),
        // Others
        ("!Base64 'Hi ä'", #""SGkgw6Q=""#), ("{ 'Fn::Base64': !Sub '${Name}' }", #""YW5u""#),
        ("{ 'Fn::Length': !Ref Names }", "3"), ("!Length [1, 2]", "2"),
        ("!ToJsonString {a: [1, yes, \"x\\\"\"]}", #""{\"a\":[1,true,\"x\\\"\"]}""#),
        ("{ 'Fn::ToJsonString': !Ref Names }", #""[\"a\",\"b\",\"c\"]""#),
        ("!ImportValue shared", #""exported""#),
        // Conditions
        ("!If [IsAnn, 1, 2]", "1"), ("!If [IsBob, 1, 2]", "2"), ("!If [Both, 1, 2]", "1"), ("!If [Either, 1, 2]", "2"),
        ("!If [IsBob, 1, !Ref AWS::NoValue]", "nothing"), ("{ 'Fn::If': [IsThree, !Ref Name, b] }", #""ann""#),
        ("!Equals [a, a]", "true"), ("!Not [!Equals [[1], [1]]]", "false"),
        ("!If [IsBob, !Select [9, [a]], fine]", #""fine""#),
        ("!If [IsBob, !FindInMap [Sizes, nobody, memory], fine]", #""fine""#),
        // Nested
        ("!Join ['', [!Sub '${Name}-', !Select [0, !Ref Names], !If [IsAnn, '!', '?']]]", #""ann-a!""#),
    ])
    func `a function gives its value`(_ written: String, _ json: String) throws {
        #expect(
            try resolved(written, sections: Self.sections, pseudo: PseudoParameters(exports: ["shared": "exported"]))
                == json)
    }

    @Test func `a substitution reaches into block text`() throws {
        let template = try load(
            """
            Resources:
              Queue: { Type: Mailroom::Queue }
              Thing:
                Type: Test::Thing::Kind
                Properties:
                  Text: !Sub |
                    {"queue": "${Queue}",
                     "arn": "${Queue.Arn}", "raw": "${!raw}"}
            """)
        #expect(
            template.resources[1].properties["Text"]?.text
                == "{\"queue\": \"queue\",\n \"arn\": \"arn:aws:sqs:us-east-1:000000000000:queue\", \"raw\": \"${raw}\"}"
        )
        #expect(template.resources[1].dependsOn == ["Queue"])
    }

    @Test func `resources are referred to by name and attribute`() throws {
        let template = try load(
            """
            Transform: AWS::Serverless-2016-10-31
            Resources:
              Fn:
                Type: AWS::Serverless::Function
                Properties:
                  FunctionName: my-function
                  Events: { Web: { Type: Api, Properties: { Path: /x, Method: ANY } } }
              Bucket: { Type: AWS::S3::Bucket }
              Topic: { Type: AWS::SNS::Topic, Properties: { TopicName: !Sub "${AWS::StackName}-t" } }
              Queue: { Type: AWS::SQS::Queue }
              Secret: { Type: AWS::SecretsManager::Secret }
              Thing:
                Type: Test::Thing::Kind
                Properties:
                  Fn: [!Ref Fn, !GetAtt Fn.Arn, "Fn::GetAtt": Fn.Arn, "Fn::GetAtt": [Fn, Arn]]
                  Bucket: [!Ref Bucket, !GetAtt Bucket.Arn]
                  Topic: [!Ref Topic, !GetAtt Topic.TopicName]
                  Queue: [!Ref Queue]
                  Secret: !Ref Secret
                  Api: !Sub "https://${ServerlessRestApi}/Prod"
                  Role: !GetAtt FnRole.Arn
            """, pseudo: PseudoParameters(region: "eu-west-1", accountID: "123456789012", stackName: "acme"))
        let properties = try #require(template.resources.first { $0.logicalID == "Thing" }?.properties)
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:my-function"
        #expect(properties["Fn"]?.list?.compactMap(\.text) == ["my-function", arn, arn, arn])
        let bucket = try #require(properties["Bucket"]?.list?.first?.text)
        #expect(bucket.wholeMatch(of: /acme-bucket-[a-z0-9]{12}/) != nil)
        #expect(properties["Bucket"]?.list?.last?.text == "arn:aws:s3:::\(bucket)")
        #expect(
            properties["Topic"]?.list?.compactMap(\.text) == ["arn:aws:sns:eu-west-1:123456789012:acme-t", "acme-t"])
        #expect(
            properties["Queue"]?.list?.first?.text?.wholeMatch(
                of: /https:\/\/sqs\.eu-west-1\.amazonaws\.com\/123456789012\/acme-Queue-[A-Z0-9]{12}/) != nil)
        #expect(properties["Secret"]?.text?.hasPrefix("arn:aws:secretsmanager:") == true)
        #expect(properties["Api"]?.text?.wholeMatch(of: /https:\/\/[a-z0-9]{10}\/Prod/) != nil)
        #expect(properties["Role"]?.text?.hasPrefix("arn:aws:iam::123456789012:role/acme-FnRole-") == true)
        #expect(
            template.resources.first { $0.logicalID == "Thing" }?.dependsOn == [
                "Bucket", "Fn", "Queue", "Secret", "Topic",
            ])
        #expect(template.foreignResources.count == 7)
        #expect(template.usesServerlessTransform)
    }

    @Test(arguments: [
        ("!Rfe Name", "t.yaml:21:14: !Rfe is not a function; did you mean !Ref?"),
        ("{ 'Fn::Subb': x }", "t.yaml:21:16: Fn::Subb is not a function; did you mean Fn::Sub?"),
        ("!GetAZs ''", "t.yaml:21:14: !GetAZs is not supported here; write its result"),
        ("!Ref Nmae", "t.yaml:21:14: there is no parameter or resource Nmae; did you mean Name?"),
        ("!Ref AWS::Regoin", "t.yaml:21:14: there is no parameter or resource AWS::Regoin; did you mean AWS::Region?"),
        ("!Ref [a]", "t.yaml:21:14: Ref takes a name, not a list"),
        ("!Sub '${Nam}'", "t.yaml:21:14: there is no parameter or resource Nam; did you mean Name?"),
        ("!Sub '${Name'", "t.yaml:21:14: ${ has no }"),
        ("!Sub '${Names}'", "t.yaml:21:14: Names is a list, not a text; join it first"),
        ("!Sub {a: b}", "t.yaml:21:14: Fn::Sub takes a text, not a map"),
        ("!GetAtt Thing", "t.yaml:21:14: Fn::GetAtt takes Resource.Attribute, as in Function.Arn"),
        ("!GetAtt Thign.Arn", "t.yaml:21:14: there is no resource Thign; did you mean Thing?"),
        ("!Join [a]", "t.yaml:21:14: Fn::Join takes a list of 2, not of 1"),
        ("!Join text", "t.yaml:21:14: Fn::Join takes a list of 2, not a text"),
        ("!Join ['', [[a]]]", "t.yaml:21:26: Fn::Join joins texts, not a list"),
        ("!Select [3, !Ref Names]", "t.yaml:21:23: Fn::Select asks for element 3 of 3, counted from 0"),
        ("!Select [-1, !Ref Names]", "t.yaml:21:23: Fn::Select asks for element -1 of 3, counted from 0"),
        ("!Select [x, !Ref Names]", "t.yaml:21:23: Fn::Select counts from 0; x is not a number"),
        ("!Select [0, text]", "t.yaml:21:26: Fn::Select needs a list here, not a text"),
        ("!Split ['', text]", "t.yaml:21:22: Fn::Split needs a delimiter of at least one character"),
        ("!FindInMap [Size, small, memory]", "t.yaml:21:26: there is no mapping Size; did you mean Sizes?"),
        ("!FindInMap [Sizes, smal, memory]", "t.yaml:21:33: mapping Sizes has no key smal; did you mean small?"),
        ("!FindInMap [Sizes, small, memroy]", "t.yaml:21:40: Sizes.small has no key memroy; did you mean memory?"),
        ("!If [IsAn, 1, 2]", "t.yaml:21:19: there is no condition IsAn; did you mean IsAnn?"),
        ("!If [IsAnn, 1]", "t.yaml:21:14: Fn::If takes a list of 3, not of 2"),
        ("!And [!Equals [a, a]]", "t.yaml:21:14: Fn::And takes a list of 2 to 10, not of 1"),
        ("!Not [text]", "t.yaml:21:20: a condition is Fn::Equals, Fn::And, Fn::Or, Fn::Not or Condition"),
        ("!ImportValue shard", "t.yaml:21:14: no stack exports shard"),
        ("{ 'Fn::Sub': x, b: c }", "t.yaml:21:30: Fn::Sub stands alone in its map, not beside b"),
        ("!Base64 [a]", "t.yaml:21:14: Fn::Base64 needs a text here, not a list"),
        ("", "t.yaml:21:13: there is nothing here; give a value or leave the key out"),
        ("[a, ~]", "t.yaml:21:18: there is nothing here; give a value or leave the key out"),
    ])
    func `a call that cannot be is told with its place`(_ written: String, _ problem: String) {
        let yaml = """
            \(Self.sections)
            Resources:
              Thing:
                Type: Test::Thing::Kind
                Properties:
                  Value: \(written)
            """
        let found = problems(yaml)
        #expect(found.map { $0.replacing(/^t.yaml:[0-9]+/, with: "t.yaml:21") } == [problem])
    }
}
