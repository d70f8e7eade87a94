"""Run Lambda rules with real Python functions: what becomes of a message, also when the server is killed."""
import io
import json
import time
import zipfile

import pytest
from mailroom import MovedClock, Server, message, until

ROLE = "arn:aws:iam::000000000000:role/functions"

DECIDE = """
import json
def handler(event, context):
    subject = event["subject"] or ""
    local = event["envelope"]["recipients"][0]["address"]
    print("asked", event["messageId"], event["invocationId"])
    if subject.startswith("raise"):
        raise RuntimeError("as told")
    if subject.startswith("add"):
        return {"actions": [{"action": {"type": "DEFAULT"}, "allRecipients": True,
                             "recipients": ["bob@demo.mailroom.test", "spy@elsewhere.example"]}]}
    word = subject.split()[0] if subject else "DEFAULT"
    action = {"type": word}
    if word == "BOUNCE":
        action["parameters"] = {"bounceMessage": "the function says no"}
    return {"actions": [{"action": action, "allRecipients": "true"}]}
"""

REWRITE = """
import os, uuid, boto3
def handler(event, context):
    flow, s3 = boto3.client("workmailmessageflow"), boto3.client("s3")
    raw = flow.get_raw_message_content(messageId=event["messageId"])["messageContent"].read()
    new = raw.replace(b"Subject: ", b"Subject: [EXTERNAL] ", 1).replace(b"Hello", b"Goodbye")
    key = str(uuid.uuid4())
    s3.put_object(Bucket=os.environ["BUCKET"], Key=key, Body=new)
    flow.put_raw_message_content(messageId=event["messageId"],
                                 content={"s3Reference": {"bucket": os.environ["BUCKET"], "key": key}})
    if "fail" in (event["subject"] or ""):
        return None
    return {"actions": [{"action": {"type": "DEFAULT"}, "allRecipients": True}]}
"""

SLOW = """
import time
def handler(event, context):
    time.sleep(0.3)
    return {"actions": [{"action": {"type": "BYPASS_SPAM_CHECK"}, "allRecipients": True}]}
"""


def create(server, name, code, timeout=60, **environment):
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w") as archive:
        archive.writestr("app.py", code)
    client = server.boto3("lambda")
    client.create_function(
        FunctionName=name, Runtime="python3.12", Role=ROLE, Handler="app.handler", Timeout=timeout,
        Code={"ZipFile": octets.getvalue()}, Environment={"Variables": environment})
    client.add_permission(
        FunctionName=name, StatementId="workmail", Action="lambda:InvokeFunction",
        Principal=f"workmail.{server.card['region']}.amazonaws.com",
        SourceArn=f"arn:aws:workmail:{server.card['region']}:{server.card['account']}:organization/*")


def rule(server, name, sender, function, fallback="junk", timeout="0"):
    server.run("rule", "create", "--name", name, "--sender", sender, "--recipient", "*", "--action", "run-lambda",
               "--function", function, "--synchronous", "--fallback", fallback, "--timeout", timeout)


def spans(server, queue_id):
    return json.loads(server.run("trace", queue_id, "--json"))["Spans"]


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    return MovedClock(tmp_path_factory.mktemp("clock"))


@pytest.fixture(scope="module")
def server(clock):
    with Server(clock=clock) as running:
        yield running


@pytest.fixture(scope="module")
def functions(server):
    create(server, "decide", DECIDE)
    rule(server, "decide", "ask.example", "decide")
    return server


def send(server, subject, sender="x@ask.example", **more):
    return server.send(message(subject=subject, sender=sender), sender=sender, **more)


@pytest.mark.parametrize("subject,folder", [
    ("DEFAULT by function", "INBOX"), ("MOVE_TO_JUNK by function", "Junk E-mail"),
    ("BYPASS_SPAM_CHECK by function", "INBOX"), ("raise by function", "Junk E-mail"),
    ("QUARANTINE is no action", "Junk E-mail"),
])
def test_the_answer_decides_where_a_message_goes(functions, subject, folder):
    queue_id = send(functions, subject)
    assert functions.wait_for_subject(subject, folder)
    span = [s for s in spans(functions, queue_id) if s["Function"] == "decide"]
    assert len(span) == 1 and span[0]["RequestId"] and "event " in span[0]["Reason"]


def test_drop_is_silent(functions):
    queue_id = send(functions, "DROP it")
    [recipient] = until(lambda: [one for one in json.loads(functions.run("trace", queue_id, "--json"))["Recipients"] if one["Fate"] != "open"])
    assert recipient["Fate"] == "dropped"
    assert not [content for content in functions.contents() if b"Subject: DROP it" in content]


def test_a_bounce_carries_the_functions_text(functions):
    functions.run("rule", "create", "--name", "own", "--sender", functions.bob["email"], "--recipient", "*", "--action",
                  "run-lambda", "--function", "decide", "--synchronous", "--fallback", "junk", "--timeout", "0")
    send(functions, "BOUNCE it", sender=functions.bob["email"])
    found = functions.wait_for_subject("Delivery Status Notification (Failure)", user=functions.bob)
    assert b"the function says no" in found[0]


def test_a_function_adds_people_of_the_organization_only(functions):
    queue_id = send(functions, "add somebody")
    assert functions.wait_for_subject("add somebody", user=functions.bob)
    recipients = json.loads(functions.run("trace", queue_id, "--json"))["Recipients"]
    assert [r["Address"] for r in recipients] == [functions.alice["email"], functions.bob["email"]]


def test_a_failing_function_is_asked_again_until_the_fallback(functions, clock):
    rule(functions, "retry", "retry.example", "decide", timeout="4")
    queue_id = send(functions, "raise again and again", sender="x@retry.example")

    def asked():
        return [s for s in spans(functions, queue_id) if s["Function"] == "decide"]
    # Pauses grow from a second on; the rule's four minutes are over after the third.
    for attempts, seconds in ((1, 2), (2, 3), (3, 240)):
        assert until(lambda: len(asked()) >= attempts)
        [reason] = until(lambda: [e["Reason"] for e in json.loads(functions.run("queue", "list", "--json"))
                                  if e["Id"] == queue_id and e["Reason"]])
        assert "attempt" in reason and "as told" in reason and "fallback junk" in reason
        clock.advance(seconds)
    assert functions.wait_for_subject("raise again and again", "Junk E-mail")
    assert len(asked()) >= 3


def test_a_missing_permission_is_a_failure_that_says_so(functions):
    functions.boto3("lambda").remove_permission(FunctionName="decide", StatementId="workmail")
    try:
        queue_id = send(functions, "DEFAULT without permission")
        functions.wait_for_subject("DEFAULT without permission", "Junk E-mail")
        assert "aws lambda add-permission --function-name decide" in functions.run("trace", queue_id)
    finally:
        functions.boto3("lambda").add_permission(
            FunctionName="decide", StatementId="workmail", Action="lambda:InvokeFunction",
            Principal=f"workmail.{functions.card['region']}.amazonaws.com")


def test_replay_shows_and_changes_nothing(functions):
    queue_id = send(functions, "MOVE_TO_JUNK for replay", sender="x@elsewhere.example")
    functions.wait_for_subject("MOVE_TO_JUNK for replay")
    answer = json.loads(functions.run("replay", queue_id, "--function", "decide", "--json"))
    assert answer["IsValid"] and answer["Recipients"] == [{"Address": functions.alice["email"], "Decision": "junk"}]
    assert len(functions.wait_for_subject("MOVE_TO_JUNK for replay")) == 1


def test_rewritten_content_is_what_is_delivered(functions):
    functions.boto3("s3").create_bucket(Bucket="updates")
    functions.boto3("s3").put_bucket_policy(Bucket="updates", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": f"workmail.{functions.card['region']}.amazonaws.com"},
         "Action": "s3:GetObject", "Resource": "arn:aws:s3:::updates/*"}]}))
    create(functions, "rewrite", REWRITE, BUCKET="updates")
    rule(functions, "rewrite", "rewrite.example", "rewrite")
    send(functions, "Offer", sender="x@rewrite.example")
    assert functions.wait_for_subject("[EXTERNAL] Offer")
    queue_id = send(functions, "Hello there", sender="x@elsewhere.example")
    functions.wait_for_subject("Hello there")
    difference = json.loads(functions.run("replay", queue_id, "--function", "rewrite", "--json"))["Difference"]
    assert [line for line in difference if line[0] in "+-"] == ["-Subject: Hello there", "+Subject: [EXTERNAL] Goodbye there"]
    assert difference[0].startswith("@@ ") and " To: <alice@demo.mailroom.test>" in difference, difference
    send(functions, "fail Offer", sender="x@rewrite.example")
    assert functions.wait_for_subject("fail Offer", "Junk E-mail"), "the fallback delivers the original"


def test_a_rule_for_no_function_is_refused(functions):
    done = functions.run("rule", "create", "--name", "none", "--sender", "*", "--recipient", "*", "--action", "run-lambda",
                         "--function", "absent", check=False)
    assert done.returncode == 1 and b"there is no function" in done.stderr


def test_the_list_of_rules_says_which_function_and_what_else(functions):
    [line] = [line for line in functions.run("rule", "list").splitlines() if line.startswith("decide ")]
    assert line.endswith("run-lambda decide (synchronous, else junk after 0 min)"), line


def test_the_trace_has_what_a_function_said_and_every_attempt_of_an_asynchronous_one(functions, clock):
    queue_id = send(functions, "DEFAULT and said")
    functions.wait_for_subject("DEFAULT and said")
    [span] = [s for s in spans(functions, queue_id) if s["Function"] == "decide"]
    assert span["Log"][0].startswith("START RequestId: ") and span["Log"][-1].startswith("REPORT RequestId: ")
    assert any(line.startswith("asked " + queue_id) for line in span["Log"])
    assert "asked " + queue_id in functions.run("trace", queue_id)
    functions.run_lambda("later", "decide", "later.example", synchronous=False)
    queue_id = send(functions, "raise later", sender="x@later.example")

    def attempts():
        return [s for s in spans(functions, queue_id) if s["Function"] == "decide" and s["Decision"] != "queued"]
    for attempt, seconds in ((1, 60), (2, 120), (3, 0)):
        assert until(lambda: len(attempts()) == attempt), spans(functions, queue_id)
        assert attempts()[-1]["Decision"] == "failed"
        assert attempts()[-1]["Reason"] == f"asynchronous, $LATEST, attempt {attempt}: RuntimeError: as told"
        assert sum(line.startswith("asked ") for line in attempts()[-1]["Log"]) == 1, "each with its own lines"
        clock.advance(seconds)


def test_killed_in_the_middle_each_message_has_one_outcome(functions, tmp_path):
    with Server(data=str(tmp_path / "data")) as server:
        create(server, "slow", SLOW)
        rule(server, "slow", "slow.example", "slow", fallback="drop", timeout="240")
        for number in range(30):
            send(server, f"survivor {number:02}", sender="x@slow.example")
            if number == 20:
                server.kill()
                server.start()
        server.wait_for(30)
        assert until(lambda: not json.loads(server.run("queue", "list", "--json")))
        contents = server.contents()
        for number in range(30):
            assert sum(f"Subject: survivor {number:02}\r\n".encode() in c for c in contents) == 1, number


DELEGATE = """
import boto3, json
def handler(event, context):
    answer = boto3.client("lambda").invoke(FunctionName="reads-for-another", Payload=json.dumps({"messageId": event["messageId"]}))
    word = json.load(answer["Payload"])
    return {"actions": [{"action": {"type": "BOUNCE", "parameters": {"bounceMessage": word}}, "allRecipients": True}]}
"""

READ = """
import boto3
def handler(event, context):
    flow = boto3.client("workmailmessageflow")
    try:
        return "body was " + flow.get_raw_message_content(messageId=event["messageId"])["messageContent"].read().split()[-1].decode()
    except flow.exceptions.ResourceNotFoundException:
        return "nothing"
"""


PAIR = """
Transform: AWS::Serverless-2016-10-31
Globals: { Function: { Runtime: python3.12, Timeout: 30, CodeUri: src } }
Resources:
  Delegates:
    Type: AWS::Serverless::Function
    Properties: { Handler: delegates.handler, Policies: [ { LambdaInvokePolicy: { FunctionName: reads-for-another } } ] }
  Reads:
    Type: AWS::Serverless::Function
    Properties: { FunctionName: reads-for-another, Handler: reads.handler, Policies: [ AmazonWorkMailMessageFlowReadOnlyAccess ] }
  WorkMailPermission:
    Type: AWS::Lambda::Permission
    Properties: { Action: lambda:InvokeFunction, FunctionName: !Ref Delegates, Principal: !Sub "workmail.${AWS::Region}.amazonaws.com" }
"""


def test_a_function_that_a_rules_function_invokes_reads_the_message_too(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src/delegates.py").write_text(DELEGATE)
    (tmp_path / "src/reads.py").write_text(READ)
    (tmp_path / "template.yaml").write_text(PAIR)
    with Server() as server:
        server.deploy(tmp_path / "template.yaml", "pair")
        server.run_lambda("own", "pair/Delegates", server.bob["email"])
        queue_id = server.send(message(subject="for another", body="xyzzy", sender=server.bob["email"]), sender=server.bob["email"])
        assert until(lambda: [one for one in server.contents(user=server.bob) if b"body was xyzzy" in one])
        # Once nobody is at work on it, it is a function's message no more.
        answer = json.load(server.boto3("lambda").invoke(
            FunctionName="reads-for-another", Payload=json.dumps({"messageId": queue_id}))["Payload"])
        assert answer == "nothing"
