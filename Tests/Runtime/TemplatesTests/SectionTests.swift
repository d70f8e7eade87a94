import MailTypes
import Templates
import Testing

@Suite struct SectionTests {
    private let resources = "Resources: { Q: { Type: Mailroom::Queue } }\n"

    @Test func `every problem is told at once, in the order of lines`() {
        let found = problems(
            """
            AWSTemplateFormatVersion: 2012-10-17
            Transfrom: AWS::Serverless-2016-10-31
            Parameters:
              Size: { Type: Strin, Default: a }
              Other: { Typ: String }
            Globals:
              Funktion: {}
              Function: { Timout: 5 }
            Resources:
              Inbound:
                Type: Mailroom::Queue
                Properties: { RetryFirts: 30s, Lifetime: 5 }
              Receive:
                Type: Mailroom::Functoin
              Second:
                Typ: Mailroom::Queue
                DependsOn: Inbond
            Outputs:
              A: { Valeu: 1 }
            """)
        #expect(
            found == [
                "t.yaml:1:27: AWSTemplateFormatVersion is 2010-09-09, not 2012-10-17",
                "t.yaml:2:1: a template has no section Transfrom; did you mean Transform?",
                "t.yaml:4:17: Strin is not the type of a parameter; did you mean String?",
                "t.yaml:5:3: parameter Other has no Default and was given no value",
                "t.yaml:5:3: parameter Other needs a Type",
                "t.yaml:5:12: a parameter has no key Typ; did you mean Type?",
                "t.yaml:7:3: Globals has no section Funktion; did you mean Function?",
                "t.yaml:8:15: Globals.Function has no property Timout; did you mean Timeout?",
                "t.yaml:12:19: Mailroom::Queue has no property RetryFirts; did you mean RetryFirst?",
                "t.yaml:12:46: Lifetime is 5: it needs a unit: ms, s, m, h, d or w, as in 5s",
                "t.yaml:14:11: Mailroom::Functoin is not a type of resource; did you mean Mailroom::Function?",
                "t.yaml:15:3: resource Second needs a Type",
                "t.yaml:16:5: a resource has no key Typ; did you mean Type?",
                "t.yaml:17:16: there is no resource Inbond; did you mean Inbound?",
                "t.yaml:19:3: output A needs a Value",
                "t.yaml:19:8: an output has no key Valeu; did you mean Value?",
            ])
    }

    @Test func `parameters have the value given, or their default`() throws {
        let yaml = """
            Parameters:
              Name: { Type: String, Description: who, Default: ann }
              Key: { Type: String, NoEcho: true }
              Sizes: { Type: List<Number>, Default: "1, 2" }
              Flag: { Type: String, Default: yes }
              None: { Type: CommaDelimitedList, Default: '' }
            \(resources)
            """
        let template = try load(yaml, parameters: ["Key": "secret", "Name": "bob"])
        #expect(template.parameters.map(\.name) == ["Name", "Key", "Sizes", "Flag", "None"])
        #expect(template.parameters.map(\.shown) == ["bob", "****", "1,2", "yes", ""])
        #expect(template.parameters.map(\.isDefault) == [false, false, true, true, true])
        #expect(template.parameters[1].value.text == "secret" && template.parameters[1].isSecret)
        #expect(template.parameters[2].value.json.text == "[1,2]")
        #expect(template.parameters[4].value.list == [])
        #expect(template.parameters[0].description == "who")
    }

    @Test(
        arguments: [
            ("{ Type: Number, Default: x }", nil, "t.yaml:2:31: parameter P: x is not a number"),
            ("{ Type: Number, MinValue: 5, Default: 4 }", nil, "t.yaml:2:44: parameter P: 4 is less than MinValue"),
            ("{ Type: Number, MaxValue: 5, Default: 5.5 }", nil, "t.yaml:2:44: parameter P: 5.5 is more than MaxValue"),
            (
                "{ Type: String, MinLength: 2, Default: ä }", nil,
                "t.yaml:2:45: parameter P: ä is shorter than MinLength"
            ),
            ("{ Type: String, MaxLength: 2 }", "abc", "t.yaml:2:3: parameter P: abc is longer than MaxLength"),
            (
                "{ Type: String, AllowedValues: [small, large], Default: smal }", nil,
                "t.yaml:2:62: parameter P: smal is not one of small, large; did you mean small?"
            ),
            (
                "{ Type: String, AllowedPattern: '[a-z]+' }", "abc1",
                "t.yaml:2:3: parameter P: abc1 does not match [a-z]+"
            ),
            (
                "{ Type: String, AllowedPattern: '[a-z]+', ConstraintDescription: letters only }", "1",
                "t.yaml:2:3: parameter P: 1 does not match [a-z]+ (letters only)"
            ),
            (
                "{ Type: String, NoEcho: yes, AllowedPattern: '[a-z]+' }", "SECRET",
                "t.yaml:2:3: parameter P: its value does not match [a-z]+"
            ),
            (
                "{ Type: String, AllowedPattern: '[a-', Default: a }", nil,
                "t.yaml:2:38: [a- is not a regular expression"
            ),
            (
                "{ Type: CommaDelimitedList, AllowedValues: [a, b], Default: 'a,c' }", nil,
                "t.yaml:2:66: parameter P: a,c is not one of a, b"
            ),
            ("{ Type: String }", nil, "t.yaml:2:3: parameter P has no Default and was given no value"),
            ("{ Type: String, Default: !Ref X }", nil, "t.yaml:2:31: a text is wanted here, not !Ref"),
            ("text", "x", "t.yaml:2:6: a parameter is a map with a Type, not a text"),
        ] as [(String, String?, String)])
    func `a parameter that does not fit is told`(_ declared: String, _ given: String?, _ problem: String) {
        let yaml = "Parameters:\n  P: \(declared)\n\(resources)"
        #expect(problems(yaml, parameters: given.map { ["P": $0] } ?? [:]) == [problem])
    }

    @Test func `a value for a parameter that is not there is told`() {
        #expect(
            problems("Parameters:\n  Name: { Type: String, Default: a }\n\(resources)", parameters: ["Nam": "x"])
                == ["t.yaml:2:3: the template has no parameter Nam; did you mean Name?"])
        #expect(
            problems(resources, parameters: ["Secret": String(repeating: "x", count: 9)])
                == ["t.yaml:1:1: the template has no parameter Secret"])
    }

    @Test func `conditions leave resources and outputs out`() throws {
        let yaml = """
            Parameters: { Stage: { Type: String, Default: test } }
            Conditions:
              IsProd: !Equals [!Ref Stage, prod]
            Resources:
              Always: { Type: Mailroom::Queue, DependsOn: Sometimes }
              Sometimes: { Type: Mailroom::Queue, Condition: IsProd }
            Outputs:
              A: { Value: !If [IsProd, !Ref Sometimes, none], Description: what, Export: { Name: !Sub "${AWS::StackName}-a" } }
              B: { Value: !Ref Sometimes, Condition: IsProd }
            """
        let test = try load(yaml)
        #expect(test.resources.map(\.logicalID) == ["Always"])
        #expect(test.resources[0].dependsOn == [])
        #expect(test.outputs.map(\.name) == ["A"])
        #expect(test.outputs[0].value.text == "none" && test.outputs[0].exportName == "mailroom-a")
        #expect(test.outputs[0].description == "what")
        let production = try load(yaml, parameters: ["Stage": "prod"])
        #expect(production.resources.map(\.logicalID) == ["Always", "Sometimes"])
        #expect(production.resources[0].dependsOn == ["Sometimes"])
        #expect(production.outputs.map(\.value.text) == ["sometimes", "sometimes"])
        #expect(
            problems(yaml + "\n  C: { Value: !Ref Sometimes }") == [
                "t.yaml:10:15: resource Sometimes is left out, because condition IsProd does not hold"
            ])
    }

    @Test func `circles are told`() {
        #expect(
            problems("Conditions: { A: !Not [!Condition B], B: !Not [!Condition A] }\n\(resources)") == [
                "t.yaml:1:48: conditions go in a circle: A → B → A"
            ])
        #expect(
            problems(
                """
                Resources:
                  A: { Type: Test::Thing::Kind, DependsOn: B }
                  B: { Type: Test::Thing::Kind, Properties: { X: !Ref C } }
                  C: { Type: Test::Thing::Kind, Properties: { X: !GetAtt A.Name } }
                  D: { Type: Test::Thing::Kind, DependsOn: [A] }
                """) == ["t.yaml:2:3: resources wait for each other: A → B → C → A"])
        #expect(
            problems("Resources:\n  A: { Type: AWS::SNS::Topic, Properties: { TopicName: !Ref A } }") == [
                "t.yaml:2:3: resources wait for each other: A → A", "t.yaml:2:56: the name of A depends on itself",
            ])
    }

    @Test func `globals are merged: maps deeply, lists appended, the rest replaced`() throws {
        let template = try load(
            """
            Transform: [AWS::Serverless-2016-10-31]
            Globals:
              Function:
                Timeout: 7
                Runtime: python3.12
                Layers: [one]
                Environment: { Variables: { A: 1, B: 2 } }
                Settings: { Shared: 1 }
            Resources:
              F:
                Type: AWS::Serverless::Function
                Properties: { Timeout: 9, Layers: [two], Environment: { Variables: { B: 3, C: 4 } } }
              G: { Type: AWS::Serverless::Function }
              H: { Type: Mailroom::Function, Properties: { Handler: H, Settings: { Own: 2 } } }
            """)
        let first = template.resources[0].properties
        #expect(first["Timeout"]?.text == "9" && first["Runtime"]?.text == "python3.12")
        #expect(first["Layers"]?.json.text == #"["one","two"]"#)
        #expect(first["Environment"]?.json.text == #"{"Variables":{"A":1,"B":3,"C":4}}"#)
        #expect(first["Settings"] == nil)
        #expect(template.resources[1].properties["Timeout"]?.text == "7")
        #expect(template.functions[0].timeoutSeconds == 7)
        #expect(template.functions[0].settings.mapValues(\.text) == ["Shared": "1", "Own": "2"])
    }

    @Test(arguments: [
        ("Resources:", "t.yaml:1:1: the template has no Resources"),
        ("Description: x", "t.yaml:1:1: the template has no Resources"),
        ("Resources: [a]", "t.yaml:1:12: Resources is a map, not a list"),
        ("Resources: { A: text }", "t.yaml:1:14: resource A is a map with Type and Properties, not a text"),
        (
            "Resources: { a_b: { Type: Mailroom::Queue } }",
            "t.yaml:1:14: the name of a resource has letters and digits only"
        ),
        ("Resources: { A: { Type: Queue } }", "t.yaml:1:25: Queue is not a type of resource"),
        ("Resources: { A: { Type: !Ref X } }", "t.yaml:1:25: a text is wanted here, not !Ref"),
        (
            "Resources: { A: { Type: Mailroom::Queue, DeletionPolicy: Retian } }",
            "t.yaml:1:58: Retian is not a DeletionPolicy; did you mean Retain?"
        ),
        (
            "Resources: { A: { Type: Mailroom::Queue, Properties: [a] } }",
            "t.yaml:1:54: Properties is a map, not a list"
        ),
        (
            "Resources: { A: { Type: Mailroom::Queue, Properties: , B: { Type: Mailroom::Queue } } }",
            "t.yaml:1:56: B looks like a resource but stands within A; it is indented too far"
        ),
        (
            "Resources: { A: { Type: AWS::Serverless::Function, Properties: { Handeler: x } } }",
            "t.yaml:1:66: AWS::Serverless::Function has no property Handeler; did you mean Handler?"
        ),
        (
            "Transform: AWS::Include\nResources: { Q: { Type: Mailroom::Queue } }",
            "t.yaml:1:12: transform AWS::Include is not supported"
        ),
        ("Mappings: { A: x }\nResources: { Q: { Type: Mailroom::Queue } }", "t.yaml:1:13: mapping A is a map of maps"),
        (
            "Mappings: { A: { b: x } }\nResources: { Q: { Type: Mailroom::Queue } }",
            "t.yaml:1:18: A.b is a map of values"
        ),
        (
            "Outputs: { A: x }\nResources: { Q: { Type: Mailroom::Queue } }",
            "t.yaml:1:15: an output is a map with a Value, not a text"
        ),
        (
            "Outputs: { A: { Value: x, Export: { Nam: y } } }\nResources: { Q: { Type: Mailroom::Queue } }",
            "t.yaml:1:35: Export needs a Name"
        ),
        (
            "Conditions: { A: text }\nResources: { Q: { Type: Mailroom::Queue } }",
            "t.yaml:1:18: a condition is Fn::Equals, Fn::And, Fn::Or, Fn::Not or Condition"
        ),
    ])
    func `a section that cannot be is told`(_ yaml: String, _ problem: String) {
        #expect(problems(yaml) == [problem])
    }

    @Test func `resources carry metadata and retention`() throws {
        let template = try load(
            """
            Resources:
              L:
                Type: AWS::Serverless::LayerVersion
                DeletionPolicy: Retain
                Metadata: { BuildMethod: python3.12 }
                Properties: { ContentUri: ./layer }
            """)
        #expect(template.resources[0].isRetained)
        #expect(template.resources[0].metadata?["BuildMethod"]?.text == "python3.12")
        #expect(template.resources[0].properties["ContentUri"]?.position == SourcePosition(line: 6, column: 31))
    }
}
