"""HTTP APIs of stacks: deployed by a template, called by curl and others, found through outputs."""
import json
import subprocess
import urllib.error
import urllib.request

import pytest
from mailroom import PATIENCE, ROOT, Server

TEMPLATE = """
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Globals: { Function: { Runtime: python3.11, Timeout: 10, Handler: app.handler, CodeUri: src } }
Resources:
  RestFunction:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Root: { Type: Api, Properties: { Path: /, Method: ANY } }
        Order: { Type: Api, Properties: { Path: '/orders/{id}', Method: post } }
  WebFunction:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        In: { Type: HttpApi, Properties: { ApiId: !Ref Site, Path: '/in/{proxy+}', Method: any } }
  GuardFunction: { Type: AWS::Serverless::Function, Properties: { Handler: app.guard } }
  Unpermitted: { Type: AWS::Serverless::Function }
  Site:
    Type: AWS::Serverless::HttpApi
    Properties:
      CorsConfiguration: { AllowOrigins: [ 'https://app.example' ], AllowMethods: [ POST ] }
      Auth:
        DefaultAuthorizer: Guard
        Authorizers:
          Guard:
            FunctionArn: !GetAtt GuardFunction.Arn
            EnableSimpleResponses: true
            EnableFunctionDefaultPermissions: true
            Identity: { Headers: [ X-Key ] }
  Link:
    Type: AWS::ApiGatewayV2::Integration
    Properties: { ApiId: !Ref Site, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Unpermitted.Arn, PayloadFormatVersion: '2.0' }
  Forgotten:
    Type: AWS::ApiGatewayV2::Route
    Properties: { ApiId: !Ref Site, RouteKey: GET /forgotten, Target: !Sub 'integrations/${Link}' }
Outputs:
  Rest: { Value: !Sub 'https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/' }
  Web: { Value: !GetAtt Site.ApiEndpoint }
"""
CODE = """
import json
def handler(event, context):
    if event.get("body") == "fail":
        raise ValueError("as asked")
    return {"statusCode": 201, "headers": {"X-Path": event.get("path") or event["rawPath"]}, "body": json.dumps(event)}
def guard(event, context):
    return {"isAuthorized": event["identitySource"] == ["secret"], "context": {"who": "ann"}}
"""


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web")
    (folder / "src").mkdir()
    (folder / "src/app.py").write_text(CODE)
    (folder / "template.yaml").write_text(TEMPLATE)
    with Server() as server:
        server.run("deploy", str(folder / "template.yaml"), "--stack", "web")
        described = server.boto3("cloudformation").describe_stacks(StackName="web")["Stacks"][0]
        server.outputs = {one["OutputKey"]: one["OutputValue"] for one in described["Outputs"]}
        server.template = folder / "template.yaml"
        yield server


def ask(url, method="GET", body=None, **headers):
    request = urllib.request.Request(url, method=method, data=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, answer.read()


def test_outputs_are_addresses_that_answer(web):
    assert web.outputs["Rest"].startswith(web.card["aws"]["endpoint"] + "/_api/") and web.outputs["Rest"].endswith("/Prod/")
    shown = json.loads(web.run("stacks", "web", "--json"))
    assert json.dumps(shown).count(web.outputs["Rest"]) == 1
    status, headers, body = ask(web.outputs["Rest"] + "?a=1&a=2", User_Agent="me")
    event = json.loads(body)
    assert status == 201 and headers["X-Path"] == "/" and headers["Content-Type"] == "application/json"
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"]} and event["requestContext"]["stage"] == "Prod"
    assert event["requestContext"]["identity"]["userAgent"] == "me" and event["body"] is None


def test_curl_posts_to_a_route_with_a_parameter_and_failures_are_502(web):
    def curl(*arguments):
        done = subprocess.run(["curl", "-s", "-m", "60", "-w", "\n%{http_code}", *arguments], capture_output=True, text=True, check=True)
        body, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(body)
    status, event = curl("--data-binary", "hello", web.outputs["Rest"] + "orders/a%20b")
    assert status == 201 and event["pathParameters"] == {"id": "a b"} and event["body"] == "hello"
    assert event["resource"] == "/orders/{id}" and event["path"] == "/orders/a%20b"
    assert curl("--data-binary", "fail", web.outputs["Rest"] + "orders/1") == (502, {"message": "Internal server error"})
    assert curl(web.outputs["Rest"] + "orders/1") == (403, {"message": "Missing Authentication Token"})
    assert curl(web.outputs["Rest"].replace("/Prod/", "/Test/")) == (403, {"message": "Forbidden"})
    # Who lets AWS's own name point here reaches the same API.
    host, _, port = web.card["aws"]["endpoint"].split("/")[-1].rpartition(":")
    name = web.outputs["Rest"].split("/")[-3] + ".execute-api.us-east-1.amazonaws.com"
    status, event = curl("--resolve", f"{name}:{port}:{host}", f"http://{name}:{port}/Prod/")
    assert status == 201 and event["requestContext"]["domainName"] == name


def test_an_authorizer_is_asked_before_the_function_and_pages_of_other_origins_are_told(web):
    url = web.outputs["Web"] + "/in/a/b"
    assert ask(url)[0] == 401 and ask(url, X_Key="wrong")[0] == 403
    status, headers, body = ask(url, X_Key="secret", Origin="https://app.example", Cookie="a=1; b=2")
    event = json.loads(body)
    assert status == 201 and headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert event["version"] == "2.0" and event["pathParameters"] == {"proxy": "a/b"} and event["cookies"] == ["a=1", "b=2"]
    assert event["requestContext"]["authorizer"] == {"lambda": {"who": "ann"}}
    status, headers, _ = ask(url, "OPTIONS", Origin="https://app.example", Access_Control_Request_Method="POST")
    assert status == 204 and headers["Access-Control-Allow-Methods"] == "POST"
    assert ask(web.outputs["Web"] + "/none")[0] == 404


def test_a_function_whose_policy_does_not_allow_the_api_is_not_called(web):
    status, _, body = ask(web.outputs["Web"] + "/forgotten", X_Key="secret")
    assert (status, json.loads(body)) == (500, {"message": "Internal Server Error"})
    assert "api.failed" in open(web.log_path).read()


def test_an_api_goes_with_its_stack(web):
    web.run("delete", "web")
    assert ask(web.outputs["Rest"])[0] == 404


def test_a_system_whose_template_is_older_says_that_nothing_serves_apis(web, tmp_path):
    whole = (ROOT / "templates/mailroom.yaml").read_text()
    start, end = whole.index("  APIGateway:\n"), whole.index("  CloudFormation:\n")
    (tmp_path / "old.yaml").write_text(whole[:start] + whole[end:])
    web.run("deploy", str(tmp_path / "old.yaml"))
    said = web.run("deploy", str(web.template), "--stack", "again", check=False)
    assert said.returncode == 0 and b"nothing serves HTTP APIs here" in said.stdout + said.stderr
