"""Nothing that was built stays for ever, and nothing that is needed goes: zips, unpacked code, the builds' cache."""
import datetime
import hashlib
import json
import os
import pathlib
import signal
import threading
import time
import unittest.mock

import pytest
import mailroom
from mailroom import Gate, MovedClock, Server, until

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Greet:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: app.handler
      Runtime: python3.12
      Timeout: 900
      AutoPublishAlias: live
"""
DAY = 86_400


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    return MovedClock(tmp_path_factory.mktemp("clock"))


@pytest.fixture(scope="module")
def server(clock, tmp_path_factory):
    """CodeUpkeep runs when a test calls it, and at no time of its own in between."""
    head, name, rest = mailroom.TEMPLATE.partition("  CodeUpkeep:\n")
    template = tmp_path_factory.mktemp("template") / "mailroom.yaml"
    template.write_text(head + name + rest.replace("rate(1 hour) }", "rate(1 hour), Enabled: false }", 1))
    with Server(clock=clock, arguments=["--template", str(template)]) as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def boto3_goes_by_the_same_clock(clock):
    with unittest.mock.patch(
            "botocore.auth.get_current_datetime",
            lambda: datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(seconds=clock.ahead)):
        yield


@pytest.fixture
def project(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "template.yaml").write_text(TEMPLATE)

    def write(text):
        (tmp_path / "src" / "app.py").write_text(text)
        return str(tmp_path / "template.yaml")
    return write


def zips(server):
    found = server.boto3("s3").list_objects_v2(Bucket="mailroom-artifacts").get("Contents", [])
    return {one["Key"] for one in found}


def codes(server):
    return {name for name in os.listdir(f"{server.directory}/functions/code") if not name.startswith(".")}


def tidied(server):
    return json.loads(server.run("invoke", "CodeUpkeep", "--event", "-", stdin=server.run("event", "code-upkeep").encode()))


def test_what_no_version_and_no_rollback_needs_is_removed_and_the_rest_goes_on(server, clock, project):
    for number in range(3):
        server.run("deploy", project(f"def handler(event, context): return {number}\n"), "--stack", "greet")
    assert len(zips(server)) == 3 and len(codes(server)) == 3
    clock.advance(2 * DAY)
    assert tidied(server) == {"zips": 0, "codes": 0, "isComplete": True}, "a version is published for each, and each can be gone back to"
    assert server.run("deploy", "--stack", "greet", "--rollback") and server.run("invoke", "greet/Greet").strip() == "1"
    client = server.boto3("lambda")
    name = server.functions["greet", "Greet"]
    for version in ("1", "3"):
        client.delete_function(FunctionName=name, Qualifier=version)
    assert tidied(server)["codes"] == 2 and len(codes(server)) == 1, "what runs is kept, and that alone"
    assert server.run("deploy", "--stack", "greet", "--rollback") and server.run("invoke", "greet/Greet").strip() == "0", "got from its zip again"


def test_a_running_invocation_keeps_its_code_until_it_ends(server, clock, project):
    answer = []
    with Gate() as gate:
        server.run("deploy", project(
            "import pathlib, urllib.request\n"
            "def handler(event, context):\n"
            f"    urllib.request.urlopen('{gate.url}')\n"
            "    return len(pathlib.Path(__file__).read_text())\n"), "--stack", "slow")
        caller = threading.Thread(target=lambda: answer.append(server.run("invoke", "slow/Greet", check=False)))
        caller.start()
        assert until(lambda: gate.held)
        before = codes(server)
        server.run("delete", "slow")
        clock.advance(2 * DAY)
        assert tidied(server)["codes"] >= 1
        gate.open()
        caller.join()
    assert answer[0].returncode == 0 and int(answer[0].stdout) > 100, answer
    assert until(lambda: len(codes(server)) < len(before)), "gone with its environment"


def test_a_kill_in_the_middle_leaves_what_is_needed_and_the_rest_goes_later(server, clock, project):
    for number in range(8):
        server.run("deploy", project(f"def handler(event, context): return 'kept {number}'\n"), "--stack", f"kept-{number}")
        server.run("deploy", project(f"def handler(event, context): return 'gone {number}'\n"), "--stack", f"gone-{number}")
    for number in range(8):
        server.run("delete", f"gone-{number}")
    clock.advance(2 * DAY)
    caller = threading.Thread(target=lambda: server.run("invoke", "CodeUpkeep", check=False))
    caller.start()
    server.stop(signal.SIGKILL)
    caller.join()
    server.start()
    for number in range(8):
        assert server.run("invoke", f"kept-{number}/Greet").strip() == f'"kept {number}"'
    tidied(server)
    assert not any(name.startswith(".new") for name in os.listdir(f"{server.directory}/functions/code"))
    kept = {hashlib.sha256(path.read_bytes()).hexdigest() + ".zip" for path in pathlib.Path(server.directory).glob("functions/code/*/zip")}
    assert kept <= zips(server), "every code that runs has its zip"
    before = len(zips(server))
    for number in range(8):
        server.run("delete", f"kept-{number}")
    clock.advance(2 * DAY)
    assert tidied(server)["zips"] == 8 and len(zips(server)) == before - 8


def test_builds_that_were_not_used_for_a_month_leave_the_cache(server, clock, project):
    cache = pathlib.Path(server.directory) / "cache" / "build"
    template = project("def handler(event, context): return 'old'\n")
    server.run("deploy", template, "--stack", "cached")
    (cache / "packages-0000.1").mkdir()
    (cache / "packages-0000.1" / "half").write_text("x")
    now = time.time() + clock.ahead
    for path in cache.iterdir():
        os.utime(path, (now - 31 * DAY, now - 31 * DAY))
    assert "nothing changes" in server.run("deploy", template, "--stack", "cached"), "made again, the same"
    names = {path.name for path in cache.iterdir()}
    assert "packages-0000.1" not in names and not any(name.startswith(".gone") for name in names)
    assert len([name for name in names if name.endswith(".zip")]) == 1
