import FunctionRuntime
import MailTypes
import Stacks
import Templates
import Testing

@Suite struct FunctionURLPlanTests {
    private func plan(_ resources: String) -> StackPlan {
        StackPlan.make(
            Octets(text: "Transform: AWS::Serverless-2016-10-31\nResources:\n" + resources), file: "t.yaml",
            parameters: [:], previous: [:],
            pseudo: PseudoParameters(
                region: "us-east-1", accountID: "000000000000", stackName: "web",
                stackID: "arn:aws:cloudformation:us-east-1:000000000000:stack/web/1"), current: [], at: Placement())
    }

    private func function(_ more: String) -> String {
        """
          F:
            Type: AWS::Serverless::Function
            Properties: { FunctionName: f, InlineCode: 'def handler(e, c): return e', Handler: index.handler, Runtime: python3.12\(more) }

        """
    }

    private func urls(_ plan: StackPlan) -> [WebAPI] {
        plan.resources.compactMap { if case .api(let api) = $0.part { api } else { nil } }
    }

    private func statements(_ plan: StackPlan) -> [PermissionPart] {
        plan.resources.compactMap { if case .permission(let part) = $0.part { part } else { nil } }
    }

    private static let arn = "arn:aws:lambda:us-east-1:000000000000:function:f"

    @Test func `a URL that is open to everybody brings SAM's statement along, and outputs name it`() throws {
        let plan = plan(
            function(
                ", AutoPublishAlias: live, FunctionUrlConfig: { AuthType: NONE, Cors: { AllowOrigins: [ '*' ], MaxAge: 5 } }"
            )
                + """
                Outputs:
                  Address: { Value: !GetAtt FUrl.FunctionUrl }
                  Function: { Value: !Ref FUrl }
                """)
        #expect(plan.problems.isEmpty, "\(plan.problems)")
        let url = try #require(urls(plan).first)
        #expect(
            url.kind == .url && url.url?.authType == FunctionURL.AuthType.none && url.crossOrigin?.maxAgeSeconds == 5)
        #expect(url.routes.map(\.function) == [Self.arn + ":live"])
        #expect(plan.outputs.map(\.value) == ["https://\(url.id).lambda-url.us-east-1.on.aws/", Self.arn + ":live"])
        let statement = try #require(statements(plan).first)
        #expect(statement.action == "lambda:InvokeFunctionUrl" && statement.principal == "*")
        #expect(statement.functionURLAuthType == "NONE" && statement.qualifier == "live")
    }

    @Test func `a URL for signed requests, and one that is a resource, bring no statement`() throws {
        #expect(statements(plan(function(", FunctionUrlConfig: { AuthType: AWS_IAM }"))).isEmpty)
        let plan = plan(
            function("")
                + "  Own: { Type: AWS::Lambda::Url, Properties: { TargetFunctionArn: !GetAtt F.Arn, AuthType: NONE } }\n"
        )
        #expect(plan.problems.isEmpty && statements(plan).isEmpty)
        #expect(urls(plan).first?.routes.map(\.function) == [Self.arn])
    }

    @Test(arguments: [
        ("{ AuthType: NONE, InvokeMode: RESPONSE_STREAM }", "not streamed here"), ("{ AuthType: SOME }", "AuthType"),
        ("{}", "AuthType"), ("{ AuthType: NONE, Cors: { AllowOrigin: [ x ] } }", "AllowOrigins"),
    ])
    func `what a URL cannot be is told`(_ config: String, _ word: String) {
        let problems = plan(function(", FunctionUrlConfig: \(config)")).problems.map(\.description)
        #expect(problems.contains { $0.contains(word) }, "\(problems)")
    }

    @Test func `a statement for calls through the URL says so`() {
        let plan = plan(
            function("")
                + """
                  May:
                    Type: AWS::Lambda::Permission
                    Properties: { Action: lambda:InvokeFunction, FunctionName: !Ref F, Principal: '*', InvokedViaFunctionUrl: true }

                """)
        #expect(plan.problems.isEmpty && statements(plan).map(\.invokedViaFunctionURL) == [true])
    }
}
