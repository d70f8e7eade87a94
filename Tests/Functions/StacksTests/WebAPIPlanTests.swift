import FunctionRuntime
import MailTypes
import Stacks
import Templates
import Testing

@Suite struct WebAPIPlanTests {
    private func plan(_ text: String) -> StackPlan {
        StackPlan.make(
            Octets(text: text), file: "t.yaml", parameters: [:], previous: [:],
            pseudo: PseudoParameters(
                region: "us-east-1", accountID: "000000000000", stackName: "web",
                stackID: "arn:aws:cloudformation:us-east-1:000000000000:stack/web/1"), current: [], at: Placement())
    }

    private func function(_ id: String, _ events: String) -> String {
        """
          \(id):
            Type: AWS::Serverless::Function
            Properties: { InlineCode: 'def handler(e, c): return e', Handler: index.handler, Runtime: python3.12, Events: { \(events) } }

        """
    }

    private func apis(_ plan: StackPlan) -> [WebAPI] {
        plan.resources.compactMap { if case .api(let api) = $0.part { api } else { nil } }
    }

    private func permissions(_ plan: StackPlan) -> [String: String] {
        var found: [String: String] = [:]
        for resource in plan.resources {
            if case .permission(let part) = resource.part { found[resource.logicalID] = part.sourceARN }
        }
        return found
    }

    @Test func `events of type Api make one API with a stage Prod, under SAM's names`() throws {
        let plan = plan(
            """
            Transform: AWS::Serverless-2016-10-31
            Globals: { Api: { BinaryMediaTypes: [ image~1png ] } }
            Resources:
            \(function("Root", "Web: { Type: Api, Properties: { Path: /, Method: ANY } }"))
            \(function("Order", "Get: { Type: Api, Properties: { Path: '/orders/{id}', Method: get } }"))
            Outputs:
              Address: { Value: !Sub 'https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/${ServerlessRestApiProdStage}/' }
            """)
        #expect(plan.problems.isEmpty, "\(plan.problems)")
        let api = try #require(apis(plan).first)
        #expect(apis(plan).count == 1 && api.kind == .rest && api.stage == "Prod")
        #expect(api.id.utf8.count == 10 && api.id == api.id.asciiLowercased)
        #expect(api.binaryTypes == ["image/png"], "Globals are the implied API's, too")
        #expect(api.routes.map(\.key) == ["ANY /", "GET /orders/{id}"])
        #expect(api.routes.allSatisfy { $0.format == .one && $0.function.hasPrefix("arn:aws:lambda:") })
        let source = "arn:aws:execute-api:us-east-1:000000000000:\(api.id)/*/"
        #expect(
            permissions(plan) == [
                "RootWebPermissionProd": source + "*/", "OrderGetPermissionProd": source + "GET/orders/*",
            ])
        #expect(plan.outputs.map(\.value) == ["https://\(api.id).execute-api.us-east-1.amazonaws.com/Prod/"])
    }

    @Test func `an HTTP API has routes of events and of resources, authorizers and CORS`() throws {
        let plan = plan(
            """
            Transform: AWS::Serverless-2016-10-31
            Resources:
              Site:
                Type: AWS::Serverless::HttpApi
                Properties:
                  StageName: v1
                  CorsConfiguration: { AllowOrigins: [ 'https://a.example' ], AllowMethods: [ GET ], MaxAge: 5 }
              Guard:
                Type: AWS::ApiGatewayV2::Authorizer
                Properties:
                  ApiId: !Ref Site
                  Name: guard
                  AuthorizerType: REQUEST
                  AuthorizerUri: !Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${One.Arn}/invocations'
                  AuthorizerPayloadFormatVersion: '2.0'
                  EnableSimpleResponses: true
                  IdentitySource: [ $request.header.Authorization ]
              Link:
                Type: AWS::ApiGatewayV2::Integration
                Properties: { ApiId: !Ref Site, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt One.Arn, PayloadFormatVersion: '2.0' }
              Locked:
                Type: AWS::ApiGatewayV2::Route
                Properties:
                  { ApiId: !Ref Site, RouteKey: POST /in, Target: !Sub 'integrations/${Link}', AuthorizationType: CUSTOM, AuthorizerId: !Ref Guard }
            \(function("One", "Web: { Type: HttpApi, Properties: { Path: /out, Method: post, ApiId: !Ref Site } }"))
            Outputs: { Address: { Value: !Sub '${Site.ApiEndpoint}/v1/in' } }
            """)
        #expect(plan.problems.isEmpty, "\(plan.problems)")
        let api = try #require(apis(plan).first)
        #expect(api.kind == .http && api.stage == "v1" && api.routes.map(\.key) == ["POST /out", "POST /in"])
        #expect(api.crossOrigin?.origins == ["https://a.example"] && api.crossOrigin?.maxAgeSeconds == 5)
        let authorizer = try #require(api.routes[1].authorizer)
        #expect(api.routes[0].authorizer == nil && authorizer.answersSimply && authorizer.format == .two)
        #expect(authorizer.function == api.routes[0].function)
        #expect(plan.outputs[0].value == "https://\(api.id).execute-api.us-east-1.amazonaws.com/v1/in")
    }

    @Test func `an HTTP API's own authorizer guards every route that does not say NONE`() throws {
        let plan = plan(
            """
            Transform: AWS::Serverless-2016-10-31
            Resources:
              Site:
                Type: AWS::Serverless::HttpApi
                Properties:
                  Auth:
                    DefaultAuthorizer: Mine
                    Authorizers: { Mine: { FunctionArn: !GetAtt One.Arn, EnableSimpleResponses: true, Identity: { Headers: [ X-Key ] } } }
            \(function("One", "A: { Type: HttpApi, Properties: { ApiId: !Ref Site, Path: /a, Method: GET } }, B: { Type: HttpApi, Properties: { ApiId: !Ref Site, Path: /b, Method: GET, Auth: { Authorizer: NONE } } }, C: { Type: HttpApi, Properties: { ApiId: !Ref Site } }"))
            """)
        #expect(plan.problems.isEmpty, "\(plan.problems)")
        let api = try #require(apis(plan).first)
        #expect(api.routes.map(\.key) == ["GET /a", "GET /b", "$default"])
        #expect(
            api.routes.map { $0.authorizer?.identitySources } == [
                ["$request.header.X-Key"], nil, ["$request.header.X-Key"],
            ])
    }

    @Test(arguments: [
        ("Web: { Type: Api, Properties: { Path: x, Method: GET } }", "it starts with /"),
        ("Web: { Type: Api, Properties: { Path: /, Method: FETCH } }", "is no route"),
        ("Web: { Type: Api, Properties: { Path: / } }", "needs Method"),
        ("Web: { Type: Api, Properties: { Path: /, Method: GET, Auth: { ApiKeyRequired: true } } }", "later release"),
        ("Web: { Type: Api, Properties: { Path: /, Method: GET, RestApiId: none } }", "refers to an API"),
        (
            "Web: { Type: HttpApi, Properties: { Path: /, Method: GET, Auth: { Authorizer: Guard } } }",
            "no authorizer Guard"
        ),
        (
            "A: { Type: Api, Properties: { Path: /, Method: GET } }, B: { Type: Api, Properties: { Path: /, Method: get } }",
            "two functions"
        ),
    ])
    func `what cannot be a route is told`(events: String, words: String) {
        let problems = plan(
            """
            Transform: AWS::Serverless-2016-10-31
            Resources:
            \(function("One", events))
            """
        ).problems.map(\.description)
        #expect(problems.contains { $0.contains(words) }, "\(problems)")
    }

    @Test func `guards that are not served are refused, never left out by the way`() {
        let problems = plan(
            """
            Transform: AWS::Serverless-2016-10-31
            Globals: { Api: { Auth: { DefaultAuthorizer: AWS_IAM } } }
            Resources:
            \(function("One", "Web: { Type: Api, Properties: { Path: /, Method: GET } }"))
            """
        ).problems.map(\.description)
        #expect(
            problems.contains {
                $0.contains("Auth of AWS::Serverless::Api ServerlessRestApi comes with a later release")
            }, "\(problems)")
    }
}
