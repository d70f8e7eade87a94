"""A function is known by the names its author has for it, and tells what it is and did."""
import json
import urllib.request

import pytest
from mailroom import Server, message, until

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  %s:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        def handler(event, context):
            print('asked')
            if event.get('fail'):
                raise ValueError('asked to')
            if 'flowDirection' in event:
                return {'actions': [{'allRecipients': True, 'action': {'type': 'DROP'}}]}
            return {'ran': context.function_name, 'version': context.function_version, 'event': event}
      Handler: index.handler
      Runtime: python3.12
      Timeout: 60
      AutoPublishAlias: live
      Environment: { Variables: { TOKEN: do-not-show-this } }
      %s
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref %s
      Principal: !Sub 'workmail.${AWS::Region}.amazonaws.com'
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server() as running:
        for stack, logical, more in (
                ("one", "Greet", ""), ("two", "Greet", ""),
                ("three", "OnlyHere", "FunctionName: plain-name")):
            path = tmp_path_factory.mktemp(stack) / "template.yaml"
            path.write_text(TEMPLATE % (logical, more, logical))
            running.run("deploy", str(path), "--stack", stack)
        yield running


def described(server, name):
    return json.loads(server.run("functions", name, "--json"))


def ran(server, name):
    return json.loads(server.run("invoke", name))["ran"]


def refused(server, *words):
    done = server.run(*words, check=False)
    assert done.returncode == 1 and done.stderr.count(b"\n") == 1, done
    return done.stderr.decode()


def test_every_name_finds_the_same_function(server):
    arn = described(server, "one/Greet")["Arn"]
    name = arn.rsplit(":", 1)[1]
    assert name.startswith("one-Greet-")
    for spelling in (name, arn, "one/Greet", f"{name}:live", f"{arn}:live", "one/Greet:live", "one/GreetAliaslive"):
        assert ran(server, spelling) == name, spelling
    for spelling in ("plain-name", "OnlyHere", "three/OnlyHere", "OnlyHere:live", "OnlyHere:1", "OnlyHere:$LATEST"):
        assert ran(server, spelling) == "plain-name", spelling
    assert json.loads(server.run("invoke", "OnlyHere:live"))["version"] == "1"
    assert described(server, "mailroom/MXReceive")["Name"] == described(server, "MXReceive")["Name"] == "MXReceive"


def test_a_logical_id_of_several_stacks_is_told_with_all_of_them(server):
    for words in (("invoke", "Greet"), ("functions", "Greet"), ("logs", "Greet"), ("event", "--function", "Greet"),
                  ("rule", "create", "--name", "r", "--sender", "*", "--recipient", "*", "--action", "run-lambda", "--function", "Greet")):
        told = refused(server, *words)
        assert "one/Greet, two/Greet" in told, told


def test_a_name_that_is_none_is_answered_with_what_was_perhaps_meant(server):
    assert "did you mean plain-name?" in refused(server, "invoke", "plain-nam")
    assert "did you mean one/Greet?" in refused(server, "invoke", "one/Gret")
    assert "did you mean three/OnlyHere?" in refused(server, "logs", "OnlyHer")
    assert "there are " in refused(server, "invoke", "zzzzzzzzzzzzzzzz")
    assert "stack three has three/OnlyHere" in refused(server, "invoke", "three")
    assert "no version or alias old; there are live, 1" in refused(server, "invoke", "one/Greet:old")
    for spelling in ("/", "one/", "/Greet", ":", "one/Greet/more", "arn:aws:lambda:::function:"):
        refused(server, "invoke", spelling)


def test_counts_and_the_last_call_are_shown(server):
    before = described(server, "two/Greet")
    assert (before["Invocations"], before["Failures"], before["LastInvokedAt"]) == (0, 0, None)
    ran(server, "two/Greet")
    assert server.run("invoke", "two/Greet", "--event", "-", stdin=b'{"fail": 1}', check=False).returncode == 1
    after = described(server, "two/Greet")
    assert (after["Invocations"], after["Failures"]) == (2, 1) and after["LastInvokedAt"].endswith("Z")
    assert after["MeanMilliseconds"] > 0
    listed = {f["Name"]: f for f in json.loads(server.run("functions", "--json"))}
    assert {k: listed[after["Name"]][k] for k in listed[after["Name"]]} == {k: after[k] for k in listed[after["Name"]]}
    assert listed["MXReceive"]["Stack"] == "mailroom"
    table = server.run("functions")
    assert "two/Greet" in table and "LAST" in table
    metrics = urllib.request.urlopen(server.http("/metrics")).read().decode()
    assert f'mailroom_user_function_invocations_total{{function="{after["Name"]}"}} 2' in metrics
    assert f'mailroom_user_function_failures_total{{function="{after["Name"]}"}} 1' in metrics


def test_details_tell_everything_but_secrets(server):
    shown = described(server, "two/Greet")
    assert shown["Stack"] == "two/Greet" and shown["Environment"] == ["TOKEN"] and shown["Aliases"] == ["live -> 1"]
    assert shown["Handler"] == "index.handler (python3.12)" and shown["Triggers"] == ["rule"]
    assert "do-not-show-this" not in json.dumps(shown) + server.run("functions", "two/Greet")


def test_logs_are_found_by_the_same_names_before_and_after_the_first_line(server, tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE % ("Quiet", "", "Quiet"))
    server.run("deploy", str(path), "--stack", "quiet")
    assert server.run("logs", "quiet/Quiet") == ""
    name = ran(server, "Quiet")
    for spelling in ("Quiet", "quiet/Quiet", name, f"/aws/lambda/{name}"):
        assert until(lambda: "asked" in server.run("logs", spelling)), spelling
    server.run("delete", "quiet")
    assert "asked" in server.run("logs", name), "what a deleted function wrote is still there"
    assert "no function quiet/Quiet" in refused(server, "logs", "quiet/Quiet")
    assert "no log group /none" in refused(server, "logs", "/none")


def test_rules_replay_and_events_take_them_too(server):
    event = json.loads(server.run("event", "--function", "OnlyHere"))
    assert event["flowDirection"] == "INBOUND"
    server.send(message(subject="über alles gut"))
    real = json.loads(server.run("event", "--message", "last"))
    assert real["subject"] == "über alles gut" and real["envelope"]["recipients"] == [{"address": server.alice["email"]}]
    assert "would" not in server.run("replay", "last", "--function", "OnlyHere")
    answer = json.loads(server.run("replay", "last", "--function", "three/OnlyHere", "--json"))
    assert answer["IsValid"] and answer["Recipients"] == [{"Address": server.alice["email"], "Decision": "drop"}]
    assert "built in" in refused(server, "replay", "last", "--function", "Delivery")
    server.run("rule", "create", "--name", "theirs", "--sender", "*", "--recipient", "*", "--action", "run-lambda",
               "--function", "three/OnlyHere", "--synchronous", "--fallback", "default", "--timeout", "0")
    assert described(server, "OnlyHere")["Rules"] == ["demo/theirs"]
    assert json.loads(server.run("rule", "list", "--json"))[0]["Function"].endswith(":function:plain-name")
    server.send(message(subject="dropped"))
    assert until(lambda: "dropped" in server.run("trace", "last"))
    server.run("rule", "delete", "--name", "theirs")
    server.run_lambda("theirs", "three/OnlyHere", "*", direction="outbound")
    assert json.loads(server.run("event", "--function", "OnlyHere"))["flowDirection"] == "OUTBOUND"
    server.run("rule", "delete", "--direction", "outbound", "--name", "theirs")
    assert json.loads(server.run("event", "--function", "MXReceive")) == json.loads(server.run("event", "smtp-message"))


def test_the_event_of_what_calls_a_function_names_the_bucket_or_schedule(server, tmp_path):
    path = tmp_path / "template.yaml"
    code = 'InlineCode: "def handler(event, context): return event"'
    path.write_text("""
Transform: AWS::Serverless-2016-10-31
Globals: { Function: { Runtime: python3.12, Handler: index.handler } }
Resources:
  Box: { Type: AWS::S3::Bucket, Properties: { BucketName: box-of-events } }
  Stored:
    Type: AWS::Serverless::Function
    Properties: { CODE, Events: { New: { Type: S3, Properties: { Bucket: !Ref Box, Events: 's3:ObjectCreated:*' } } } }
  Nightly:
    Type: AWS::Serverless::Function
    Properties: { CODE, Events: { Clock: { Type: Schedule, Properties: { Schedule: rate(1 day), Name: every-night } } } }
  Alone: { Type: AWS::Serverless::Function, Properties: { CODE } }
""".replace("CODE", code))
    server.run("deploy", str(path), "--stack", "called")
    record = json.loads(server.run("event", "--function", "Stored"))["Records"][0]
    assert record["s3"]["bucket"]["name"] == "box-of-events" and record["s3"]["bucket"]["arn"] == "arn:aws:s3:::box-of-events"
    event = json.loads(server.run("event", "--function", "called/Nightly", "--set", "detail.x=1"))
    assert event["resources"][0].endswith(":rule/every-night") and event["detail"] == {"x": 1}
    assert "nothing calls Alone" in refused(server, "event", "--function", "Alone")
    assert described(server, "Stored")["Triggers"] == ["bucket box-of-events"]
    assert described(server, "Nightly")["Triggers"] == ["schedule every-night"]
    assert server.run("event", "schedule", "--function", "Alone", check=False).returncode == 2
