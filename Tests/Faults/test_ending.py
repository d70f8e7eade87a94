"""How the system ends while messages wait for a user's function, and how it goes on after a crash."""
import json
import os
import signal
import time

from mailroom import Server, message, until
from test_kill_functions import TEMPLATE

SLEEPS = """
import time
def handler(event, context):
    print("asked", event["invocationId"], flush=True)
    time.sleep({seconds})
    return {{"actions": [{{"action": {{"type": "DEFAULT"}}, "allRecipients": True}}]}}
"""


def deployed(server, tmp_path, seconds):
    (tmp_path / "sleeps/src").mkdir(parents=True, exist_ok=True)
    (tmp_path / "sleeps/src/app.py").write_text(SLEEPS.format(seconds=seconds))
    (tmp_path / "sleeps/template.yaml").write_text(TEMPLATE.replace("effects", "none"))
    function = server.deploy(tmp_path / "sleeps/template.yaml", "sleeps")["FunctionArn"]
    server.run_lambda("sleeps", function, "slow.example", fallback="drop", minutes=240)
    return function


def send(server, count):
    """So many messages for the function, over one connection."""
    with server.smtp() as client:
        client.ehlo("client.slow.example")
        for number in range(count):
            client.sendmail("a@slow.example", server.alice["email"], message(subject=f"slow {number}", sender="a@slow.example"))


def waiting(server):
    return json.loads(server.run("queue", "list", "--json"))


def test_messages_that_wait_for_a_function_do_not_hold_up_the_end(tmp_path):
    server = Server(data=str(tmp_path / "data"), log=str(tmp_path / "log"))
    with server:
        function = deployed(server, tmp_path, 8)
        send(server, 30)
        assert until(lambda: server.run("logs", function.split(":")[-1], check=False).stdout.count(b"asked") >= 5)
        began = time.monotonic()
        assert server.stop(signal.SIGTERM) == 0
        # Two seconds for calls under way.
        assert time.monotonic() - began < 6
    with server:
        assert len(waiting(server)) == 30, "nothing was lost, and nothing counts as failed"
        assert not [e for e in waiting(server) if "attempt" in (e["Reason"] or "")]
        deployed(server, tmp_path, 0.01)
        server.wait_for(30)
        time.sleep(1)
        assert len(server.contents()) == 30


def test_after_a_crash_those_who_waited_in_line_flow_as_before(tmp_path):
    """F111 makes those take turns that were at work, one after another; who only waited is beyond suspicion."""
    server = Server(data=str(tmp_path / "data"), log=str(tmp_path / "log"))
    # Looking up the symbols of a debug build takes longer than the test.
    server.environment = {**os.environ, "SWIFT_BACKTRACE": "enable=no"}
    with server:
        function = deployed(server, tmp_path, 0.2)
        send(server, 300)
        assert until(lambda: server.run("logs", function.split(":")[-1], check=False).stdout.count(b"asked") >= 5)
        assert len(waiting(server)) > 200
        assert server.stop(signal.SIGSEGV) == -signal.SIGSEGV
        server.start()
        began = time.monotonic()
        server.wait_for(300)
        # One by one they would take a minute.
        assert time.monotonic() - began < 40
        assert len(server.contents()) == 300
