"""What waits, what is dead, what is due after a restart: the operator's view, with a calendar that the test moves."""
import contextlib
import json
import signal
import time

import pytest
from mailroom import TEMPLATE, MovedClock, Server, message, until, without

DAY = 86400


@pytest.fixture
def clock(tmp_path):
    return MovedClock(tmp_path)


@pytest.fixture
def server(tmp_path, clock):
    with Server(data=str(tmp_path / "data"), log=str(tmp_path / "log"), clock=clock) as running:
        yield running


@pytest.fixture
def deploy(server, tmp_path):
    def run(text):
        path = tmp_path / "mailroom.yaml"
        path.write_text(text)
        server.run("deploy", str(path))
    return run


def findings(server):
    done = server.run("check", "--json", check=False)
    return done.returncode, {finding["What"]: finding for finding in json.loads(done.stdout)}


def dead(server):
    return json.loads(server.run("queue", "dead", "--json"))


class Damage:
    """One octet of a content on disk, falsified and put back."""

    def __init__(self, directory, phrase_size):
        segments = [path for path in (directory / "segments").iterdir() if path.stat().st_size >= phrase_size]
        assert len(segments) == 1, segments
        self.path, self.place = segments[0], 1000
        self.flip()

    def flip(self):
        with open(self.path, "r+b") as file:
            file.seek(self.place)
            octet = file.read(1)[0]
            file.seek(self.place)
            file.write(bytes([octet ^ 1]))

    mend = flip


def test_a_message_nothing_can_be_decided_about_becomes_a_dead_letter_and_is_redriven(server, deploy, clock, tmp_path):
    # given: a rule, so that RuleEvaluation reads the content, and a content that cannot be read
    server.run("rule", "create", "--name", "quiet", "--sender", "*.noisy.example", "--recipient", "*", "--action", "junk")
    deploy(without(TEMPLATE, "RuleEvaluation"))
    sent = message(subject="once dead", body=("z" * 70 + "\r\n") * 2000)
    queue_id = server.send(sent)
    damage = Damage(tmp_path / "data", len(sent))
    deploy(TEMPLATE)
    # when: it is tried while it is young, and again when its lifetime is over
    clock.advance(120)
    waiting = until(lambda: [e for e in json.loads(server.run("queue", "list", "--json")) if "damaged" in (e["Reason"] or "")])
    assert [entry["Id"] for entry in waiting] == [queue_id] and not dead(server)
    clock.advance(6 * DAY)
    letters = until(lambda: dead(server))
    # then: the operator sees it, with the reason and the way out
    assert [letter["Id"] for letter in letters] == [queue_id] and letters[0]["To"] == [server.alice["email"]]
    assert "damaged" in letters[0]["Reason"]
    code, seen = findings(server)
    assert code == 1 and seen["dead letters"]["Next"] == "see: mailroom queue dead"
    assert "1 wait for a person" in server.run("check", check=False).stdout.decode()
    assert queue_id in server.run("queue", "dead")
    assert server.logged(f"mailroom queue redrive {queue_id}")
    # A restart forgets nothing, and a redrive with the damage still there leaves it dead.
    server.stop()
    server.start()
    assert [letter["Id"] for letter in dead(server)] == [queue_id]
    server.run("queue", "redrive", queue_id)
    assert until(lambda: dead(server)) and not server.contents()
    # when: the cause is mended
    damage.mend()
    server.run("queue", "redrive", queue_id)
    # then
    stored = server.wait_for(1)
    assert len(stored) == 1 and stored[0].endswith(sent)
    assert not dead(server)
    assert findings(server)[1]["dead letters"]["Good"]
    trace = server.run("trace", queue_id)
    assert "delivered" in trace and "Delivery" in trace
    done = server.run("queue", "redrive", queue_id, check=False)
    assert done.returncode == 1 and b"settled" in done.stderr
    done = server.run("queue", "redrive", "00000000-0000-0000-0000-000000000000", check=False)
    assert done.returncode == 1 and b"is not there" in done.stderr


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_a_schedule_that_fell_into_a_restart_fires_once_when_we_are_back(server, clock, ending):
    # The first firing is five minutes away, and durable when the server says that it is ready.
    assert server.counted("Housekeeping") == 0
    server.stop(ending)
    clock.advance(3 * 3600)
    server.start()
    assert until(lambda: server.counted("Housekeeping")) == 1
    # Three hours missed 36 firings; none of them is made up for, in two looks at the clock and more.
    time.sleep(2)
    assert server.counted("Housekeeping") == 1
    clock.advance(301)
    # One that ends before its invocation is done runs it again.
    assert until(lambda: server.counted("Housekeeping") == 2 and not json.loads(server.run("queue", "list", "--json")))
    # And a restart in between fires nothing before its time.
    server.stop(ending)
    server.start()
    time.sleep(2)
    assert server.counted("Housekeeping") == 0


def test_space_of_deleted_mail_is_given_back_and_what_is_kept_stays_as_it_was(server, clock, tmp_path):
    segments = tmp_path / "data" / "segments"

    def used():
        octets = 0
        for path in segments.iterdir():
            # One that was emptied is removed while we look.
            with contextlib.suppress(FileNotFoundError):
                octets += path.stat().st_size
        return octets

    sent = [message(subject=f"large {number}", body=(f"{number:070}\r\n") * 10_000) for number in range(12)]
    for content in sent:
        server.send(content)
    before = server.wait_for(12)
    full = used()
    assert full > 12 * 700_000
    client = server.imap()
    client.select("INBOX")
    client.uid("STORE", "1:3,5:11", "+FLAGS.SILENT", "(\\Deleted)")
    client.expunge()
    client.logout()
    # The Message Flow API may read them for a day; after that the room is given back.
    clock.advance(2 * DAY)
    assert until(lambda: used() < full / 3), (used(), full)
    assert server.contents() == [before[3], before[11]]
    assert "segments.compacted" in open(server.log_path).read() or server.counted("Housekeeping")
    # As after a power cut: everything is where the commit said.
    server.kill()
    server.start()
    assert server.contents() == [before[3], before[11]]
    server.send(message(subject="after"))
    assert len(server.wait_for(3)) == 3
