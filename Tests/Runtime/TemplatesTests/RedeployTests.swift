import MailTypes
import Testing

@testable import Templates

@Suite struct RedeployTests {
    private static let text = """
        Parameters:
          Kept: { Type: String, Description: what stays }
          Given: { Type: String, Default: own }
        Resources:
          Packages: { Type: AWS::Serverless::LayerVersion, Properties: { ContentUri: deps } }
          Rights: { Type: AWS::IAM::ManagedPolicy, Properties: { ManagedPolicyName: mail-rights } }
          Key: { Type: AWS::SSM::Parameter, Properties: { Name: /app/key } }
        Outputs:
          Layer: { Value: !Ref Packages }
          Policy: { Value: !Ref Rights }
          Parameter: { Value: !Ref Key }
        """

    @Test func `values of an earlier deploy stand where none is given, and names that are gone are no problem`() throws
    {
        let template = try Template.load(
            Octets(text: Self.text), file: "t", parameters: ["Given": "new"],
            previous: ["Kept": "old", "Given": "older", "Gone": "x"])
        #expect(template.parameters.map(\.shown) == ["old", "new"])
        #expect(template.parameters.map(\.isDefault) == [false, false])
        #expect(throws: TemplateProblems.self) {
            _ = try Template.load(Octets(text: Self.text), file: "t", parameters: ["Kept": "a", "Gone": "x"])
        }
    }

    @Test func `a parameter without a value is told with its description`() {
        do throws(TemplateProblems) {
            _ = try Template.load(Octets(text: Self.text), file: "t")
            Issue.record("it has no value")
        } catch {
            #expect(error.description == "t:2:3: parameter Kept has no Default and was given no value (what stays)")
        }
    }

    @Test func `references name the layer's version, and what ARNs and names managed policies and parameters have`()
        throws
    {
        let template = try Template.load(
            Octets(text: Self.text), file: "t", parameters: ["Kept": ""],
            pseudo: PseudoParameters(layerVersions: ["Packages": 7]))
        let values = template.outputs.compactMap(\.value.text)
        #expect(values[0].hasSuffix(":7") && values[0].hasPrefix("arn:aws:lambda:us-east-1:000000000000:layer:"))
        #expect(values[1...] == ["arn:aws:iam::000000000000:policy/mail-rights", "/app/key"])
        #expect(template.resources.first.map(template.reference) == values[0])
        #expect(template.name(of: "PackagesRole").hasPrefix("mailroom-PackagesRole-"))
    }

    @Test func `aliases and versions are ARNs of their function`()
        throws
    {
        let template = try Template.load(
            Octets(
                text: """
                    Transform: AWS::Serverless-2016-10-31
                    Resources:
                      F:
                        Type: AWS::Serverless::Function
                        Properties: { FunctionName: mail, CodeUri: src, Handler: a.b, Runtime: python3.12, AutoPublishAlias: prod }
                      One: { Type: AWS::Lambda::Version, Properties: { FunctionName: !Ref F } }
                      Live:
                        Type: AWS::Lambda::Alias
                        Properties: { FunctionName: !GetAtt F.Arn, Name: live, FunctionVersion: !GetAtt One.Version }
                    Outputs:
                      Live: { Value: !Ref Live }
                      Prod: { Value: !Ref F.Alias }
                      One: { Value: !Ref One }
                      Newest: { Value: !Ref F.Version }
                      Number: { Value: !GetAtt F.Version.Version }
                      Both: { Value: !Sub '${F.Version} is ${F.Version.Version}' }
                    """), file: "t")
        let values = template.outputs.compactMap(\.value.text)
        let function = "arn:aws:lambda:us-east-1:000000000000:function:mail"
        #expect(values[..<2] == ["\(function):live", "\(function):prod"])
        let version = try #require(template.resources.first { $0.logicalID == "One" })
        #expect(values[2] == "\(function):\(version.physicalName).Version")
        let newest = "\(template.name(of: "F.Version")).Version"
        #expect(values[3...] == ["\(function):\(newest)", newest, "\(function):\(newest) is \(newest)"])
    }

    @Test func `an alias that names itself is a problem and no endless question`() {
        #expect(throws: TemplateProblems.self) {
            _ = try Template.load(
                Octets(
                    text: """
                        Resources:
                          Odd: { Type: AWS::Lambda::Alias, Properties: { FunctionName: !Ref Odd, Name: odd, FunctionVersion: '1' } }
                        """), file: "t")
        }
    }
}
