"""How the system ends while messages wait for a user's function, and how it goes on after a crash."""
import contextlib
import json
import signal

import pytest
from mailroom import TEMPLATE, Gate, MovedClock, Server, message, until, without
from test_kill_functions import TEMPLATE as FUNCTION

# Calls of one function at once (FunctionGate).
CALLS = 10
ASKS = """
import urllib.request
def handler(event, context):
    urllib.request.urlopen("{url}" + event["messageId"])
    return {{"actions": [{{"action": {{"type": "DEFAULT"}}, "allRecipients": True}}]}}
"""


@pytest.fixture
def clock(tmp_path):
    return MovedClock(tmp_path)


@pytest.fixture
def gate():
    with Gate() as gate:
        yield gate


def bind(server, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    server.run("deploy", str(tmp_path / name))


@contextlib.contextmanager
def waiting_for_a_function(server, clock, gate, tmp_path, count):
    """A running system, and so many messages that have just come to a function which waits at the gate."""
    with server:
        (tmp_path / "asks/src").mkdir(parents=True)
        (tmp_path / "asks/src/app.py").write_text(ASKS.format(url=gate.url))
        (tmp_path / "asks/template.yaml").write_text(FUNCTION.replace("effects", "none").replace("Timeout: 60", "Timeout: 900"))
        function = server.deploy(tmp_path / "asks/template.yaml", "asks")["FunctionArn"]
        server.run_lambda("asks", function, "slow.example", fallback="drop", minutes=240)
        # All of them are there before the first is looked at: a call waits fifteen seconds at most for its answer.
        bind(server, tmp_path, "without.yaml", without(TEMPLATE, "RuleEvaluation"))
        with server.smtp() as client:
            client.ehlo("client.slow.example")
            for number in range(count):
                client.sendmail("a@slow.example", server.alice["email"], message(subject=f"slow {number}", sender="a@slow.example"))
        assert len(waiting(server)) == count
        bind(server, tmp_path, "with.yaml", TEMPLATE)
        clock.advance(120)
        assert until(lambda: len(gate.held) == CALLS)
        yield


def waiting(server):
    return json.loads(server.run("queue", "list", "--json"))


def flow(server, clock, count):
    """So many messages arrive, and none is left; nobody waits for turns that were given while the function was slow."""
    def is_over():
        clock.advance(2)
        return len(server.contents()) >= count and not waiting(server)
    assert until(is_over)


def test_messages_that_wait_for_a_function_do_not_hold_up_the_end(tmp_path, clock, gate):
    server = Server(data=str(tmp_path / "data"), log=str(tmp_path / "log"), clock=clock)
    with waiting_for_a_function(server, clock, gate, tmp_path, 30):
        # Calls under way have two seconds. Nobody lets them through: waiting for more would last until they count as failed.
        assert server.stop(signal.SIGTERM) == 0
    with server:
        assert len(waiting(server)) == 30, "nothing was lost, and nothing counts as failed"
        assert not [e for e in waiting(server) if "attempt" in (e["Reason"] or "")]
        gate.open()
        flow(server, clock, 30)
        assert len(server.contents()) == 30


def test_after_a_crash_those_who_waited_in_line_flow_as_before(tmp_path, clock, gate):
    """F111 makes those take turns that were at work, one after another; who only waited is beyond suspicion."""
    server = Server(data=str(tmp_path / "data"), log=str(tmp_path / "log"), clock=clock)
    # Looking up the symbols of a debug build takes longer than the test.
    server.environment = {**server.environment, "SWIFT_BACKTRACE": "enable=no"}
    with waiting_for_a_function(server, clock, gate, tmp_path, 300):
        at_work = set(gate.held)
        assert server.stop(signal.SIGSEGV) == -signal.SIGSEGV
        server.start()
        clock.advance(120)
        # Several of those who waited are at the gate at once.
        assert until(lambda: len(set(gate.held) - at_work) >= CALLS // 2)
        gate.open()
        flow(server, clock, 300)
        assert len(server.contents()) == 300
