"""URLs of functions: of a stack's and of those made by boto3, open to everybody or to who signs."""
import io
import json
import urllib.error
import urllib.request
import zipfile

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from mailroom import PATIENCE, Server

CODE = """
def handler(event, context):
    if event.get("body") == "fail":
        raise ValueError("as asked")
    return event
"""
TEMPLATE = """
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Globals: { Function: { Runtime: python3.11, Timeout: 10, Handler: app.handler, CodeUri: src } }
Resources:
  Open:
    Type: AWS::Serverless::Function
    Properties:
      FunctionUrlConfig:
        AuthType: NONE
        Cors: { AllowOrigins: [ 'https://app.example' ], AllowMethods: [ GET ] }
  Closed:
    Type: AWS::Serverless::Function
    Properties: { AutoPublishAlias: live, FunctionUrlConfig: { AuthType: AWS_IAM } }
  Bare:
    Type: AWS::Serverless::Function
  BareUrl:
    Type: AWS::Lambda::Url
    Properties: { TargetFunctionArn: !Ref Bare, AuthType: NONE }
  Caller:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: { Statement: [ { Effect: Allow, Principal: { AWS: '*' }, Action: 'sts:AssumeRole' } ] }
      Policies:
        - PolicyName: call
          PolicyDocument: { Statement: [ { Effect: Allow, Action: 'lambda:InvokeFunctionUrl', Resource: !Ref ClosedUrl } ] }
  Stranger:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: { Statement: [ { Effect: Allow, Principal: { AWS: '*' }, Action: 'sts:AssumeRole' } ] }
Outputs:
  Open: { Value: !GetAtt OpenUrl.FunctionUrl }
  Closed: { Value: !GetAtt ClosedUrl.FunctionUrl }
  ClosedArn: { Value: !GetAtt ClosedUrl.FunctionArn }
  Bare: { Value: !GetAtt BareUrl.FunctionUrl }
  BareName: { Value: !Ref Bare }
  Caller: { Value: !GetAtt Caller.Arn }
  Stranger: { Value: !GetAtt Stranger.Arn }
"""


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    folder = tmp_path_factory.mktemp("urls")
    (folder / "src").mkdir()
    (folder / "src/app.py").write_text(CODE)
    (folder / "template.yaml").write_text(TEMPLATE)
    with Server() as server:
        server.run("deploy", str(folder / "template.yaml"), "--stack", "urls")
        described = server.boto3("cloudformation").describe_stacks(StackName="urls")["Stacks"][0]
        server.outputs = {one["OutputKey"]: one["OutputValue"] for one in described["Outputs"]}
        yield server


def ask(url, method="GET", body=None, **headers):
    request = urllib.request.Request(url, method=method, data=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, answer.headers, json.loads(answer.read())
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, json.loads(answer.read() or b"null")


def signed(url, keys, service="lambda"):
    request = AWSRequest("POST", url, data=b"hello", headers={"Content-Type": "text/plain"})
    SigV4Auth(keys, service, "us-east-1").add_auth(request)
    return ask(url, "POST", b"hello", **dict(request.headers))


def assumed(web, role):
    keys = web.boto3("sts").assume_role(RoleArn=web.outputs[role], RoleSessionName="me")["Credentials"]
    return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


FORBIDDEN = {"Message": "Forbidden"}


def test_a_url_that_everybody_may_call_gives_the_function_format_2(web):
    assert web.outputs["Open"].startswith(web.card["aws"]["endpoint"] + "/_url/") and web.outputs["Open"].endswith("/")
    status, headers, event = ask(web.outputs["Open"] + "a%20b/c?x=1&x=2", Origin="https://app.example", Cookie="a=1")
    assert status == 200 and headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert event["version"] == "2.0" and event["rawPath"] == "/a%20b/c" and event["queryStringParameters"] == {"x": "1,2"}
    assert event["cookies"] == ["a=1"] and event["requestContext"]["accountId"] == "anonymous"
    assert ask(web.outputs["Open"][:-1])[2]["rawPath"] == "/"
    status, _, body = ask(web.outputs["Open"], "POST", b"fail", Content_Type="text/plain")
    assert (status, body) == (502, {"Message": "Internal Server Error"})
    assert ask(web.outputs["Open"].replace("/_url/", "/_api/"))[0] == 404
    assert ask(web.card["aws"]["endpoint"] + "/_url/unknown/")[0] == 404


def test_who_signs_is_named_and_needs_the_right(web):
    url = web.outputs["Closed"] + "in"
    assert ask(url)[0] == 403 and ask(url)[2] == FORBIDDEN
    keys = web.card["aws"]
    root = Credentials(keys["accessKeyId"], keys["secretAccessKey"])
    status, _, event = signed(url, root)
    assert status == 200 and event["body"] == "hello"
    assert event["requestContext"]["authorizer"]["iam"]["accessKey"] == keys["accessKeyId"]
    assert signed(url, Credentials(keys["accessKeyId"], "x" * 40))[0] == 403
    assert signed(url, root, service="execute-api")[0] == 403
    assert web.outputs["ClosedArn"].endswith(":live")
    status, _, event = signed(url, assumed(web, "Caller"))
    assert status == 200 and "assumed-role" in event["requestContext"]["authorizer"]["iam"]["userArn"]
    assert signed(url, assumed(web, "Stranger"))[::2] == (403, FORBIDDEN)


def test_without_a_statement_nobody_may_call_and_one_of_invoke_function_is_not_enough(web):
    client, url, name = web.boto3("lambda"), web.outputs["Bare"], web.outputs["BareName"]
    assert ask(url)[::2] == (403, FORBIDDEN)
    client.add_permission(FunctionName=name, StatementId="a", Action="lambda:InvokeFunction", Principal="*")
    client.add_permission(
        FunctionName=name, StatementId="b", Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType="AWS_IAM")
    assert ask(url)[::2] == (403, FORBIDDEN)
    client.add_permission(
        FunctionName=name, StatementId="c", Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType="NONE")
    assert ask(url)[0] == 200


def test_boto3_makes_changes_lists_and_removes_urls(web):
    client = web.boto3("lambda")
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w") as archive:
        archive.writestr("app.py", CODE)
    made = client.create_function(
        FunctionName="made", Runtime="python3.11", Handler="app.handler", Role="arn:aws:iam::000000000000:role/r",
        Code={"ZipFile": octets.getvalue()})
    client.get_waiter("function_active_v2").wait(FunctionName="made")
    url = client.create_function_url_config(FunctionName="made", AuthType="AWS_IAM", Cors={"AllowOrigins": ["*"], "MaxAge": 60})
    assert url["FunctionArn"] == made["FunctionArn"] and url["AuthType"] == "AWS_IAM" and url["Cors"]["MaxAge"] == 60
    with pytest.raises(ClientError, match="ResourceConflictException"):
        client.create_function_url_config(FunctionName="made", AuthType="NONE")
    client.add_permission(
        FunctionName="made", StatementId="all", Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType="NONE")
    assert ask(url["FunctionUrl"])[0] == 403
    client.update_function_url_config(FunctionName="made", AuthType="NONE")
    assert ask(url["FunctionUrl"] + "x", Origin="https://a.example")[1]["Access-Control-Allow-Origin"] == "*"
    got = client.get_function_url_config(FunctionName="made")
    assert got["AuthType"] == "NONE" and got["FunctionUrl"] == url["FunctionUrl"] and got["InvokeMode"] == "BUFFERED"
    client.publish_version(FunctionName="made")
    client.create_alias(FunctionName="made", Name="live", FunctionVersion="1")
    client.create_function_url_config(FunctionName="made", Qualifier="live", AuthType="NONE")
    assert len(client.list_function_url_configs(FunctionName="made")["FunctionUrlConfigs"]) == 2
    client.delete_function_url_config(FunctionName="made", Qualifier="live")
    client.delete_function(FunctionName="made")
    assert ask(url["FunctionUrl"])[0] == 404
    assert web.boto3("lambda").get_function_url_config(FunctionName=web.outputs["BareName"])["AuthType"] == "NONE"


def test_a_url_goes_with_its_stack(web):
    web.run("delete", "urls")
    assert ask(web.outputs["Open"])[0] == 404
