"""kill -9 of the server, of a function's process and of both, while mail passes a synchronous function (faults.md F99, F118):
each message has one outcome, each invocationId one effect. Inbound, and outbound from user to user, which is both flows."""
import collections
import email
import io
import json
import os
import pathlib
import random
import re
import signal
import smtplib
import ssl
import threading
import time
import zipfile

import pytest
from mailroom import PATIENCE, Server, message, until

MESSAGES = int(os.environ.get("MAILROOM_KILL_MESSAGES", "1000"))
# How many more users send.
SUBMITTED = MESSAGES // 3
SENDERS = 4
# Messages under way at most: a long queue before a function that was slow once is let in slowly, which takes a test's time.
UNDER_WAY = 40

# Plain HTTP and a signature by hand: a start that takes no time lets more kills happen in the same minute.
STAMP = """
import datetime, hashlib, hmac, http.client, json, os, urllib.parse

def ask(method, path, service, body=b""):
    place = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc
    moment = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = "/".join((moment[:8], os.environ["AWS_REGION"], service, "aws4_request"))
    fields = {"host": place, "x-amz-content-sha256": hashlib.sha256(body).hexdigest(), "x-amz-date": moment,
              "x-amz-security-token": os.environ["AWS_SESSION_TOKEN"]}
    names = ";".join(fields)
    request = "\\n".join([method, path, "", *(f"{name}:{value}" for name, value in fields.items()), "", names,
                          fields["x-amz-content-sha256"]])
    text = "\\n".join(("AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(request.encode()).hexdigest()))
    key = ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in (*scope.split("/"), text):
        key = hmac.digest(key, part.encode(), "sha256")
    fields["Authorization"] = (f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/{scope}, "
                               f"SignedHeaders={names}, Signature={key.hex()}")
    connection = http.client.HTTPConnection(place, timeout=60)
    connection.request(method, path, body or None, fields)
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == 200, (answer.status, content)
    return content

def handler(event, context):
    message = "/messages/" + event["messageId"]
    content = ask("GET", message, "workmailmessageflow")
    head, end, body = content.partition(b"\\r\\n\\r\\n")
    stamped = head + b"\\r\\nX-Effect: " + event["invocationId"].encode() + end + body
    # The content of an attempt has a name of its own; the effect is named by the invocation.
    ask("PUT", "/effects/content/" + context.aws_request_id, "s3", stamped)
    ask("PUT", "/effects/by-invocation/" + event["invocationId"], "s3", event["messageId"].encode())
    reference = {"bucket": "effects", "key": "content/" + context.aws_request_id}
    ask("POST", message, "workmailmessageflow", json.dumps({"content": {"s3Reference": reference}}).encode())
    return {"actions": [{"action": {"type": "DEFAULT"}, "allRecipients": True}]}
"""

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Stamp:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: app.handler
      Runtime: python3.12
      Timeout: 60
      Policies:
        - AmazonWorkMailMessageFlowFullAccess
        - S3CrudPolicy: { BucketName: effects }
  WorkMailPermission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Stamp
      Principal: !Sub workmail.${AWS::Region}.amazonaws.com
Outputs:
  FunctionArn: { Value: !GetAtt Stamp.Arn }
"""


def descendants(process):
    """Ids and command lines of everything that a process has started, and what that has started."""
    parents = collections.defaultdict(list)
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(status[1])].append((int(entry.name), (entry / "cmdline").read_bytes()))
            except OSError:
                pass
    found, waiting = [], [process]
    while waiting:
        children = parents[waiting.pop()]
        found += children
        waiting += [child for child, _ in children]
    return found


def kill_a_function(server, generator):
    """Kills the process of one environment, if there is one; whether it did."""
    running = [child for child, command in descendants(server.process.pid) if b"bootstrap.py" in command]
    if not running:
        return False
    try:
        os.kill(generator.choice(running), signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


class Senders:
    """Threads that send until so many messages have their 250, whatever dies meanwhile."""

    def __init__(self, server, direction, phase, wanted):
        self.server, self.direction, self.phase, self.wanted = server, direction, phase, wanted
        self.accepted, self.lock, self.numbers = [], threading.Lock(), iter(range(10**9))
        self.delivered = 0
        self.threads = [threading.Thread(target=self.send) for _ in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def send(self):
        while True:
            try:
                with self.connect() as client:
                    while True:
                        if len(self.accepted) - self.delivered > UNDER_WAY:
                            time.sleep(0.01)
                            continue
                        with self.lock:
                            if len(self.accepted) >= self.wanted:
                                return
                            # A message without an answer is never sent again under its name.
                            token = f"{self.phase}-{next(self.numbers):05}"
                        content = (f"From: <{self.sender}>\r\nSubject: {token}\r\nDate: Fri, 20 Nov 2026 12:00:00 +0000\r\n\r\n"
                                   + f"{token}\r\n" * 20)
                        client.sendmail(self.sender, ["alice@demo.mailroom.test"], content)
                        with self.lock:
                            self.accepted.append(token)
            except Exception:
                time.sleep(0.05)

    @property
    def sender(self):
        return "a@stamp.example" if self.direction == "inbound" else self.server.bob["email"]

    def connect(self):
        if self.direction == "inbound":
            return self.server.smtp(timeout=20)
        client = smtplib.SMTP(*self.server.place("submission"), local_hostname="laptop.example", timeout=20)
        client.starttls(context=ssl.create_default_context(cafile=self.server.card["ca"]))
        client.login(self.server.bob["email"], self.server.bob["password"])
        return client

    def join(self):
        for thread in self.threads:
            thread.join()
        return self.accepted


def delivered(server):
    client = server.imap()
    try:
        return int(re.search(rb"MESSAGES (\d+)", client.status("INBOX", "(MESSAGES)")[1][0])[1])
    finally:
        client.logout()


def strike(server, target, generator):
    """Kills what is to be killed; the server is back afterwards."""
    if target == "server":
        server.kill()
    elif target == "function":
        assert until(lambda: kill_a_function(server, generator)), "no function was running"
        return
    else:
        kill_a_function(server, generator)
        server.kill()
    server.start()


@pytest.mark.parametrize("direction,messages", [("inbound", MESSAGES), ("outbound", SUBMITTED)])
def test_killed_again_and_again_each_message_has_one_outcome_and_each_invocation_one_effect(tmp_path, direction, messages):
    seed = int(os.environ.get("MAILROOM_SEED", random.SystemRandom().randrange(1 << 31)))
    print(f"seed {seed} (MAILROOM_SEED={seed} repeats it)")
    generator = random.Random(seed)
    (tmp_path / "stamp/src").mkdir(parents=True)
    (tmp_path / "stamp/src/app.py").write_text(STAMP)
    (tmp_path / "stamp/template.yaml").write_text(TEMPLATE)
    accepted, kills = [], collections.Counter()
    with Server(data=str(tmp_path / "data"), log=str(tmp_path / "log")) as server:
        server.boto3("s3").create_bucket(Bucket="effects")
        server.boto3("s3").put_bucket_policy(Bucket="effects", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": f"workmail.{server.card['region']}.amazonaws.com"},
             "Action": "s3:GetObject", "Resource": "arn:aws:s3:::effects/*"}]}))
        function = server.deploy(tmp_path / "stamp/template.yaml", "stamp")["FunctionArn"]
        sender = "stamp.example" if direction == "inbound" else server.bob["email"]
        server.run_lambda("stamp", function, sender, fallback="drop", minutes=240, direction=direction)
        for phase, target in enumerate(("server", "function", "both")):
            wanted = messages * (phase + 1) // 3 - len(accepted)
            senders = Senders(server, direction, target, wanted)
            before = delivered(server)

            def come_to(goal):
                senders.delivered = delivered(server) - before
                return senders.delivered >= goal
            while not come_to(wanted):
                # A kill at any moment, and some way in between, so that the end comes nearer; a server takes longer to return.
                time.sleep(generator.uniform(0, 0.3))
                strike(server, target, generator)
                kills[target] += 1
                way = generator.randrange(wanted // 6) if target == "function" else generator.randrange(wanted // 6, wanted // 2)
                goal = min(wanted, senders.delivered + way)
                # A message whose turn it is not yet, since the function was slow, waits two minutes at most.
                assert until(lambda: come_to(goal), 2 * PATIENCE), f"{senders.delivered} of {goal}"
            accepted += senders.join()
        assert until(lambda: not json.loads(server.run("queue", "list", "--json")), 2 * PATIENCE)
        assert json.loads(server.run("queue", "dead", "--json")) == []
        contents = [email.message_from_bytes(content) for content in server.contents()]
        pages = server.boto3("s3").get_paginator("list_objects_v2").paginate(Bucket="effects", Prefix="by-invocation/")
        effects = {one["Key"].rpartition("/")[2] for page in pages for one in page.get("Contents", [])}
    subjects = collections.Counter(content["Subject"] for content in contents)
    assert [token for token, count in subjects.items() if count > 1] == []
    assert [token for token in accepted if token not in subjects] == []
    assert len(accepted) >= messages and all(kills[target] >= 2 for target in ("server", "function", "both")), kills
    # One stamp on each, of an invocation of its own; and nothing was done for an invocation without a message.
    stamps = [content.get_all("X-Effect", []) for content in contents]
    assert [content["Subject"] for content, stamp in zip(contents, stamps) if len(stamp) != 1] == []
    assert len({stamp for [stamp] in stamps}) == len(stamps)
    assert {stamp for [stamp] in stamps} == effects
    print(f"{dict(kills)} kills, {len(accepted)} messages with a 250, each there once with one stamp")


WAITING = """
import time
def handler(event, context):
    if event["subject"].startswith("poison"):
        print("taken up as", context.aws_request_id, flush=True)
        time.sleep(800)
    return {"actions": [{"action": {"type": "DEFAULT"}, "allRecipients": True}]}
"""


def test_a_message_that_crashes_every_process_becomes_a_dead_letter_and_the_others_arrive(tmp_path):
    """F111. What a message could do to the process is done for it: a fault signal while it, and nothing else, is in hand."""
    (tmp_path / "stamp/src").mkdir(parents=True)
    (tmp_path / "stamp/src/app.py").write_text(WAITING)
    (tmp_path / "stamp/template.yaml").write_text(TEMPLATE.replace("effects", "none").replace("Timeout: 60", "Timeout: 900"))
    server = Server(data=str(tmp_path / "data"), log=str(tmp_path / "log"))
    # Looking up the symbols of a debug build takes longer than the test.
    server.environment = {**os.environ, "SWIFT_BACKTRACE": "enable=no"}

    seen = set()

    def taken_up():
        """Calls with the poison that were not heard of before."""
        log = server.run("logs", function.split(":")[-1], check=False).stdout
        anew = set(re.findall(rb"taken up as (\S+)", log)) - seen
        seen.update(anew)
        return anew
    with server:
        function = server.deploy(tmp_path / "stamp/template.yaml", "stamp")["FunctionArn"]
        server.run_lambda("stamp", function, "stamp.example", fallback="drop", minutes=240)
        poison = server.send(message(subject="poison", sender="a@stamp.example"), sender="a@stamp.example")
        for crash in range(1, 4):
            assert until(taken_up)
            # Killed from outside, which blames nobody.
            server.kill()
            server.start()
            assert until(taken_up)
            heard = time.monotonic()
            server.send(message(subject=f"beside crash {crash}"))
            server.wait_for_subject(f"beside crash {crash}")
            # A call is given up after fifteen seconds, and the message is in hand again with the next one.
            assert time.monotonic() - heard < 8 or until(taken_up)
            assert server.stop(signal.SIGSEGV) == -signal.SIGSEGV
            server.start()
        [letter] = json.loads(server.run("queue", "dead", "--json"))
        assert letter["Id"] == poison and "crashed 3 times in a row" in letter["Reason"]
        assert server.logged("queue.set-aside", poison)
        server.send(message(subject="afterwards"))
        server.wait_for_subject("afterwards")
        # Once the cause is mended it goes its way, with a clean slate.
        (tmp_path / "stamp/src/app.py").write_text(WAITING.replace("poison", "none"))
        server.deploy(tmp_path / "stamp/template.yaml", "stamp")
        server.run("queue", "redrive", poison)
        server.wait_for_subject("poison")
