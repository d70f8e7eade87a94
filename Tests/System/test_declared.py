"""What templates declare beside code, as functions and scripts find it once it is deployed (reference/functions.md §3)."""
import datetime
import json
import os
import subprocess
import unittest.mock

import boto3
import botocore.auth
import botocore.exceptions
import pytest
from mailroom import BINARY, PATIENCE, MovedClock, Server, until

HEAD = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
OUTPUT = "Outputs: { FunctionArn: { Value: !GetAtt F.Arn } }\n"


@pytest.fixture
def clock(tmp_path):
    return MovedClock(tmp_path)


@pytest.fixture
def moved(clock, tmp_path):
    """A server whose calendar the test moves, with signatures that carry the time that it goes by."""
    def now(remove_tzinfo=True):
        moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=clock.ahead)
        return moment.replace(tzinfo=None) if remove_tzinfo else moment
    with unittest.mock.patch("botocore.auth.get_current_datetime", now):
        with Server(data=str(tmp_path / "data"), log=str(tmp_path / "log"), clock=clock) as running:
            yield running


@pytest.fixture
def project(tmp_path):
    """Writes files of a project; its template's path."""
    def write(template, **files):
        for path, text in files.items():
            place = tmp_path / path.replace("__", "/").replace("_dot_", ".")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        (tmp_path / "template.yaml").write_text(template)
        return tmp_path / "template.yaml"
    return write


def function(properties="", runtime="python3.12", handler="app.handler", name="F", metadata=""):
    return (f"  {name}:\n    Type: AWS::Serverless::Function\n{metadata}    Properties:\n      CodeUri: src\n"
            f"      Handler: {handler}\n      Runtime: {runtime}\n      Timeout: 60\n{properties}")


def call(server, arn, event=None):
    answer = server.boto3("lambda").invoke(FunctionName=arn, Payload=json.dumps(event or {}))
    payload = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, payload
    return payload


def log_of(server, arn):
    """What the function and its host wrote so far."""
    name = arn.split(":function:")[1].split(":")[0]
    try:
        found = server.boto3("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    except botocore.exceptions.ClientError:
        return []
    return [event["message"] for event in found]


def refusal(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def test_a_schedule_calls_its_function_when_its_time_comes(moved, clock, project):
    server = moved
    template = project(
        HEAD + function("""      Events:
        Often: { Type: Schedule, Properties: { Schedule: rate(5 minutes) } }
        Daily: { Type: ScheduleV2, Properties: { ScheduleExpression: cron(0 12 * * ? *), Input: '{"daily": true}' } }
        Never: { Type: Schedule, Properties: { Schedule: rate(1 minute), Enabled: false, Input: '{"never": true}' } }
""") + OUTPUT, src__app_dot_py="import json\ndef handler(event, context):\n    print('called with', json.dumps(event))\n")
    arn = server.deploy(template, "clockwork")["FunctionArn"]

    def events():
        lines = [line.partition("called with ")[2] for line in log_of(server, arn) if "called with" in line]
        return [json.loads(line) for line in lines]
    # A restart between the deploy and the first firing forgets nothing.
    server.kill()
    server.start()
    clock.advance(301)
    assert until(lambda: [event for event in events() if "daily" not in event])
    event = [event for event in events() if "daily" not in event][0]
    assert event["source"] == "aws.events" and event["detail-type"] == "Scheduled Event" and event["detail"] == {}
    assert event["resources"][0].startswith("arn:aws:events:us-east-1:000000000000:rule/clockwork-")
    fired = datetime.datetime.fromisoformat(event["time"])
    assert abs((fired - datetime.datetime.now(datetime.timezone.utc)).total_seconds() - clock.ahead) < PATIENCE
    clock.advance(86400)
    assert until(lambda: {"daily": True} in events() and len([event for event in events() if "daily" not in event]) >= 2)
    server.run("delete", "clockwork")
    # What was called by then is over: a call is counted when it ends.
    assert until(lambda: not json.loads(server.run("queue", "list", "--json")))
    before, kept = server.counted("FunctionTrigger"), server.counted("Housekeeping")
    clock.advance(86400)
    assert until(lambda: server.counted("Housekeeping") > kept)
    assert not [event for event in events() if "never" in event] and server.counted("FunctionTrigger") == before


def test_keys_of_an_assumed_role_do_what_it_allows_until_they_expire(moved, clock, project):
    server = moved
    template = project(HEAD + """  Reader:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [ { Effect: Allow, Principal: { AWS: !GetAtt Caller.Arn }, Action: sts:AssumeRole } ]
      Policies:
        - PolicyName: read
          PolicyDocument:
            Statement: [ { Effect: Allow, Action: s3:GetObject, Resource: !Sub '${Box.Arn}/open/*' } ]
  Caller:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [ { Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole } ]
      Policies:
        - PolicyName: assume
          PolicyDocument:
            Statement: [ { Effect: Allow, Action: sts:AssumeRole, Resource: '*' } ]
  Box: { Type: AWS::S3::Bucket }
""" + function("      Role: !GetAtt Caller.Arn\n") + """Outputs:
  FunctionArn: { Value: !GetAtt F.Arn }
  Reader: { Value: !GetAtt Reader.Arn }
  Caller: { Value: !GetAtt Caller.Arn }
  Box: { Value: !Ref Box }
""", src__app_dot_py="""
import boto3
def handler(event, context):
    keys = boto3.client("sts").assume_role(RoleArn=event["role"], RoleSessionName="from-a-function")["Credentials"]
    s3 = boto3.client("s3", aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
                      aws_session_token=keys["SessionToken"])
    return s3.get_object(Bucket=event["box"], Key="open/a")["Body"].read().decode()
""")
    made = server.deploy(template, "roles")
    box, reader = made["Box"], made["Reader"]
    for key in ("open/a", "closed/a"):
        server.boto3("s3").put_object(Bucket=box, Key=key, Body=b"hello")
    keys = server.boto3("sts").assume_role(RoleArn=reader, RoleSessionName="me", DurationSeconds=900)

    def client(service):
        given = keys["Credentials"]
        return boto3.client(
            service, endpoint_url=server.card["aws"]["endpoint"], region_name="us-east-1", aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"], aws_session_token=given["SessionToken"],
            config=botocore.config.Config(retries={"total_max_attempts": 1}))
    identity = client("sts").get_caller_identity()
    assert identity["Arn"] == keys["AssumedRoleUser"]["Arn"] and identity["Arn"].endswith("/me")
    # What the role allows, and nothing else of the same service or another.
    assert client("s3").get_object(Bucket=box, Key="open/a")["Body"].read() == b"hello"
    assert refusal(client("s3").get_object, Bucket=box, Key="closed/a") == "AccessDenied"
    assert refusal(client("s3").put_object, Bucket=box, Key="open/b", Body=b"x") == "AccessDenied"
    assert refusal(client("s3").list_objects_v2, Bucket=box) == "AccessDenied"
    assert refusal(client("s3").list_buckets) == "AccessDenied"
    assert refusal(client("secretsmanager").list_secrets) == "AccessDeniedException"
    assert refusal(client("lambda").list_functions) == "AccessDeniedException"
    assert refusal(client("workmail").list_organizations) == "AccessDeniedException"
    assert refusal(client("sts").assume_role, RoleArn=made["Caller"], RoleSessionName="up") == "AccessDenied"
    # A function assumes it, too, since the role trusts the function's; the other way it does not.
    assert call(server, made["FunctionArn"], {"role": reader, "box": box}) == "hello"
    failed = server.boto3("lambda").invoke(FunctionName=made["FunctionArn"], Payload=json.dumps({"role": made["Caller"], "box": box}))
    assert "AccessDenied" in json.loads(failed["Payload"].read())["errorMessage"]
    clock.advance(901)
    assert refusal(client("s3").get_object, Bucket=box, Key="open/a") == "ExpiredToken"
    assert refusal(client("sts").get_caller_identity) == "ExpiredToken"
    assert refusal(client("workmail").list_organizations) == "ExpiredTokenException"


def test_secrets_parameters_and_log_groups_are_there_for_the_function(server, project):
    template = project("Parameters: { Password: { Type: String, NoEcho: true } }\n" + HEAD + """  Api:
    Type: AWS::SecretsManager::Secret
    Properties: { Description: a pair, SecretString: !Sub '{"user":"u","password":"${Password}"}' }
  Made:
    Type: AWS::SecretsManager::Secret
    Properties:
      Name: made/by-the-template
      GenerateSecretString: { SecretStringTemplate: '{"user":"m"}', GenerateStringKey: password, PasswordLength: 24 }
  Limit: { Type: AWS::SSM::Parameter, Properties: { Name: /mail/limit, Type: String, Value: '25' } }
  List: { Type: AWS::SSM::Parameter, Properties: { Type: StringList, Value: 'a,b' } }
  Lines: { Type: AWS::Logs::LogGroup, Properties: { LogGroupName: /mail/lines, RetentionInDays: 30 } }
""" + function("""      LoggingConfig: { LogGroup: !Ref Lines }
      Policies:
        - AWSSecretsManagerGetSecretValuePolicy: { SecretArn: !Ref Api }
        - AWSSecretsManagerGetSecretValuePolicy: { SecretArn: !Ref Made }
        - SSMParameterReadPolicy: { ParameterName: mail/limit }
        - SSMParameterReadPolicy: { ParameterName: !Ref List }
      Environment: { Variables: { API: !Ref Api, LIST: !Ref List } }
""") + OUTPUT, src__app_dot_py="""
import boto3, json, os
def handler(event, context):
    print("to a group of its own")
    secrets, ssm = boto3.client("secretsmanager"), boto3.client("ssm")
    def secret(name):
        return json.loads(secrets.get_secret_value(SecretId=name)["SecretString"])
    def parameter(name):
        return ssm.get_parameter(Name=name)["Parameter"]["Value"]
    try:
        denied = secret("not/mine")
    except Exception as problem:
        denied = problem.response["Error"]["Code"]
    return [secret(os.environ["API"]), secret("made/by-the-template"), parameter("/mail/limit"), parameter(os.environ["LIST"]), denied]
""")
    server.boto3("secretsmanager").create_secret(Name="not/mine", SecretString="{}")
    arn = server.deploy(template, "declared", Password="hush")["FunctionArn"]
    pair, made, limit, several, denied = call(server, arn)
    assert pair == {"user": "u", "password": "hush"} and (limit, several) == ("25", "a,b")
    assert made["user"] == "m" and len(made["password"]) == 24
    assert denied == "AccessDeniedException"
    logs = server.boto3("logs")
    assert "to a group of its own" in [e["message"] for e in logs.filter_log_events(logGroupName="/mail/lines")["events"]]
    [group] = logs.describe_log_groups(logGroupNamePrefix="/mail/lines")["logGroups"]
    assert group["retentionInDays"] == 30
    # A deploy makes no new password; another value reaches the next event; a delete takes everything along.
    template.write_text(template.read_text().replace("Value: '25'", "Value: '26'"))
    server.deploy(template, "declared")
    again = call(server, arn)
    assert again[:3] == [pair, made, "26"]
    server.run("delete", "declared")
    assert refusal(server.boto3("ssm").get_parameter, Name="/mail/limit") == "ParameterNotFound"
    assert refusal(server.boto3("secretsmanager").get_secret_value, SecretId="made/by-the-template") == "ResourceNotFoundException"


def test_versions_and_aliases_that_a_template_names(server, project):
    text = HEAD + function() + """  One: { Type: AWS::Lambda::Version, Properties: { FunctionName: !Ref F, Description: the first } }
  Live: { Type: AWS::Lambda::Alias, Properties: { FunctionName: !Ref F, FunctionVersion: !GetAtt One.Version, Name: live } }
Outputs: { FunctionArn: { Value: !GetAtt F.Arn }, Live: { Value: !Ref Live }, One: { Value: !Ref One } }
"""
    code = "def handler(event, context):\n    return ['first', context.function_version, context.invoked_function_arn]\n"
    template = project(text, src__app_dot_py=code)
    made = server.deploy(template, "versions")
    arn = made["FunctionArn"]
    assert made["Live"] == arn + ":live" and made["One"] == arn + ":1"
    assert call(server, made["Live"]) == ["first", "1", arn + ":live"]
    # New code alone does not reach the alias: a version is what it was, until the template names another.
    template = project(text, src__app_dot_py=code.replace("first", "second"))
    server.deploy(template, "versions")
    assert call(server, arn)[:2] == ["second", "$LATEST"] and call(server, made["Live"])[:2] == ["first", "1"]
    more = text.replace("  Live:", "  Two: { Type: AWS::Lambda::Version, Properties: { FunctionName: !Ref F } }\n  Live:")
    template = project(more.replace("!GetAtt One.Version", "!GetAtt Two.Version"), src__app_dot_py=code.replace("first", "second"))
    server.deploy(template, "versions")
    assert call(server, made["Live"]) == ["second", "2", arn + ":live"] and call(server, made["One"])[:2] == ["first", "1"]
    assert [one["Version"] for one in server.boto3("lambda").list_versions_by_function(FunctionName=arn)["Versions"]] == ["$LATEST", "1", "2"]


PYTHON_LOG = """
import logging
def handler(event, context):
    logging.getLogger("mail").warning("careful: %s", "ü", extra={"queue": 7})
    logging.info("nobody sees this")
    print("plain")
    try:
        {}["absent"]
    except KeyError:
        logging.exception("lost")
    raise ValueError("as told")
"""
NODE_LOG = """
exports.handler = async () => {
  console.warn("careful: %s", "ü"); console.info({ queue: 7 }); console.debug("nobody sees this"); console.error(new RangeError("far"));
  throw new TypeError("as told");
};
"""


@pytest.mark.parametrize("language", ["python", "node"])
def test_a_log_in_json(server, project, language):
    code = {"src__app_dot_py": PYTHON_LOG} if language == "python" else {"src__app_dot_js": NODE_LOG}
    level = "WARN" if language == "python" else "INFO"
    template = project(
        HEAD + function(f"      LoggingConfig: {{ LogFormat: JSON, ApplicationLogLevel: {level} }}\n",
                        runtime="python3.12" if language == "python" else "nodejs20.x") + OUTPUT, **code)
    arn = server.deploy(template, f"json-{language}")["FunctionArn"]
    shown = server.boto3("lambda").get_function_configuration(FunctionName=arn)["LoggingConfig"]
    assert (shown["LogFormat"], shown["ApplicationLogLevel"]) == ("JSON", level)
    answer = server.boto3("lambda").invoke(FunctionName=arn)
    assert json.loads(answer["Payload"].read())["errorMessage"] == "as told"
    request = answer["ResponseMetadata"]["RequestId"]
    lines = log_of(server, arn)
    assert not [line for line in lines if "nobody sees this" in line]
    entries = [json.loads(line) for line in lines if line.startswith("{")]
    # Text that the function writes by itself stays as it is, and nothing else is no JSON.
    assert [line for line in lines if not line.startswith("{")] == (["plain"] if language == "python" else [])
    for entry in entries:
        datetime.datetime.fromisoformat(entry.get("timestamp") or entry["time"])
    platform = {entry["type"]: entry["record"] for entry in entries if "type" in entry}
    assert platform["platform.start"]["requestId"] == request and platform["platform.start"]["version"] == "$LATEST"
    report = platform["platform.report"]
    assert report["requestId"] == request and report["status"] == "error" and report["metrics"]["memorySizeMB"] == 128
    own = [entry for entry in entries if "type" not in entry]
    assert {entry["requestId"] for entry in own} == {request}
    [careful] = [entry for entry in own if entry.get("message") == "careful: ü"]
    if language == "python":
        assert (careful["level"], careful["logger"], careful["queue"]) == ("WARNING", "mail", 7)
        [lost] = [entry for entry in own if entry.get("message") == "lost"]
        assert (lost["errorType"], lost["level"]) == ("KeyError", "ERROR") and lost["stackTrace"] and "app.py:handler:" in lost["location"]
        [told] = [entry for entry in own if entry.get("errorMessage") == "as told"]
        assert (told["errorType"], told["log_level"]) == ("ValueError", "ERROR") and told["stackTrace"]
    else:
        assert careful["level"] == "WARN" and [entry for entry in own if entry["message"] == {"queue": 7} and entry["level"] == "INFO"]
        [far] = [entry for entry in own if entry.get("errorType") == "RangeError"]
        assert far["errorMessage"] == "far" and far["level"] == "ERROR" and far["stackTrace"]
        assert [entry for entry in own if entry["level"] == "ERROR" and "as told" in json.dumps(entry["message"])]


def test_a_boto3_that_knows_no_endpoint_variable_finds_this_system(server, project):
    template = project(HEAD + """  Old:
    Type: AWS::Serverless::LayerVersion
    Metadata: { BuildMethod: python3.12 }
    Properties: { ContentUri: old }
  Box: { Type: AWS::S3::Bucket }
""" + function("""      Layers: [ !Ref Old ]
      Environment: { Variables: { BOX: !Ref Box } }
      Policies: [ { S3CrudPolicy: { BucketName: !Ref Box } } ]
""") + OUTPUT, old__requirements_dot_txt="boto3==1.26.165\nurllib3<2\n", src__app_dot_py="""
import os, boto3, botocore.session
def handler(event, context):
    ways = [boto3.client("s3"), boto3.resource("s3").meta.client, boto3.Session(region_name="eu-west-1").client("s3"),
            botocore.session.get_session().create_client("s3", "us-west-2")]
    for number, s3 in enumerate(ways):
        s3.put_object(Bucket=os.environ["BOX"], Key=str(number), Body=b"by an old one")
    own = boto3.client("s3", endpoint_url="http://127.0.0.1:9").meta.endpoint_url
    return [boto3.__version__, own, boto3.client("sts").get_caller_identity()["Account"], len(ways)]
""")
    arn = server.deploy(template, "old-boto3")["FunctionArn"]
    assert call(server, arn) == ["1.26.165", "http://127.0.0.1:9", "000000000000", 4]


def test_code_and_layers_that_make_builds(server, project):
    template = project(
        HEAD + """  Parts:
    Type: AWS::Serverless::LayerVersion
    Metadata: { BuildMethod: makefile }
    Properties: { ContentUri: parts }
""" + function("      Layers: [ !Ref Parts ]\n", metadata="    Metadata: { BuildMethod: makefile }\n") + OUTPUT,
        parts__Makefile='build-Parts:\n\tmkdir -p "$(ARTIFACTS_DIR)/python"\n\tcp part.py "$(ARTIFACTS_DIR)/python/made_part.py"\n',
        parts__part_dot_py="VALUE = 42\n",
        src__Makefile='build-F:\n\tsed "s/WORD/made/" app.in > "$(ARTIFACTS_DIR)/app.py"\n',
        src__app_dot_in="import made_part, os\ndef handler(event, context):\n"
                        "    return ['WORD', made_part.VALUE, sorted(os.listdir(os.environ['LAMBDA_TASK_ROOT']))]\n")
    arn = server.deploy(template, "made")["FunctionArn"]
    assert call(server, arn) == ["made", 42, ["app.py"]]
    (template.parent / "src/Makefile").write_text("build-F:\n\techo no luck; false\n")
    done = server.run("deploy", str(template), "--stack", "made", check=False)
    assert done.returncode == 1 and b"no luck" in done.stderr and b"make build-F failed" in done.stderr
    assert call(server, arn)[0] == "made"


NODE = """
const greet = require("greeter");
exports.handler = async () => greet("mail");
"""
GREETER = {"package_dot_json": '{"name": "greeter", "version": "1.0.0", "main": "index.js"}',
           "index_dot_js": "module.exports = (name) => `hello ${name}`;\n"}


def test_packages_of_a_node_function_come_by_npm_a_layer_or_along(server, project):
    # npm installs what package.json names: here from a folder beside it, which asks no registry.
    files = {"src__app_dot_js": NODE, "src__package_dot_json": '{"name": "app", "dependencies": {"greeter": "file:./greeter"}}'}
    files |= {f"src__greeter__{name}": text for name, text in GREETER.items()}
    arn = server.deploy(project(HEAD + function(runtime="nodejs20.x") + OUTPUT, **files), "npm")["FunctionArn"]
    assert call(server, arn) == "hello mail"


def test_packages_of_a_node_layer_come_by_npm(server, project):
    files = {"src__app_dot_js": NODE, "packages__package_dot_json": '{"name": "packages", "dependencies": {"greeter": "file:./greeter"}}'}
    files |= {f"packages__greeter__{name}": text for name, text in GREETER.items()}
    template = project(HEAD + """  Packages:
    Type: AWS::Serverless::LayerVersion
    Metadata: { BuildMethod: nodejs20.x }
    Properties: { ContentUri: packages }
""" + function("      Layers: [ !Ref Packages ]\n", runtime="nodejs20.x") + OUTPUT, **files)
    assert call(server, server.deploy(template, "npm-layer")["FunctionArn"]) == "hello mail"


def test_packages_that_lie_in_a_layer_or_beside_the_code_are_taken_as_they_are(server, project):
    files = {"src__app_dot_js": NODE.replace("greeter", "beside") + 'exports.other = async () => require("greeter")("layer");\n'}
    files |= {f"packages__nodejs__node_modules__greeter__{name}": text for name, text in GREETER.items()}
    files |= {f"src__node_modules__beside__{name}": text for name, text in GREETER.items()}
    # Without being asked for: what lies there is there.
    files["src__package_dot_json"] = '{"name": "app", "dependencies": {"beside": "^1.0.0"}}'
    template = project(
        HEAD + "  Packages: { Type: AWS::Serverless::LayerVersion, Properties: { ContentUri: packages } }\n"
        + function("      Layers: [ !Ref Packages ]\n", runtime="nodejs20.x")
        + function("      Layers: [ !Ref Packages ]\n", runtime="nodejs20.x", handler="app.other", name="G")
        + "Outputs: { FunctionArn: { Value: !GetAtt F.Arn }, Other: { Value: !GetAtt G.Arn } }\n", **files)
    made = server.deploy(template, "npm-along")
    assert call(server, made["FunctionArn"]) == "hello mail" and call(server, made["Other"]) == "hello layer"


def test_a_package_that_npm_does_not_get_refuses_the_deploy(server, project):
    template = project(
        HEAD + function(runtime="nodejs20.x") + OUTPUT, src__app_dot_js=NODE,
        src__package_dot_json='{"name": "app", "dependencies": {"no-such-package-of-anybody": "^99.0.0"}}')
    done = subprocess.run(
        [BINARY, "deploy", str(template), "--stack", "npm-absent", "--data", server.directory], capture_output=True, text=True,
        timeout=PATIENCE, env={**os.environ, "npm_config_registry": "http://127.0.0.1:1/", "npm_config_fetch_retries": "0"})
    assert done.returncode == 1 and "npm could not install" in done.stderr and "npm-absent" not in server.run("stacks")
