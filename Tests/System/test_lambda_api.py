"""The Lambda API through unmodified boto3, held to the service model, and through the AWS CLI; functions really run."""
import base64
import io
import json
import os
import pathlib
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile

import botocore.exceptions
import mailroom
import pytest
from mailroom import PATIENCE
from model_check import RestModelCheck

ROLE = "arn:aws:iam::000000000000:role/invented"
CODE = """
import json, os
runs = 0
def handler(event, context):
    global runs
    runs += 1
    print("log of", event)
    if event.get("fail"):
        raise ValueError("asked to fail")
    return {"event": event, "runs": runs, "setting": os.environ.get("SETTING"), "request": context.aws_request_id,
            "arn": context.invoked_function_arn, "version": context.function_version,
            "client": context.client_context.custom if context.client_context else None}
"""

OFFERED = set("""
    CreateFunction GetFunction GetFunctionConfiguration ListFunctions UpdateFunctionCode UpdateFunctionConfiguration DeleteFunction
    Invoke InvokeAsync PublishVersion ListVersionsByFunction CreateAlias GetAlias UpdateAlias ListAliases DeleteAlias
    AddPermission GetPolicy RemovePermission TagResource UntagResource ListTags
    PutFunctionConcurrency GetFunctionConcurrency DeleteFunctionConcurrency GetAccountSettings
    PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig GetFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig
    ListFunctionEventInvokeConfigs PublishLayerVersion GetLayerVersion ListLayerVersions ListLayers DeleteLayerVersion
    ListEventSourceMappings CreateFunctionUrlConfig GetFunctionUrlConfig UpdateFunctionUrlConfig DeleteFunctionUrlConfig ListFunctionUrlConfigs ListProvisionedConcurrencyConfigs GetLayerVersionByArn
    GetFunctionCodeSigningConfig GetRuntimeManagementConfig GetFunctionRecursionConfig
""".split())


def zipped(code=CODE, name="app.py"):
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), code)
    return octets.getvalue()


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    return mailroom.MovedClock(tmp_path_factory.mktemp("clock"))


@pytest.fixture(scope="module")
def server(clock):
    with mailroom.Server(clock=clock) as running:
        yield running


@pytest.fixture(scope="module")
def client(server):
    client = server.boto3("lambda")
    client.check = RestModelCheck(client)
    return client


def create(client, name, **more):
    made = client.create_function(
        FunctionName=name, Runtime="python3.12", Handler="app.handler", Role=ROLE, Code={"ZipFile": zipped()}, **more)
    client.get_waiter("function_active_v2").wait(FunctionName=name)
    return made


def refused(call, **parameters):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"]


def test_a_function_is_made_found_and_downloaded(client, clock):
    made = create(client, "made", Environment={"Variables": {"SETTING": "one"}}, Tags={"team": "mail"}, Description="d")
    assert made["FunctionArn"] == "arn:aws:lambda:us-east-1:000000000000:function:made"
    assert refused(client.create_function, FunctionName="made", Runtime="python3.12", Handler="a.b", Role=ROLE,
                   Code={"ZipFile": zipped()}) == "ResourceConflictException"
    for name in ("made", made["FunctionArn"], "000000000000:function:made"):
        got = client.get_function(FunctionName=name)
        assert got["Configuration"]["CodeSha256"] == made["CodeSha256"] and got["Tags"] == {"team": "mail"}
    assert urllib.request.urlopen(got["Code"]["Location"], timeout=PATIENCE).read() == zipped()
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(got["Code"]["Location"] + "A", timeout=PATIENCE)
    assert caught.value.code == 403
    assert client.get_function_configuration(FunctionName="made")["State"] == "Active"
    assert "made" in [f["FunctionName"] for f in client.list_functions()["Functions"]]
    for waiter in ("function_exists", "function_active", "function_updated", "function_updated_v2"):
        client.get_waiter(waiter).wait(FunctionName="made")
    assert refused(client.get_function, FunctionName="nope") == "ResourceNotFoundException"
    assert refused(client.create_function, FunctionName="bad", Runtime="python3.12", Handler="a.b", Role=ROLE,
                   Code={"ZipFile": b"no zip"}) == "InvalidParameterValueException"
    assert refused(client.create_function, FunctionName="bad", PackageType="Image", Role=ROLE,
                   Code={"ImageUri": "000000000000.dkr.ecr.us-east-1.amazonaws.com/x:1"}) == "InvalidParameterValueException"


def test_it_runs_and_tells_its_log(client):
    answer = client.invoke(
        FunctionName="made", Payload=b'{"n": 1.50}', LogType="Tail",
        ClientContext=base64.b64encode(json.dumps({"custom": {"c": 1}}).encode()).decode())
    assert answer["StatusCode"] == 200 and answer["ExecutedVersion"] == "$LATEST" and "FunctionError" not in answer
    result = json.loads(answer["Payload"].read())
    assert result["event"] == {"n": 1.5} and result["setting"] == "one" and result["client"] == {"c": 1}
    assert result["request"] == answer["ResponseMetadata"]["RequestId"]
    log = base64.b64decode(answer["LogResult"]).decode()
    assert log.startswith("START RequestId: " + result["request"]) and "log of" in log and "REPORT" in log
    assert json.loads(client.invoke(FunctionName="made")["Payload"].read())["runs"] == 2, "the environment is kept"
    failed = client.invoke(FunctionName="made", Payload=b'{"fail": true}')
    assert failed["FunctionError"] == "Unhandled"
    assert json.loads(failed["Payload"].read())["errorType"] == "ValueError"
    assert client.invoke(FunctionName="made", InvocationType="DryRun")["StatusCode"] == 204
    assert refused(client.invoke, FunctionName="made", Payload=b"{no") == "InvalidRequestContentException"
    assert refused(client.invoke, FunctionName="nope") == "ResourceNotFoundException"
    assert client.invoke_async(FunctionName="made", InvokeArgs=b"{}")["Status"] == 202


def test_updates_versions_and_aliases(client):
    old = client.get_function_configuration(FunctionName="made")
    assert client.publish_version(FunctionName="made", Description="one")["Version"] == "1"
    client.update_function_configuration(FunctionName="made", Environment={"Variables": {"SETTING": "two"}}, MemorySize=256)
    assert refused(client.update_function_configuration, FunctionName="made", Timeout=4, RevisionId=old["RevisionId"]) == "PreconditionFailedException"
    client.get_waiter("function_updated_v2").wait(FunctionName="made")
    assert json.loads(client.invoke(FunctionName="made")["Payload"].read())["setting"] == "two"
    client.update_function_code(FunctionName="made", ZipFile=zipped(CODE.replace('"runs": runs', '"runs": "new"')))
    assert json.loads(client.invoke(FunctionName="made")["Payload"].read())["runs"] == "new"
    assert client.publish_version(FunctionName="made")["Version"] == "2"
    assert [v["Version"] for v in client.list_versions_by_function(FunctionName="made")["Versions"]] == ["$LATEST", "1", "2"]
    client.create_alias(FunctionName="made", Name="live", FunctionVersion="1")
    called = client.invoke(FunctionName="made", Qualifier="live")
    result = json.loads(called["Payload"].read())
    assert called["ExecutedVersion"] == "1" and result["version"] == "1" and result["setting"] == "one"
    assert result["arn"].endswith(":function:made:live")
    client.update_alias(FunctionName="made", Name="live", FunctionVersion="2", RoutingConfig={"AdditionalVersionWeights": {"1": 0.5}})
    assert client.get_alias(FunctionName="made", Name="live")["RoutingConfig"]["AdditionalVersionWeights"] == {"1": 0.5}
    assert len(client.list_aliases(FunctionName="made")["Aliases"]) == 1
    assert refused(client.delete_function, FunctionName="made", Qualifier="1") == "ResourceConflictException"
    client.delete_alias(FunctionName="made", Name="live")
    client.delete_function(FunctionName="made", Qualifier="1")
    assert refused(client.get_alias, FunctionName="made", Name="live") == "ResourceNotFoundException"


def test_policies_tags_and_limits(client):
    arn = client.get_function_configuration(FunctionName="made")["FunctionArn"]
    permission = dict(
        FunctionName="made", StatementId="workmail", Action="lambda:InvokeFunction",
        Principal="workmail.us-east-1.amazonaws.com", SourceArn="arn:aws:workmail:us-east-1:000000000000:organization/*")
    statement = json.loads(client.add_permission(**permission)["Statement"])
    assert statement["Condition"] == {"ArnLike": {"AWS:SourceArn": permission["SourceArn"]}}
    assert refused(client.add_permission, **permission) == "ResourceConflictException"
    assert json.loads(client.get_policy(FunctionName="made")["Policy"])["Statement"] == [statement]
    client.remove_permission(FunctionName="made", StatementId="workmail")
    assert refused(client.get_policy, FunctionName="made") == "ResourceNotFoundException"
    client.tag_resource(Resource=arn, Tags={"a": "1", "b c": "2"})
    client.untag_resource(Resource=arn, TagKeys=["a", "team"])
    assert client.list_tags(Resource=arn)["Tags"] == {"b c": "2"}
    client.put_function_concurrency(FunctionName="made", ReservedConcurrentExecutions=0)
    assert refused(client.invoke, FunctionName="made") == "TooManyRequestsException"
    assert client.get_function_concurrency(FunctionName="made")["ReservedConcurrentExecutions"] == 0
    client.delete_function_concurrency(FunctionName="made")
    assert client.invoke(FunctionName="made")["StatusCode"] == 200
    client.put_function_event_invoke_config(FunctionName="made", MaximumRetryAttempts=1)
    client.update_function_event_invoke_config(FunctionName="made", MaximumEventAgeInSeconds=3600)
    settings = client.get_function_event_invoke_config(FunctionName="made")
    assert (settings["MaximumRetryAttempts"], settings["MaximumEventAgeInSeconds"]) == (1, 3600)
    assert len(client.list_function_event_invoke_configs(FunctionName="made")["FunctionEventInvokeConfigs"]) == 1
    client.delete_function_event_invoke_config(FunctionName="made")
    assert client.get_account_settings()["AccountUsage"]["FunctionCount"] >= 1
    assert client.list_event_source_mappings()["EventSourceMappings"] == []
    assert client.list_function_url_configs(FunctionName="made")["FunctionUrlConfigs"] == []
    assert refused(client.create_function_url_config, FunctionName="made", AuthType="NONE", InvokeMode="RESPONSE_STREAM") == "InvalidParameterValueException"
    assert refused(client.get_function_url_config, FunctionName="made") == "ResourceNotFoundException"
    url = client.create_function_url_config(FunctionName="made", AuthType="NONE")["FunctionUrl"]
    assert client.update_function_url_config(FunctionName="made", AuthType="AWS_IAM")["FunctionUrl"] == url
    assert client.get_function_url_config(FunctionName="made")["AuthType"] == "AWS_IAM"
    client.delete_function_url_config(FunctionName="made")


def test_layers_bring_modules(client):
    layer = client.publish_layer_version(
        LayerName="shared", Content={"ZipFile": zipped("VALUE = 42\n", "python/shared_part.py")}, CompatibleRuntimes=["python3.12"])
    assert layer["Version"] == 1
    code = "import shared_part\ndef handler(event, context): return shared_part.VALUE\n"
    client.create_function(
        FunctionName="layered", Runtime="python3.12", Handler="app.handler", Role=ROLE, Code={"ZipFile": zipped(code)},
        Layers=[layer["LayerVersionArn"]])
    assert client.invoke(FunctionName="layered")["Payload"].read() == b"42"
    assert client.get_layer_version(LayerName="shared", VersionNumber=1)["Content"]["CodeSize"] > 0
    assert len(client.list_layer_versions(LayerName="shared")["LayerVersions"]) == 1
    assert [each["LayerName"] for each in client.list_layers()["Layers"]] == ["shared"]
    client.delete_layer_version(LayerName="shared", VersionNumber=1)
    assert refused(client.get_layer_version, LayerName="shared", VersionNumber=1) == "ResourceNotFoundException"


def test_every_list_is_paged_and_every_waiter_ends(client):
    for number in range(3):
        create(client, f"paged-{number}")
        client.publish_layer_version(LayerName=f"paged-{number % 2}", Content={"ZipFile": zipped(f"x = {number}\n")})
    for number in range(1, 4):
        client.update_function_configuration(FunctionName="paged-0", Timeout=3 + number)
        client.publish_version(FunctionName="paged-0")
        client.create_alias(FunctionName="paged-0", Name=f"a{number}", FunctionVersion=str(number))
        client.put_function_event_invoke_config(FunctionName="paged-0", Qualifier=str(number), MaximumRetryAttempts=0)
    for operation, parameters, key, least in (
            ("list_functions", {}, "Functions", 3), ("list_functions", {"FunctionVersion": "ALL"}, "Functions", 6),
            ("list_versions_by_function", {"FunctionName": "paged-0"}, "Versions", 4),
            ("list_aliases", {"FunctionName": "paged-0"}, "Aliases", 3),
            ("list_function_event_invoke_configs", {"FunctionName": "paged-0"}, "FunctionEventInvokeConfigs", 3),
            ("list_layers", {}, "Layers", 2), ("list_layer_versions", {"LayerName": "paged-0"}, "LayerVersions", 2),
            ("list_event_source_mappings", {}, "EventSourceMappings", 0),
            ("list_function_url_configs", {"FunctionName": "paged-0"}, "FunctionUrlConfigs", 0),
            ("list_provisioned_concurrency_configs", {"FunctionName": "paged-0"}, "ProvisionedConcurrencyConfigs", 0)):
        pages = list(client.get_paginator(operation).paginate(**parameters, PaginationConfig={"PageSize": 1}))
        found = [json.dumps(one, sort_keys=True, default=str) for page in pages for one in page.get(key, [])]
        assert len(found) == len(set(found)) >= least and all(len(page.get(key, [])) <= 1 for page in pages), (operation, found)
    for waiter in client.waiter_names:
        qualifier = {"Qualifier": "1"} if waiter == "published_version_active" else {}
        client.get_waiter(waiter).wait(FunctionName="paged-0", **qualifier)
    for number in range(3):
        client.delete_function(FunctionName=f"paged-{number}")


def test_what_tools_ask_in_passing_is_answered_as_for_an_account_that_has_none_of_it(client):
    create(client, "plain")
    assert client.get_function_code_signing_config(FunctionName="plain")["FunctionName"] == "plain"
    assert client.get_function_recursion_config(FunctionName="plain")["RecursiveLoop"] == "Terminate"
    assert client.get_runtime_management_config(FunctionName="plain")["UpdateRuntimeOn"] == "Auto"
    layer = client.publish_layer_version(LayerName="by-arn", Content={"ZipFile": zipped("x = 1\n")})
    assert client.get_layer_version_by_arn(Arn=layer["LayerVersionArn"])["Version"] == 1
    missing = "ResourceNotFoundException"
    for call, error in (
            (lambda: client.get_layer_version_by_arn(Arn=layer["LayerArn"] + ":9"), missing),
            (lambda: client.get_layer_version_policy(LayerName="by-arn", VersionNumber=1), missing),
            (lambda: client.get_function_url_config(FunctionName="plain"), missing),
            (lambda: client.update_function_url_config(FunctionName="plain", AuthType="NONE"), missing),
            (lambda: client.delete_function_url_config(FunctionName="plain"), missing),
            (lambda: client.get_event_source_mapping(UUID="0" * 36), missing),
            (lambda: client.update_event_source_mapping(UUID="0" * 36), missing),
            (lambda: client.get_provisioned_concurrency_config(FunctionName="plain", Qualifier="1"), missing),
            (lambda: client.invoke_with_response_stream(FunctionName="plain"), "UnknownOperationException")):
        assert refused(call) == error
    client.publish_version(FunctionName="plain")
    assert refused(client.get_provisioned_concurrency_config, FunctionName="plain", Qualifier="1") == "ProvisionedConcurrencyConfigNotFoundException"
    client.delete_layer_version(LayerName="by-arn", VersionNumber=1)
    client.delete_function(FunctionName="plain")


def test_a_failing_event_is_tried_three_times_and_then_a_dead_letter(server, client, clock):
    create(client, "failing")
    answer = client.invoke(FunctionName="failing", InvocationType="Event", Payload=b'{"fail": true}')
    assert answer["StatusCode"] == 202
    request = answer["ResponseMetadata"]["RequestId"]

    def waiting(attempts):
        entries = json.loads(server.run("queue", "list", "--json"))
        return [e for e in entries if e["Queue"] == "invoke failing" and e["Attempts"] == attempts]

    for attempts, seconds in ((1, 60), (2, 120)):
        assert mailroom.until(lambda: waiting(attempts)), server.run("queue", "list")
        clock.advance(seconds)
    dead = mailroom.until(lambda: [
        e for e in json.loads(server.run("queue", "dead", "--json")) if e["Queue"] == "invoke failing"])
    assert [e["Id"] for e in dead] == [request]
    assert "ValueError: asked to fail" in dead[0]["Reason"] and "RetriesExhausted" in dead[0]["Reason"]


def test_the_command_line_shows_and_calls_functions(server, client):
    assert any(f["Name"] == "made" for f in json.loads(server.run("functions", "--json")))
    queue_id = server.send(mailroom.message(subject="at hand"))
    done = server.run("invoke", "made", "--event", "-", check=False, stdin=json.dumps({"messageId": queue_id}).encode())
    assert done.returncode == 0 and json.loads(done.stdout)["event"] == {"messageId": queue_id}
    assert b"START RequestId" in done.stderr and b"log of" in done.stderr
    done = server.run("invoke", "made", "--event", "-", check=False, stdin=b'{"fail": true}')
    assert done.returncode == 1 and b"asked to fail" in done.stderr
    assert json.loads(done.stdout)["errorType"] == "ValueError"
    assert mailroom.until(lambda: "log of" in server.run("logs", "made"))


def test_code_comes_from_a_bucket_and_a_bucket_calls_a_function(server, client):
    s3 = server.boto3("s3")
    s3.create_bucket(Bucket="code")
    s3.put_object(Bucket="code", Key="f.zip", Body=zipped())
    missing = dict(FunctionName="listening", Runtime="python3.12", Handler="app.handler", Role=ROLE)
    assert refused(client.create_function, Code={"S3Bucket": "code", "S3Key": "no.zip"}, **missing) == "InvalidParameterValueException"
    arn = client.create_function(Code={"S3Bucket": "code", "S3Key": "f.zip"}, **missing)["FunctionArn"]
    s3.create_bucket(Bucket="drop")
    s3.put_bucket_notification_configuration(Bucket="drop", NotificationConfiguration={"LambdaFunctionConfigurations": [
        {"Id": "n", "LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}]})
    s3.put_object(Bucket="drop", Key="not yet.eml", Body=b"1")
    dead = mailroom.until(lambda: [
        e for e in json.loads(server.run("queue", "dead", "--json")) if e["Queue"].startswith("invoke") and "listening" in e["Queue"]])
    assert "is not authorized to perform: lambda:InvokeFunction" in dead[0]["Reason"], "the function's policy decides"
    client.add_permission(
        FunctionName="listening", StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::drop", SourceAccount="000000000000")
    s3.put_object(Bucket="drop", Key="a/one two.eml", Body=b"hello")
    assert mailroom.until(lambda: "a%2Fone+two.eml" in server.run("logs", "listening", check=False).stdout.decode())
    server.run("queue", "redrive", dead[0]["Id"])
    assert mailroom.until(lambda: "not+yet.eml" in server.run("logs", "listening"))
    client.delete_function(FunctionName="listening")


def test_invoke_gives_the_message_that_the_event_names(server, client):
    code = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    flow = boto3.client('workmailmessageflow')\n"
        "    return flow.get_raw_message_content(messageId=event['messageId'])['messageContent'].read().decode()\n")
    client.create_function(
        FunctionName="reading", Runtime="python3.12", Handler="app.handler", Role=ROLE, Code={"ZipFile": zipped(code)})
    queue_id, other = (server.send(mailroom.message(subject=subject)) for subject in ("to be read", "another"))
    done = server.run("invoke", "reading", "--event", "-", stdin=json.dumps({"messageId": queue_id}).encode())
    assert "Subject: to be read" in json.loads(done)
    refused_there = client.invoke(FunctionName="reading", Payload=json.dumps({"messageId": other}))
    assert refused_there["FunctionError"] == "Unhandled", "a call that names no message at hand reads none"
    client.delete_function(FunctionName="reading")


def test_the_cli_makes_calls_and_deletes_a_function(server, tmp_path):
    aws = pathlib.Path(sys.executable).parent / "aws"
    if not aws.exists():
        pytest.skip("the AWS CLI is not installed")
    keys = server.card["aws"]
    environment = {
        **os.environ, "AWS_ENDPOINT_URL": keys["endpoint"], "AWS_ACCESS_KEY_ID": keys["accessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["secretAccessKey"], "AWS_DEFAULT_REGION": server.card["region"]}

    def run(*words):
        done = subprocess.run([sys.executable, str(aws), "lambda", *words], capture_output=True, env=environment, timeout=300, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout or b"{}")

    (tmp_path / "f.zip").write_bytes(zipped())
    run("create-function", "--function-name", "cli", "--runtime", "python3.12", "--handler", "app.handler", "--role", ROLE,
        "--zip-file", "fileb://f.zip")
    run("wait", "function-active-v2", "--function-name", "cli")
    answer = run("invoke", "--function-name", "cli", "--log-type", "Tail", "--payload", '{"n": 1}', "out.json")
    assert answer["StatusCode"] == 200 and b"START" in base64.b64decode(answer["LogResult"])
    assert json.loads((tmp_path / "out.json").read_text())["event"] == {"n": 1}
    (tmp_path / "f.zip").write_bytes(zipped(CODE.replace("runs += 1", "runs += 10")))
    run("update-function-code", "--function-name", "cli", "--zip-file", "fileb://f.zip", "--publish")
    run("wait", "function-updated-v2", "--function-name", "cli")
    run("create-alias", "--function-name", "cli", "--name", "live", "--function-version", "1")
    run("invoke", "--function-name", "cli:live", "out.json")
    assert json.loads((tmp_path / "out.json").read_text())["runs"] == 10
    run("add-permission", "--function-name", "cli", "--statement-id", "s", "--action", "lambda:InvokeFunction", "--principal", "s3.amazonaws.com")
    run("delete-function", "--function-name", "cli")


def test_functions_survive_a_restart_and_are_deleted(server, client):
    server.stop()
    server.start()
    again = server.boto3("lambda")
    assert json.loads(again.invoke(FunctionName="made")["Payload"].read())["setting"] == "two"
    for name in ("made", "layered", "failing"):
        again.delete_function(FunctionName=name)
    assert refused(again.invoke, FunctionName="made") == "ResourceNotFoundException"


def test_everything_offered_was_seen_and_fits_the_model(client):
    assert client.check.problems == []
    assert OFFERED - client.check.answered - {"DeleteFunction"} == set()
