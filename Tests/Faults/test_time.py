"""Clocks that are set, and what happens after a month (reference/faults.md F105)."""
import json
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


@pytest.mark.parametrize("jump", [6 * DAY, -6 * DAY])
def test_f105_a_clock_that_is_set_neither_expires_mail_nor_holds_it_up(server, clock, jump, tmp_path):
    # given: a message that waits for a function that is not bound
    template = tmp_path / "mailroom.yaml"
    template.write_text(without(TEMPLATE, "Delivery"))
    server.run("deploy", str(template))
    server.send(message(subject="waits"))
    assert until(lambda: [e["Reason"] for e in json.loads(server.run("queue", "list", "--json")) if e["Reason"]])
    # when
    clock.jump(jump)
    server.send(message(subject="new"))
    time.sleep(2)
    assert not json.loads(server.run("queue", "dead", "--json"))
    template.write_text(TEMPLATE)
    server.run("deploy", str(template))
    # then: the first retry is at most 37.5 seconds after the attempt, in time that has passed
    clock.advance(40)
    server.wait_for_subject("waits")
    server.wait_for_subject("new")
    assert len(server.contents()) == 2


def test_a_mailbox_comes_back_within_thirty_days_and_is_empty_after(server, clock):
    server.send(message(subject="kept"), to=server.bob["email"])
    server.wait_for_subject("kept", user=server.bob)
    server.run("user", "disable", "bob")
    clock.advance(29 * DAY)
    assert until(lambda: server.counted("Housekeeping"))
    server.run("user", "enable", "bob")
    assert len(server.contents(user=server.bob)) == 1
    server.run("user", "disable", "bob")
    clock.advance(30 * DAY + 1)
    assert until(lambda: "MailboxDeprovisionedDate" in server.run("user", "show", "bob"))
    assert server.logged("mailbox.purged")
    server.run("user", "enable", "bob")
    assert server.contents(user=server.bob) == []
    server.send(message(subject="anew"), to=server.bob["email"])
    server.wait_for_subject("anew", user=server.bob)
