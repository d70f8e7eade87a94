"""A server that is nobody in particular: functions work, kept apart as far as the system allows, and it says how far."""
import contextlib
import ctypes
import io
import json
import os
import pwd
import shutil
import struct
import subprocess
import tempfile
import time
import zipfile

import pytest
from mailroom import BINARY, ROOT, Server, message, until

CODE = """
import boto3, os
def look(path):
    try:
        return sorted(os.listdir(path)) if os.path.isdir(path) else len(open(path, "rb").read())
    except OSError as problem:
        return type(problem).__name__
def handler(event, context):
    if "messageId" in event:
        return {"actions": [{"action": {"type": "MOVE_TO_JUNK"}, "allRecipients": True}]}
    try:
        os.kill(event["server"], 0)
        reaches = True
    except OSError:
        reaches = False
    with open("/tmp/own", "a") as file:
        file.write("x")
    return {"data": look(event["data"]), "key": look(event["data"] + "/master.key"), "reaches": reaches, "uid": os.getuid(),
            "environ": look("/proc/%d/environ" % event["server"]), "tmp": look("/tmp"), "variables": "SERVERS_OWN" in os.environ,
            "account": boto3.client("sts").get_caller_identity()["Account"]}
"""


def without_namespaces():
    """Refuses unshare and clone with CLONE_NEWUSER from here on, as containers do."""
    libc = ctypes.CDLL(None, use_errno=True)
    refuse, allow = 0x00050001, 0x7FFF0000
    # The call's number; unshare is refused, clone looked at, clone3 not there (glibc then uses clone).
    unshare, clone, clone3 = {"x86_64": (272, 56, 435), "aarch64": (97, 220, 435)}[os.uname().machine]
    steps = [(0x20, 0, 0, 0), (0x15, 0, 1, unshare), (0x06, 0, 0, refuse), (0x15, 0, 1, clone3), (0x06, 0, 0, 0x00050026),
             (0x15, 0, 3, clone), (0x20, 0, 0, 16), (0x45, 0, 1, 0x10000000), (0x06, 0, 0, refuse), (0x06, 0, 0, allow)]
    octets = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(octets)))
    for words in ((38, 1, 0, 0, 0), (22, 2, ctypes.c_void_p(ctypes.addressof(program)), 0, 0)):
        if libc.prctl(*words) != 0:
            os._exit(99)


def with_capabilities():
    """Nobody, with what Packaging/mailroom.service gives: over a change of user id, and over a program's start (capabilities(7))."""
    libc = ctypes.CDLL(None, use_errno=True)
    kill, setgid, setuid, chroot, admin = 5, 6, 7, 18, 21
    given = (kill, setgid, setuid, chroot, admin)
    assert libc.prctl(8, 1, 0, 0, 0) == 0
    become_nobody()
    mask = sum(1 << capability for capability in given)
    assert libc.capset(struct.pack("=Ii", 0x20080522, 0), struct.pack("=6I", mask, mask, mask, 0, 0, 0)) == 0
    for capability in given:
        assert libc.prctl(47, 2, capability, 0, 0) == 0
    assert libc.prctl(38, 1, 0, 0, 0) == 0


def become_nobody():
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)
    os.environ["SERVERS_OWN"] = "1"


@contextlib.contextmanager
def nobodys_server(prepare, tmp_path):
    directory = tempfile.mkdtemp(prefix="mailroom-nobody-", dir="/tmp")
    # A checkout below /root is nobody's to read.
    installed = tempfile.mkdtemp(prefix="mailroom-installed-", dir="/tmp")
    os.chmod(installed, 0o755)
    binary = shutil.copy(BINARY, installed)
    shutil.copytree(ROOT / "templates", installed + "/templates")
    if os.getuid() == 0:
        shutil.chown(directory, "nobody")
    try:
        with Server(data=directory + "/data", log=str(tmp_path / "log"), preexec=prepare, binary=binary, directory=installed) as running:
            yield running
    finally:
        shutil.rmtree(directory)
        shutil.rmtree(installed)


@pytest.fixture(params=["namespaces", "no namespaces"])
def server(request, tmp_path):
    def prepare():
        become_nobody()
        if request.param == "no namespaces":
            without_namespaces()
    with nobodys_server(prepare, tmp_path) as running:
        yield running


def test_functions_of_a_server_that_is_not_root(server):
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w") as archive:
        archive.writestr("app.py", CODE)
    client = server.boto3("lambda")
    for name in ("one", "two"):
        client.create_function(
            FunctionName=name, Runtime="python3.12", Handler="app.handler", Role="arn:aws:iam::000000000000:role/r", Timeout=60,
            Code={"ZipFile": octets.getvalue()})
    event = {"data": server.directory, "server": server.process.pid}
    seen = []
    for name in ("one", "two", "one"):
        answer = client.invoke(FunctionName=name, Payload=json.dumps(event))
        seen.append(json.loads(answer["Payload"].read()))
        assert "FunctionError" not in answer, seen
    assert {one["account"] for one in seen} == {"000000000000"} and not any(one["variables"] for one in seen)
    [line] = server.logged("functions.isolation")
    if "unprivileged" in line:
        for one in seen:
            assert (one["data"], one["key"], one["environ"], one["reaches"]) == (*["FileNotFoundError"] * 2, "FileNotFoundError", False), one
            assert one["tmp"] == ["own"]
    else:
        # It says that they could, and that is why.
        assert "plain" in line and "only functions you trust" in line
    # A rule calls them, too.
    client.add_permission(
        FunctionName="one", StatementId="w", Action="lambda:InvokeFunction", Principal="workmail.us-east-1.amazonaws.com")
    server.run_lambda("one", "one", "ask.example", fallback="drop")
    server.send(message("to be junk", sender="x@ask.example"))
    server.wait_for_subject("to be junk", "Junk E-mail")


def test_namespaces_are_used_where_the_system_gives_them(server):
    """Whatever `unshare` can do, the launcher can."""
    uses = subprocess.run(
        ["unshare", "--user", "--pid", "--mount", "--fork", "true"], preexec_fn=server.preexec, capture_output=True).returncode == 0
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return 1\n")
    client = server.boto3("lambda")
    client.create_function(
        FunctionName="f", Runtime="python3.12", Handler="app.handler", Role="arn:aws:iam::000000000000:role/r", Timeout=60,
        Code={"ZipFile": octets.getvalue()})
    assert client.invoke(FunctionName="f")["Payload"].read() == b"1"
    assert server.logged("functions.isolation", "unprivileged" if uses else "plain")


@pytest.mark.skipif(os.getuid() != 0, reason="only root has capabilities to give")
def test_a_service_with_capabilities_gives_functions_user_ids_and_keeps_the_capabilities(tmp_path):
    code = """
import os
def handler(event, context):
    try:
        key = open(event + "/master.key").read()
    except OSError as problem:
        key = type(problem).__name__
    try:
        os.setuid(0)
    except OSError as problem:
        root = type(problem).__name__
    status = [line.split() for line in open("/proc/self/status")]
    return {"uid": os.getuid(), "key": key, "root": root, "words": open("/proc/self/cmdline").read(),
            "capabilities": sorted({line[1] for line in status if line[0] in ("CapInh:", "CapPrm:", "CapEff:", "CapAmb:")})}
"""
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w") as archive:
        archive.writestr("app.py", code)
    with nobodys_server(with_capabilities, tmp_path) as server:
        client = server.boto3("lambda")
        for name in ("one", "two"):
            client.create_function(
                FunctionName=name, Runtime="python3.12", Handler="app.handler", Role="arn:aws:iam::000000000000:role/r", Timeout=60,
                Code={"ZipFile": octets.getvalue()})

        def call(name):
            answer = client.invoke(FunctionName=name, Payload=json.dumps(server.directory))
            text = answer["Payload"].read()
            assert "FunctionError" not in answer, text
            return json.loads(text)

        def forked():
            """Another environment, which is forked as soon as a parent is ready."""
            client.update_function_configuration(FunctionName="two", Environment={"Variables": {"TURN": str(time.monotonic_ns())}})
            answer = call("two")
            return answer if "--parent" in answer["words"] else None

        seen = [call("one"), call("two"), until(forked)]
        for one in seen:
            assert one and one["uid"] > 200_000 and one["capabilities"] == ["0000000000000000"], seen
            assert (one["key"], one["root"]) == ("FileNotFoundError", "PermissionError"), one
        # An id is given again once its environment is gone: the first one of `two` may be.
        assert seen[0]["uid"] not in {one["uid"] for one in seen[1:]}, seen
        assert "functions.isolation" not in open(server.log_path).read()
