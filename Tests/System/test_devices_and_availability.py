"""Overrides for devices and availability providers, as device managers, administrators and awscli ask for them."""
import io
import json
import os
import pathlib
import subprocess
import sys
import zipfile

import botocore.exceptions
import pytest
from mailroom import TEMPLATE, Server

# What a device manager has done: lets a compliant device in, and takes every override of another one away.
MANAGER = """
import os, boto3
workmail, here = boto3.client("workmail"), {"OrganizationId": os.environ["ORGANIZATION"]}
def handler(event, context):
    if event["compliant"]:
        workmail.put_mobile_device_access_override(
            UserId=event["email"], DeviceId=event["device"], Effect="ALLOW", Description="compliant", **here)
        return "let in"
    found, removed = workmail.list_mobile_device_access_overrides(DeviceId=event["device"], **here), 0
    while True:
        for one in found["Overrides"]:
            workmail.delete_mobile_device_access_override(UserId=one["UserId"], DeviceId=one["DeviceId"], **here)
            removed += 1
        if "NextToken" not in found:
            return removed
        found = workmail.list_mobile_device_access_overrides(DeviceId=event["device"], NextToken=found["NextToken"], **here)
"""

MANAGER_TEMPLATE = """
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters: { Organization: { Type: String } }
Resources:
  ManagerFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.12
      Timeout: 60
      Role: !GetAtt ManagerRole.Arn
      Environment: { Variables: { ORGANIZATION: !Ref Organization } }
  ManagerRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [ { Effect: Allow, Action: [ 'sts:AssumeRole' ], Principal: { Service: [ lambda.amazonaws.com ] } } ]
      Policies:
        - PolicyName: overrides
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - Effect: Allow
                Action:
                  - workmail:PutMobileDeviceAccessOverride
                  - workmail:ListMobileDeviceAccessOverrides
                  - workmail:DeleteMobileDeviceAccessOverride
                Resource: !Sub 'arn:aws:workmail:${AWS::Region}:${AWS::AccountId}:organization/${Organization}*'
Outputs: { FunctionName: { Value: !Ref ManagerFunction } }
"""

PROVIDER = """
def handler(event, context):
    if event["mailboxes"][0].endswith("@broken.example"):
        raise ValueError("no such server")
    assert event["requester"]["organization"].startswith("m-") and event["window"]["startDate"] < event["window"]["endDate"]
    return {"mailboxes": [{"mailbox": one, "error": "MailboxNotFound"} for one in event["mailboxes"]]}
"""


def aws(server, *words):
    program = pathlib.Path(sys.executable).parent / "aws"
    if not program.exists():
        pytest.skip("the AWS CLI is not installed")
    keys = server.card["aws"]
    environment = {
        **os.environ, "AWS_ENDPOINT_URL": keys["endpoint"], "AWS_ACCESS_KEY_ID": keys["accessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["secretAccessKey"], "AWS_DEFAULT_REGION": server.card["region"]}
    done = subprocess.run([str(program), "workmail", *words], capture_output=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout or b"{}")


def refused(call, **parameters):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"]


def here(server):
    return {"OrganizationId": server.card["organization"]["id"]}


def test_the_cli_puts_and_lists_overrides(server):
    organization = ["--organization-id", server.card["organization"]["id"]]
    device = ["--user-id", server.alice["email"], "--device-id", "CLIphone"]
    aws(server, "put-mobile-device-access-override", *organization, *device, "--effect", "DENY", "--description", "lost")
    got = aws(server, "get-mobile-device-access-override", *organization, *device)
    assert got["Effect"] == "DENY" and got["Description"] == "lost"
    listed = aws(server, "list-mobile-device-access-overrides", *organization, "--device-id", "cliPHONE")
    assert listed["Overrides"] == [got]
    aws(server, "delete-mobile-device-access-override", *organization, *device)
    assert aws(server, "list-mobile-device-access-overrides", *organization)["Overrides"] == []


def test_the_cli_makes_availability_configurations(server):
    organization = ["--organization-id", server.card["organization"]["id"]]
    aws(server, "create-availability-configuration", *organization, "--domain-name", "cli.example", "--ews-provider",
        "EwsEndpoint=https://cli.example/EWS/Exchange.asmx,EwsUsername=asker,EwsPassword=Very-Secret-2")
    [listed] = aws(server, "list-availability-configurations", *organization)["AvailabilityConfigurations"]
    assert listed["ProviderType"] == "EWS" and "Very-Secret-2" not in str(listed)
    tested = aws(server, "test-availability-configuration", *organization, "--domain-name", "cli.example")
    assert not tested["TestPassed"] and "nobody logged in" in tested["FailureReason"]
    aws(server, "delete-availability-configuration", *organization, "--domain-name", "cli.example")


def test_a_device_managers_function_lets_devices_in_and_keeps_them_out(server, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src/app.py").write_text(MANAGER)
    (tmp_path / "template.yaml").write_text(MANAGER_TEMPLATE)
    outputs = server.deploy(tmp_path / "template.yaml", "device-manager", Organization=here(server)["OrganizationId"])
    workmail = server.boto3("workmail")

    def tell(**event):
        answer = server.boto3("lambda").invoke(FunctionName=outputs["FunctionName"], Payload=json.dumps(event))
        body = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, body
        return body

    for user in (server.alice, server.bob):
        assert tell(compliant=True, email=user["email"], device="Shared1") == "let in"
    found = workmail.list_mobile_device_access_overrides(DeviceId="SHARED1", **here(server))["Overrides"]
    assert sorted(one["Effect"] for one in found) == ["ALLOW", "ALLOW"]
    assert tell(compliant=False, device="shared1") == 2
    assert tell(compliant=False, device="shared1") == 0
    assert workmail.list_mobile_device_access_overrides(**here(server))["Overrides"] == []


def test_an_availability_function_is_called_under_its_policy(server):
    functions, workmail = server.boto3("lambda"), server.boto3("workmail")
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w") as archive:
        archive.writestr("app.py", PROVIDER)
    arn = functions.create_function(
        FunctionName="availability", Runtime="python3.12", Role="arn:aws:iam::000000000000:role/none", Handler="app.handler",
        Timeout=20, Code={"ZipFile": octets.getvalue()})["FunctionArn"]
    region, account = server.card["region"], server.card["account"]
    permission = {
        "FunctionName": "availability", "Action": "lambda:InvokeFunction",
        "Principal": f"availability.workmail.{region}.amazonaws.com"}
    source = f"arn:aws:workmail:{region}:{account}:organization/{here(server)['OrganizationId']}"

    def test(**what):
        answer = workmail.test_availability_configuration(**(what or {"LambdaProvider": {"LambdaArn": arn}}), **here(server))
        return answer["TestPassed"], answer.get("FailureReason", "")

    passed, reason = test()
    assert not passed and "does not let availability.workmail" in reason
    functions.add_permission(StatementId="open", **permission)
    passed, reason = test()
    assert not passed and "for everybody" in reason
    functions.remove_permission(FunctionName="availability", StatementId="open")
    functions.add_permission(StatementId="workmail", SourceArn=source, SourceAccount=account, **permission)
    assert test() == (True, "")
    for domain in ("partner.example", "broken.example"):
        workmail.create_availability_configuration(DomainName=domain, LambdaProvider={"LambdaArn": arn}, **here(server))
    assert test(DomainName="partner.example") == (True, "")
    assert test(DomainName="broken.example") == (False, "the function failed: ValueError: no such server")
    assert refused(workmail.test_availability_configuration, DomainName="none.example", **here(server)) == "ResourceNotFoundException"
    for domain in ("partner.example", "broken.example"):
        workmail.delete_availability_configuration(DomainName=domain, **here(server))
    functions.delete_function(FunctionName="availability")


def test_they_outlive_a_kill_sealed_and_need_what_the_template_grants(tmp_path):
    server = Server(data=str(tmp_path / "data")).start()
    try:
        workmail = server.boto3("workmail")
        workmail.put_mobile_device_access_override(
            UserId=server.alice["email"], DeviceId="SerialNumber77", Effect="ALLOW", **here(server))
        workmail.create_availability_configuration(
            DomainName="partner.example", ClientToken="once", EwsProvider={
                "EwsEndpoint": "https://ews.partner.example/", "EwsUsername": "asker77", "EwsPassword": "Very-Secret-77"},
            **here(server))
        server.kill()
        for file in (tmp_path / "data").rglob("*"):
            if file.is_file():
                octets = file.read_bytes().lower()
                assert not [word for word in (b"very-secret-77", b"asker77", b"serialnumber77") if word in octets], file
        server.start()
        workmail = server.boto3("workmail")
        assert len(workmail.list_mobile_device_access_overrides(DeviceId="serialnumber77", **here(server))["Overrides"]) == 1
        assert len(workmail.list_availability_configurations(**here(server))["AvailabilityConfigurations"]) == 1
        # A template from before grants nothing for them: everything else goes on.
        older = tmp_path / "older.yaml"
        older.write_text(TEMPLATE.replace("Jobs: write, Records: write, Functions: write }", "Jobs: write }"))
        assert older.read_text() != TEMPLATE
        server.run("deploy", str(older))
        assert refused(workmail.list_availability_configurations, **here(server)) == "UnknownOperationException"
        assert workmail.list_users(**here(server))["Users"]
    finally:
        server.stop()
