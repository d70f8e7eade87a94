"""Functions of outbound rules in bad and good times: they are down, they wait, and they hear of a message what they should."""
import collections
import json
import re
import smtplib

import pytest
from mailroom import ROOT, Server, until
from outside import Nameserver, OtherServer
from test_outbound import arrived, fates, mail, settled, submit
from test_run_lambda import create

DEPTH = 5

DOWN = """
import boto3
def handler(event, context):
    print("asked", event["invocationId"], event["messageId"])
    if boto3.client("ssm").get_parameter(Name="/function")["Parameter"]["Value"] != "up":
        raise RuntimeError("down")
    return {"actions": [{"action": {"type": "DEFAULT"}, "allRecipients": True}]}
"""

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  State: { Type: AWS::SSM::Parameter, Properties: { Name: /function, Type: String, Value: down } }
  Gate:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: app.handler
      Runtime: python3.12
      Timeout: 15
      Policies: [ { Version: "2012-10-17", Statement: [ { Effect: Allow, Action: "ssm:GetParameter", Resource: "*" } ] } ]
  Permission:
    Type: AWS::Lambda::Permission
    Properties: { Action: "lambda:InvokeFunction", FunctionName: !Ref Gate, Principal: workmail.us-east-1.amazonaws.com }
"""

TELL = """
import json
def handler(event, context):
    print("heard", json.dumps(event))
    return {"actions": [{"action": {"type": "DEFAULT"}, "allRecipients": True}]}
"""


@pytest.fixture(scope="module")
def outside():
    with OtherServer() as other, Nameserver({
        ("outside.example", "MX"): ["10 mx.outside.example."], ("mx.outside.example", "A"): ["127.0.0.1"],
        ("acme.example", "MX"): ["10 mx.acme.example."], ("acme.example", "TXT"): ['"v=spf1 mx -all"', '"other"'],
        ("bare.example", "MX"): ["10 mx.acme.example."],
        ("mx.acme.example", "A"): ["11.22.33.44"], ("44.33.22.11.in-addr.arpa", "PTR"): ["host44.provider.example."],
    }) as names:
        other.names = names
        yield other


def arguments(outside):
    parameters = {"Outside": "send", "OutsidePort": outside.port, "OutsideNameservers": outside.names.address,
                  "OutsidePrivate": "true", "RetryFirst": "1s", "RetryLast": "1s"}
    return [word for name, value in parameters.items() for word in ("--parameter", f"{name}={value}")]


@pytest.fixture(scope="module")
def server(outside):
    with Server(arguments=arguments(outside)) as running:
        yield running


def test_f120_a_function_that_is_down_makes_clients_wait_and_what_was_taken_leaves_once(outside, tmp_path):
    """More than the queue's depth is answered 4xx; a kill changes neither that nor an invocation id."""
    head, queue, rest = (ROOT / "templates/mailroom.yaml").read_text().partition("  Outbound:\n    Type: Mailroom::Queue")
    assert queue and "DepthMax: 100000" in rest
    system = tmp_path / "mailroom.yaml"
    system.write_text(head + queue + rest.replace("DepthMax: 100000", f"DepthMax: {DEPTH}", 1))
    (tmp_path / "gate").mkdir()
    (tmp_path / "gate/app.py").write_text(DOWN)
    (tmp_path / "gate/template.yaml").write_text(TEMPLATE)
    server = Server(data=str(tmp_path / "data"), log=str(tmp_path / "log"), arguments=["--template", str(system), *arguments(outside)])
    refusals, taken = [], []

    def offer():
        try:
            taken.append(submit(server, mail(server, f"held {len(taken)}"), "carol@outside.example"))
        except smtplib.SMTPConnectError as refusal:
            refusals.append(refusal.smtp_code)
        return refusals

    def asked():
        return collections.Counter(re.findall(r"asked (\S+) ", server.run("logs", "gate/Gate")))
    with server:
        server.deploy(tmp_path / "gate/template.yaml", "gate")
        server.run_lambda("gate", "gate/Gate", "*", direction="outbound", fallback="bounce", minutes=60)
        assert until(offer) == [421] and len(taken) >= DEPTH
        # What comes from other servers has a queue of its own.
        server.send(mail(server, "still in", to=server.alice["email"]))
        server.wait_for_subject("still in")
        before = until(lambda: (found := asked()) and len(found) == len(taken) and found)
        server.kill()
        server.start()
        assert until(lambda: sum(asked().values()) > sum(before.values())), "they are asked again after a restart"
        assert set(fates(server, taken[0]).values()) == {"open"}
        server.boto3("ssm").put_parameter(Name="/function", Value="up", Type="String", Overwrite=True)
        for queue_id in taken:
            assert settled(server, queue_id) == {"carol@outside.example": "relayed"}
        assert len(asked()) == len(taken), "an invocation id for each message, over retries and restarts"
        count = len(taken)
        assert until(lambda: offer() and len(taken) > count), "the queue has room again"
        assert arrived(outside, f"held {count}")
        subjects = [subject for subject in outside.subjects() if subject.startswith("held ")]
        assert sorted(subjects) == sorted(f"held {number}" for number in range(len(taken)))


def test_the_event_names_the_owner_and_who_sent_on_behalf(server):
    create(server, "tell", TELL)
    server.run_lambda("tell", "tell", "*", direction="outbound")
    ids = {one["Email"]: one["Id"] for one in json.loads(server.run("user", "list", "--json")) if "Email" in one}
    workmail = server.boto3("workmail")
    permission = dict(OrganizationId=server.card["organization"]["id"], EntityId=ids[server.bob["email"]],
                      GranteeId=ids[server.alice["email"]])

    def heard(content):
        queue_id = submit(server, content, ["carol@outside.example", server.bob["email"]])
        line = until(lambda: next((one for one in server.run("logs", "tell").splitlines() if "heard" in one and queue_id in one), None))
        event = json.loads(line.partition("heard ")[2])
        assert event["messageId"] == queue_id and event["flowDirection"] == "OUTBOUND" and not event["truncated"]
        assert event["envelope"]["recipients"] == [{"address": "carol@outside.example"}, {"address": server.bob["email"]}]
        raw = server.boto3("workmailmessageflow").get_raw_message_content(messageId=queue_id)["messageContent"].read()
        assert raw.startswith(b"Received: from authenticated-user")
        return event["envelope"]["mailFrom"]["address"], (event["sender"] or {}).get("address"), event["subject"]
    alice, bob = server.alice["email"], server.bob["email"]
    try:
        assert heard(mail(server, "own")) == (alice, None, "own")
        assert heard(f"From: {alice}\r\n\r\nwithout a subject\r\n".encode()) == (alice, None, None)
        workmail.put_mailbox_permissions(**permission, PermissionValues=["SEND_ON_BEHALF"])
        assert heard(mail(server, "for bob", user=server.bob)) == (bob, alice, "for bob")
        workmail.put_mailbox_permissions(**permission, PermissionValues=["SEND_AS"])
        assert heard(mail(server, "as bob", user=server.bob)) == (bob, None, "as bob")
        assert heard(mail(server, "as bob", headers=f"Sender: <{bob}>\r\n", user=server.bob)) == (bob, None, "as bob")
    finally:
        workmail.delete_mailbox_permissions(
            OrganizationId=permission["OrganizationId"], EntityId=permission["EntityId"], GranteeId=permission["GranteeId"])
        server.run("rule", "delete", "--direction", "outbound", "--name", "tell")


def test_a_second_person_lets_a_message_go(server, outside):
    server.run("user", "create", "approvals@demo.mailroom.test")
    outputs = server.deploy(
        ROOT / "templates/functions/four-eyes-approval/template.yaml", "four", Approver=server.bob["email"],
        ApprovalFrom="approvals@demo.mailroom.test", OwnDomains="demo.mailroom.test", AskAgainSeconds=1)
    server.run_lambda("four", outputs["FunctionArn"], "*", direction="outbound", fallback="bounce")
    server.run_lambda("decide", outputs["DecideFunctionArn"], server.bob["email"])
    try:
        queue_id = submit(server, mail(server, "a contract"), "carol@outside.example")
        request = until(lambda: [one for one in server.contents(user=server.bob) if b"] a contract" in one])[0]
        # The request is on its way before the function has answered.
        assert until(lambda: "asked to wait" in server.run("queue", "list"))
        subject = re.search(rb"Subject: (.*?)\r\n(?! )", request, re.S)[1].replace(b"\r\n", b"").decode()
        assert "a contract" not in outside.subjects()
        reply = mail(server, f"Re: {subject}", to="approvals@demo.mailroom.test", user=server.bob)
        submit(server, reply.replace(b"It works", b"APPROVE"), "approvals@demo.mailroom.test", user=server.bob)
        assert settled(server, queue_id) == {"carol@outside.example": "relayed"} and arrived(outside, "a contract")
    finally:
        server.run("rule", "delete", "--direction", "outbound", "--name", "four")
        server.run("rule", "delete", "--name", "decide")


def test_check_says_by_which_name_mail_leaves_and_whether_the_dns_vouches_for_it(outside, tmp_path):
    production = Server(data=str(tmp_path / "data"), log=str(tmp_path / "log"), verb="serve",
                        arguments=["--address", "127.0.0.1", "--hostname", "mx.acme.example", *arguments(outside)])
    with production:
        production.run("org", "create", "acme", "--domain", "acme.example", "--domain", "bare.example")

        def found():
            return {one["What"]: one for one in json.loads(production.run("check", "--json", check=False).stdout)}
        findings = found()
        assert findings["sending"]["Good"] and "mx.acme.example" in findings["sending"]["Detail"]
        assert "only a message shows" in findings["sending"]["Detail"], "port 25 is not tried"
        assert "host44.provider.example" in findings["name mx.acme.example"]["Detail"]
        assert "PTR" in findings["name mx.acme.example"]["Next"]
        assert findings["SPF acme.example"]["Good"] and "mx -all" in findings["SPF acme.example"]["Detail"]
        assert "v=spf1 mx a:mx.acme.example -all" in findings["SPF bare.example"]["Next"]
        outside.names.records[("44.33.22.11.in-addr.arpa", "PTR")] = ["mx.acme.example."]
        assert found()["name mx.acme.example"]["Good"]


def test_check_says_that_development_sends_nothing(tmp_path):
    with Server(data=str(tmp_path / "data"), log=str(tmp_path / "log")) as server:
        assert "Outside=send" in server.run("check")
