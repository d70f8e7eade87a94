"""Flow rules, bounces, journaling, quota: what becomes of a message."""
import json

import pytest
from mailroom import message, until


def with_subject(server, subject, folder="INBOX", user=None):
    return until(lambda: [c for c in server.contents(folder, user) if f"Subject: {subject}".encode() in c])


@pytest.fixture(scope="module")
def rules(server):
    def create(name, sender, action, *more):
        server.run("rule", "create", "--name", name, "--sender", sender, "--recipient", "*", "--action", action, *more)
    create("drop", "*.spam.example", "drop")
    create("friend", "friend@good.spam.example", "never-junk")
    create("junk", "junk.example", "junk")
    create("bounce", "demo.mailroom.test", "bounce", "--bounce-message", "not like this")
    return server


def test_the_test_question_names_the_rule(rules):
    answer = json.loads(rules.run("rule", "test", "--sender", "x@a.spam.example", "--recipient", rules.alice["email"], "--json"))
    assert answer["Action"] == "drop" and answer["Rule"] == "drop"
    answer = json.loads(rules.run("rule", "test", "--sender", "friend@good.spam.example", "--recipient", rules.alice["email"], "--json"))
    assert answer["Rule"] == "friend"


def test_junk_goes_to_the_junk_folder(rules):
    rules.send(message(subject="junk mail", sender="x@junk.example"))
    assert with_subject(rules, "junk mail", "Junk E-mail")


def test_the_most_specific_rule_wins_and_drop_is_silent(rules):
    rules.send(message(subject="from spam", sender="x@a.spam.example"))
    rules.send(message(subject="from friend", sender="friend@good.spam.example"))
    assert with_subject(rules, "from friend")
    assert not [c for c in rules.contents() if b"from spam" in c]


def test_a_bounce_is_a_dsn_to_the_reverse_path(rules):
    sender = rules.bob["email"]
    rules.send(message(subject="to be bounced", sender=sender), sender=sender)
    found = until(lambda: [c for c in rules.contents(user=rules.bob) if b"Delivery Status Notification (Failure)" in c])
    assert found
    text = found[0].decode()
    assert "not like this" in text and "message/delivery-status" in text and "Auto-Submitted: auto-replied" in text
    assert "Action: failed" in text and "Final-Recipient: rfc822;" in text.replace("; ", ";").replace("rfc822;", "rfc822;")


def test_the_null_reverse_path_is_never_bounced(rules):
    before = len(rules.contents(user=rules.bob))
    queue_id = rules.send(message(subject="null sender", sender=rules.bob["email"]), sender="")
    assert until(lambda: all(one["Fate"] != "open" for one in json.loads(rules.run("trace", queue_id, "--json"))["Recipients"]))
    assert len(rules.contents(user=rules.bob)) == before


def test_a_full_mailbox_bounces_with_5_2_2(server):
    server.run("user", "create", "carol@demo.mailroom.test")
    server.run("user", "update", "carol", "--quota-mb", "1")
    server.run("rule", "delete", "--name", "bounce", check=False)
    big = message(subject="too big", sender=server.bob["email"], body="x" * 70 + ("\r\n" + "y" * 70) * 20000)
    server.send(big, to="carol@demo.mailroom.test", sender=server.bob["email"])
    found = until(lambda: [c for c in server.contents(user=server.bob) if b"5.2.2" in c])
    assert found


def test_journaling_makes_one_record(server):
    server.run("user", "create", "archive@demo.mailroom.test")
    password = json.loads(server.run("user", "create", "vault@demo.mailroom.test", "--json"))
    vault = {"email": password["Email"], "password": password["Password"]}
    server.run("journal", "enable", "--address", "vault@demo.mailroom.test", "--report", server.alice["email"])
    sent = message(subject="for the record")
    server.send(sent, to=[server.alice["email"], server.bob["email"]])
    records = until(lambda: server.contents(user=vault))
    server.run("journal", "disable")
    assert len(records) == 1
    text = records[0].decode()
    assert "amazonjournaling@demo.awsapps.com" in text and "X-MS-Journal-Report:" in text
    assert f"Recipient: {server.alice['email']}" in text and f"Recipient: {server.bob['email']}" in text
    assert sent.decode() in text


def test_a_pattern_with_plus_is_refused(server):
    done = server.run("rule", "create", "--name", "x", "--sender", "a+b@x.example", "--recipient", "*", "--action", "drop", check=False)
    assert done.returncode == 1 and b"+" in done.stderr
