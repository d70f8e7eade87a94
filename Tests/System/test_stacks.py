"""Users' templates as stacks: built, deployed, changed, gone back, removed."""
import json
import os
import pathlib
import subprocess

import pytest
from mailroom import BINARY, PATIENCE, ROOT, Server, until

TEMPLATE = """
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  Greeting: { Type: String, Default: hello, Description: what it says }
  Key: { Type: String, NoEcho: true, Description: what nobody may see }
Resources:
  GreetFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: app.handler
      Runtime: python3.12
      Timeout: 60
      MemorySize: 256
      Layers: [ !Ref Packages ]
      Policies: [ { S3CrudPolicy: { BucketName: !Ref Box } } ]
      Environment: { Variables: { GREETING: !Ref Greeting, KEY: !Ref Key, BOX: !Ref Box } }
  Packages:
    Type: AWS::Serverless::LayerVersion
    Metadata: { BuildMethod: python3.12 }
    Properties: { ContentUri: dependencies, CompatibleRuntimes: [ python3.12 ] }
  Box:
    Type: AWS::S3::Bucket
    Properties: { VersioningConfiguration: { Status: Enabled } }
  BoxPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Box
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: { Service: !Sub 'workmail.${AWS::Region}.amazonaws.com' }
            Action: s3:GetObject
            Resource: !Sub '${Box.Arn}/*'
  WorkMailPermission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref GreetFunction
      Principal: !Sub workmail.${AWS::Region}.amazonaws.com
      SourceArn: !Sub arn:aws:workmail:${AWS::Region}:${AWS::AccountId}:organization/*
Outputs:
  FunctionArn: { Value: !GetAtt GreetFunction.Arn }
  Bucket: { Value: !Ref Box }
"""
CODE = """
import os
import iniconfig


def handler(event, context):
    return {"greeting": os.environ["GREETING"], "package": iniconfig.__name__, "sum": event.get("a", 0) + 1}
"""
KEY = "do-not-show-this"


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        yield running


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("projects") / "greet_it"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "__pycache__").mkdir()
    (folder / "src" / "__pycache__" / "app.pyc").write_bytes(b"old")
    (folder / "dependencies").mkdir()
    (folder / "src" / "app.py").write_text(CODE)
    (folder / "dependencies" / "requirements.txt").write_text("iniconfig==2.0.0\n")
    (folder / "template.yaml").write_text(TEMPLATE)
    return folder


def deploy(server, project, *flags, check=True):
    done = subprocess.run(
        [BINARY, "deploy", str(project / "template.yaml"), "--data", server.directory, *flags],
        capture_output=True, text=True, timeout=600)
    if check:
        assert done.returncode == 0, (done.stdout, done.stderr)
    return done


def outputs(server, stack):
    return json.loads(server.run("stacks", stack, "--json"))["Outputs"]


def invoke(server, stack, event):
    answer = server.boto3("lambda").invoke(
        FunctionName=outputs(server, stack)["FunctionArn"], Payload=json.dumps(event).encode())
    payload = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, payload
    return payload


def test_parameters_that_must_be_given_are_told_with_what_they_are_for(server, project):
    done = deploy(server, project, check=False)
    assert done.returncode == 1 and "parameter Key" in done.stderr and "what nobody may see" in done.stderr
    assert "greet-it" not in server.run("stacks")


def test_a_dry_run_builds_and_changes_nothing(server, project):
    done = deploy(server, project, "--parameter", f"Key={KEY}", "--dry-run")
    assert "+ AWS::Serverless::Function GreetFunction" in done.stdout and "nothing was deployed" in done.stdout
    assert KEY not in done.stdout + done.stderr
    assert "greet-it" not in server.run("stacks")


def test_a_template_with_layer_bucket_and_permission_is_deployed_and_runs(server, project):
    done = deploy(server, project, "--parameter", f"Key={KEY}")
    assert "deployed greet-it as number 1" in done.stdout and "FunctionArn  arn:aws:lambda:" in done.stdout
    assert "mailroom rule create" in done.stdout and KEY not in done.stdout + done.stderr
    assert invoke(server, "greet-it", {"a": 2}) == {"greeting": "hello", "package": "iniconfig", "sum": 3}
    bucket = outputs(server, "greet-it")["Bucket"]
    s3 = server.boto3("s3")
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert "workmail.us-east-1" in s3.get_bucket_policy(Bucket=bucket)["Policy"]


def test_the_same_again_changes_nothing_and_asks_no_index(server, project):
    done = subprocess.run(
        [BINARY, "deploy", str(project / "template.yaml"), "--data", server.directory],
        capture_output=True, text=True, timeout=PATIENCE, env={**os.environ, "PIP_INDEX_URL": "http://127.0.0.1:1/"})
    assert done.returncode == 0, done.stderr
    assert "nothing changes" in done.stdout and "as number 1" in done.stdout


def test_scripts_read_outputs_from_cloudformation(server, project):
    import botocore.exceptions
    client = server.boto3("cloudformation")
    stack = client.describe_stacks(StackName="greet-it")["Stacks"][0]
    assert {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]} == outputs(server, "greet-it")
    assert {p["ParameterKey"]: p["ParameterValue"] for p in stack["Parameters"]} == {"Greeting": "hello", "Key": "****"}
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert [s["StackName"] for s in client.list_stacks()["StackSummaries"]] == ["greet-it"]
    with pytest.raises(botocore.exceptions.ClientError, match="does not exist"):
        client.describe_stacks(StackName="nothing")


def test_a_changed_value_and_changed_code_count_from_the_next_event_on(server, project):
    done = deploy(server, project, "--parameter", "Greeting=ahoy")
    assert "~ AWS::Serverless::Function GreetFunction" in done.stdout and "as number 2" in done.stdout
    assert invoke(server, "greet-it", {})["greeting"] == "ahoy"
    (project / "src" / "app.py").write_text(CODE.replace('+ 1}', '+ 100}'))
    deploy(server, project)
    assert invoke(server, "greet-it", {"a": 1}) == {"greeting": "ahoy", "package": "iniconfig", "sum": 101}


def test_a_rollback_goes_back_one_deploy(server, project):
    done = deploy(server, project, "--rollback")
    assert "as number 4" in done.stdout
    assert invoke(server, "greet-it", {"a": 1})["sum"] == 2
    done = deploy(server, project, "--rollback")
    assert invoke(server, "greet-it", {})["greeting"] == "hello"


def test_a_refused_type_leaves_everything_as_it_was(server, project):
    before = server.run("stacks", "greet-it", "--json")
    text = TEMPLATE.replace("Outputs:", "  Table: { Type: AWS::DynamoDB::Table }\nOutputs:").replace("Timeout: 60", "Timeout: 61")
    (project / "template.yaml").write_text(text)
    done = deploy(server, project, check=False)
    assert done.returncode == 1 and "AWS::DynamoDB::Table Table comes with a later release" in done.stderr
    assert f"template.yaml:{text[:text.index('  Table:')].count(chr(10)) + 1}:" in done.stderr
    assert server.run("stacks", "greet-it", "--json") == before
    done = deploy(server, project, "--skip-unknown", "--dry-run")
    assert "Table" in done.stderr and "Timeout 60 -> 61" in done.stdout
    (project / "template.yaml").write_text(TEMPLATE)


def test_a_build_that_fails_leaves_the_old_stack(server, project):
    requirements = project / "dependencies" / "requirements.txt"
    good = requirements.read_text()
    requirements.write_text("no-such-package-of-anybody==99.99\n")
    done = subprocess.run(
        [BINARY, "deploy", str(project / "template.yaml"), "--data", server.directory],
        capture_output=True, text=True, timeout=300,
        env={**os.environ, "PIP_INDEX_URL": "http://127.0.0.1:1/", "PIP_RETRIES": "0"})
    requirements.write_text(good)
    assert done.returncode == 1 and "pip could not install" in done.stderr
    assert invoke(server, "greet-it", {"a": 1})["sum"] == 2


def test_stacks_survive_a_restart(server, project):
    before = server.run("stacks", "greet-it", "--json")
    server.stop()
    server.start()
    assert server.run("stacks", "greet-it", "--json") == before
    assert invoke(server, "greet-it", {"a": 1})["sum"] == 2


def test_a_stack_is_deleted_once_its_buckets_are_empty(server, project):
    bucket = outputs(server, "greet-it")["Bucket"]
    s3 = server.boto3("s3")
    version = s3.put_object(Bucket=bucket, Key="left", Body=b"behind")["VersionId"]
    done = server.run("delete", "greet-it", check=False)
    assert done.returncode == 1 and b"holds objects" in done.stderr
    s3.delete_object(Bucket=bucket, Key="left", VersionId=version)
    assert "deleted greet-it" in server.run("delete", "greet-it")
    assert "greet-it" not in server.run("stacks")
    assert bucket not in [b["Name"] for b in s3.list_buckets()["Buckets"]]
    assert not server.boto3("lambda").list_functions()["Functions"]


def test_what_cdk_synth_wrote_is_deployed_with_the_assets_beside_it(server, tmp_path):
    asset = tmp_path / "cdk.out/asset.0a1b"
    asset.mkdir(parents=True)
    # Requirements in an asset have been installed by whoever made it; nobody installs them again.
    (asset / "requirements.txt").write_text("there-is-no-such-package==1\n")
    (asset / "app.py").write_text("def handler(event, context):\n    return context.function_name\n")
    service = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    template = tmp_path / "cdk.out/MailStack.template.json"
    template.write_text(json.dumps({
        "Resources": {
            "Role1": {"Type": "AWS::IAM::Role", "Properties": {
                "AssumeRolePolicyDocument": {"Statement": [service], "Version": "2012-10-17"}}},
            "Hello2": {
                "Type": "AWS::Lambda::Function", "DependsOn": ["Role1"],
                "Properties": {
                    "Code": {"S3Bucket": {"Fn::Sub": "cdk-assets-${AWS::AccountId}"}, "S3Key": "0a1b.zip"},
                    "Handler": "app.handler", "Runtime": "python3.12", "Role": {"Fn::GetAtt": ["Role1", "Arn"]}},
                "Metadata": {"aws:asset:path": "asset.0a1b", "aws:asset:property": "Code"}},
            "CDKMetadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2:x"}}},
        "Parameters": {"BootstrapVersion": {
            "Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"}},
        "Rules": {"CheckBootstrapVersion": {"Assertions": [{"Assert": {"Fn::Equals": ["1", {"Ref": "BootstrapVersion"}]}}]}}}))
    told = server.run("deploy", str(template))
    assert "deployed MailStack as number 1" in told and "CDKMetadata" not in told
    name = server.functions[("MailStack", "Hello2")]
    assert json.loads(server.run("invoke", name, "--event", "-", stdin=b"{}")) == name


def test_code_is_taken_as_it_lies_there_without_a_build(server, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src/package.json").write_text('{"dependencies": {"there-is-no-such-package-here": "1.0.0"}}')
    (tmp_path / "src/app.js").write_text("exports.handler = async () => 'unbuilt';\n")
    (tmp_path / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n"
        "  F: { Type: AWS::Serverless::Function, Properties: { CodeUri: src/, Handler: app.handler, Runtime: nodejs20.x } }\n")
    server.run("deploy", str(tmp_path / "template.yaml"), "--stack", "unbuilt", "--no-build")
    name = server.functions[("unbuilt", "F")]
    assert json.loads(server.run("invoke", name, "--event", "-", stdin=b"{}")) == "unbuilt"


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_samconfig_names_stack_and_parameters(server, project, line_end):
    for name in ("template.yaml", "src/app.py"):
        (project / name).write_text((project / name).read_text(), newline=line_end)
    (project / "samconfig.toml").write_text(
        'version = 0.1\n[default.deploy.parameters]\nstack_name = "from-sam"\nregion = "us-east-1"\n'
        f'parameter_overrides = "Greeting=\\"good day\\" Key=\\"{KEY}\\""\ncapabilities = "CAPABILITY_IAM"\n', newline=line_end)
    done = deploy(server, project)
    assert "deployed from-sam as number 1" in done.stdout
    assert invoke(server, "from-sam", {})["greeting"] == "good day"
    server.run("delete", "from-sam")


@pytest.mark.parametrize("runtime", ["python", "node"])
def test_a_new_function_is_deployed_as_it_is(server, tmp_path, runtime):
    made = subprocess.run(
        [BINARY, "function", "new", f"my-{runtime}", "--runtime", runtime], capture_output=True, text=True, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    template = (tmp_path / f"my-{runtime}" / "template.yaml").read_text()
    assert f"My{runtime.capitalize()}Function" in template and "HelloFunction" not in template
    done = deploy(server, tmp_path / f"my-{runtime}")
    assert f"deployed my-{runtime} as number 1" in done.stdout
    again = subprocess.run([BINARY, "function", "new", f"my-{runtime}"], capture_output=True, cwd=tmp_path)
    assert again.returncode == 1
    server.run("delete", f"my-{runtime}")


def test_watched_code_counts_from_the_next_event_on(tmp_path):
    folder = tmp_path / "watched"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "app.py").write_text("def handler(event, context):\n    return 1\n")
    (folder / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n"
        "    Properties: { CodeUri: src, Handler: app.handler, Runtime: python3.12 }\n"
        "Outputs: { FunctionArn: { Value: !GetAtt F.Arn } }\n")
    with Server(arguments=["--watch", str(folder)]) as server:
        def wait_for(result):
            found = until(lambda: "watched" in server.run("stacks") and invoke(server, "watched", {}) == result)
            assert found, open(server.log_path).read()[-2000:]
        wait_for(1)
        # At once, as editors do it: half a file would be deployed, too, for a moment.
        (tmp_path / "app.py").write_text("def handler(event, context):\n    return 2\n")
        (tmp_path / "app.py").replace(folder / "src" / "app.py")
        wait_for(2)
