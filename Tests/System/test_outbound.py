"""What users send: through the outbound flow, its rules and functions, to mailboxes of ours and to other people's servers."""
import email
import email.policy
import json
import re
import smtplib
import ssl
import subprocess

import pytest
from mailroom import PATIENCE, ROOT, Server, message, until
from outside import Nameserver, OtherServer, certificate
from test_run_lambda import REWRITE, create

ANSWER = """
def handler(event, context):
    print(event["flowDirection"], event["messageId"])
    word, _, text = (event["subject"] or "DEFAULT").partition(" ")
    if word == "ADD":
        return {"actions": [{"action": {"type": "DEFAULT"}, "allRecipients": True, "recipients": ["added@outside.example"]}]}
    if word == "SPLIT":
        return {"actions": [{"action": {"type": "DROP"}, "recipients": ["carol@outside.example"]},
                            {"action": {"type": "DEFAULT"}, "allRecipients": "true"}]}
    if word == "raise":
        raise RuntimeError("as told")
    return {"actions": [{"action": {"type": word, "parameters": {"bounceMessage": text}}, "allRecipients": True}]}
"""


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    """The other server, with TLS that nobody vouches for, and the name server that leads to it."""
    files, _ = certificate(tmp_path_factory.mktemp("other"), "mx.outside.example")
    with OtherServer(certificate=files) as other, Nameserver({
        ("outside.example", "MX"): ["10 mx.outside.example."], ("mx.outside.example", "A"): ["127.0.0.1"],
        ("plain.example", "A"): ["127.0.0.1"], ("null.example", "MX"): ["0 ."],
        ("broken.example", "MX"): None, ("gate.example", "A"): ["127.0.0.1"],
        ("away.example", "MX"): ["10 gone.example.", "20 mx.outside.example."], ("gone.example", "A"): ["127.0.0.9"],
    }) as names:
        other.names = names
        yield other


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gateway")
    files, authority = certificate(folder, "gate.example", "localhost")
    with OtherServer(certificate=files, login=("acme", "let me through"), hostname="gate.example") as other:
        other.authority = authority
        yield other


@pytest.fixture(scope="module")
def server(outside, gateway):
    parameters = {
        "Outside": "send", "OutsidePort": outside.port, "OutsideNameservers": outside.names.address, "OutsidePrivate": "true",
        "GatewayAuthorities": gateway.authority, "RetryFirst": "1s", "RetryLast": "1s"}
    words = [word for name, value in parameters.items() for word in ("--parameter", f"{name}={value}")]
    with Server(arguments=words) as running:
        yield running


def submit(server, content, to, sender=None, user=None, options=()):
    """Sends as a user; returns the queue id."""
    user = user or server.alice
    host, port = server.place("submission")
    with smtplib.SMTP(host, port, local_hostname="laptop.example", timeout=PATIENCE) as client:
        client.starttls(context=ssl.create_default_context(cafile=server.card["ca"]))
        client.login(user["email"], user["password"])
        client.mail(sender or user["email"], list(options))
        for recipient in [to] if isinstance(to, str) else to:
            code, text = client.rcpt(recipient)
            assert code == 250, (code, text)
        code, text = client.data(content)
        assert code == 250, (code, text)
        return text.decode().split()[-1]


def mail(server, subject, to="carol@outside.example", headers="", user=None):
    return message(subject=subject, to=to, sender=(user or server.alice)["email"], headers=headers)


def trace(server, queue_id):
    return json.loads(server.run("trace", queue_id, "--json"))


def fates(server, queue_id):
    return {one["Address"]: one["Fate"] for one in trace(server, queue_id)["Recipients"]}


def settled(server, queue_id):
    return until(lambda: (found := fates(server, queue_id)) and "open" not in found.values() and found)


def arrived(other, subject):
    return until(lambda: [one for one in other.messages if f"Subject: {subject}\r\n".encode() in one[2]])


def test_mail_to_the_outside_arrives_as_it_was_written_and_encrypted(server, outside):
    content = mail(server, "across", headers="Bcc: hidden@outside.example\r\n") + b"\r\n.dot at a line's start\r\n..two\r\n\xc3\xa9\r\n"
    queue_id = submit(server, content, ["carol@outside.example", "hidden@outside.example"], options=["BODY=8BITMIME"])
    [(sender, recipients, taken, options, is_secure)] = arrived(outside, "across")
    assert sender == server.alice["email"] and sorted(recipients) == ["carol@outside.example", "hidden@outside.example"]
    assert is_secure and "BODY=8BITMIME" in options
    received, _, rest = taken.partition(b"\r\nFrom: ")
    assert received.startswith(b"Received: from authenticated-user\r\n\tby ") and b"127.0.0.1" not in received
    assert rest == content.replace(b"Bcc: hidden@outside.example\r\n", b"").partition(b"From: ")[2]
    assert b"hidden" not in taken
    assert set(settled(server, queue_id).values()) == {"relayed"}
    steps = [span["Function"] for span in trace(server, queue_id)["Spans"]]
    assert steps == ["Submission", "OutboundRules", "Relay"]


def test_mail_among_users_passes_both_flows(server):
    queue_id = submit(server, mail(server, "inside", to=server.bob["email"]), server.bob["email"])
    [content] = server.wait_for_subject("inside", user=server.bob)
    assert content.startswith(b"Return-Path: <alice@demo.mailroom.test>\r\nReceived: ")
    assert set(settled(server, queue_id).values()) == {"relayed"}
    outbound = trace(server, queue_id)
    assert len(re.findall(rb"X-SES-Virus-Verdict: PASS\r\nAuthentication-Results: [^\r]*\r\nReceived: ", content)) == 1
    other_id = re.search(rb"id ([0-9a-f-]{36});", content)[1].decode()
    inbound = trace(server, other_id)
    assert other_id != queue_id and inbound["MessageIdHeader"] == outbound["MessageIdHeader"]
    assert [span["Function"] for span in inbound["Spans"]] == ["RuleEvaluation", "Delivery"]


@pytest.mark.parametrize("client", ["swaks", "curl", "swaks-tls"])
def test_clients_send(server, outside, tmp_path, client):
    user, password = server.alice["email"], server.alice["password"]
    subject = f"by {client}"
    if client == "curl":
        host, port = server.place("submissions")
        (tmp_path / "mail").write_bytes(mail(server, subject))
        (tmp_path / "curlrc").write_text(f'user = "{user}:{password}"\n')
        command = ["curl", "-sS", "--url", f"smtps://localhost:{port}/laptop.example", "--cacert", server.card["ca"], "-K",
                   str(tmp_path / "curlrc"), "--mail-from", user, "--mail-rcpt", "carol@outside.example", "-T", str(tmp_path / "mail")]
    else:
        host, port = server.place("submissions" if client == "swaks-tls" else "submission")
        secure, kind = (["--tls-on-connect"], "LOGIN") if client == "swaks-tls" else (["--tls"], "PLAIN")
        command = ["swaks", "--silent", "2", "--server", host, "--port", str(port), *secure, "--auth", kind, "--auth-user", user,
                   "--auth-password", password, "--from", user, "--to", "carol@outside.example", "--header", f"Subject: {subject}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert arrived(outside, subject)


def test_nobody_sends_for_another_without_his_leave(server, outside):
    foreign = mail(server, "foreign", user=server.bob)
    with pytest.raises(AssertionError, match="553"):
        submit(server, foreign, "carol@outside.example", sender=server.bob["email"])
    with pytest.raises(AssertionError, match="550.*From"):
        submit(server, foreign, "carol@outside.example")
    ids = {one["Email"]: one["Id"] for one in json.loads(server.run("user", "list", "--json")) if "Email" in one}
    workmail = server.boto3("workmail")
    organization = server.card["organization"]["id"]
    permission = dict(OrganizationId=organization, EntityId=ids[server.bob["email"]], GranteeId=ids[server.alice["email"]])
    try:
        workmail.put_mailbox_permissions(**permission, PermissionValues=["SEND_ON_BEHALF"])
        submit(server, mail(server, "on behalf", user=server.bob), "carol@outside.example")
        [(_, _, content, _, _)] = arrived(outside, "on behalf")
        fields = email.message_from_bytes(content, policy=email.policy.default)
        assert fields["From"].addresses[0].addr_spec == server.bob["email"]
        assert fields["Sender"].address.addr_spec == server.alice["email"]
        workmail.put_mailbox_permissions(**permission, PermissionValues=["SEND_AS"])
        submit(server, mail(server, "send as", user=server.bob), "carol@outside.example", sender=server.bob["email"])
        [(sender, _, content, _, _)] = arrived(outside, "send as")
        assert sender == server.bob["email"] and b"Sender:" not in content
    finally:
        workmail.delete_mailbox_permissions(
            OrganizationId=organization, EntityId=ids[server.bob["email"]], GranteeId=ids[server.alice["email"]])


class TestRules:
    @pytest.fixture(autouse=True)
    def without_rules(self, server):
        yield
        for rule in json.loads(server.run("rule", "list", "--direction", "outbound", "--json")):
            server.run("rule", "delete", "--direction", "outbound", "--name", rule["Name"])

    def rule(self, server, action, *more, recipient="*"):
        server.run("rule", "create", "--direction", "outbound", "--name", "it", "--sender", server.alice["email"], "--recipient",
                   recipient, "--action", action, *more)

    def test_drop_is_silent(self, server, outside):
        self.rule(server, "drop", recipient="*.outside.example")
        queue_id = submit(server, mail(server, "dropped"), ["carol@outside.example", server.bob["email"]])
        assert settled(server, queue_id) == {"carol@outside.example": "dropped", server.bob["email"]: "relayed"}
        assert server.wait_for_subject("dropped", user=server.bob)
        assert "dropped" not in outside.subjects()

    def test_bounce_tells_the_sender_that_the_administrator_blocked_it(self, server):
        self.rule(server, "bounce", "--bounce-message", "not to competitors")
        queue_id = submit(server, mail(server, "blocked mail"), "carol@outside.example")
        assert "bounced" in settled(server, queue_id)["carol@outside.example"]
        notice = until(lambda: [one for one in server.contents() if b"Subject: blocked mail" in one])[0]
        assert b"not to competitors" in notice and b"blocked by the administrator's rule" in notice

    def test_a_gateway_carries_what_its_rule_says(self, server, gateway, outside, tmp_path):
        (tmp_path / "password").write_text("let me through")
        server.run("gateway", "create", "--name", "archive", "--host", "gate.example", "--port", str(gateway.port), "--user", "acme",
                   "--password-file", str(tmp_path / "password"))
        self.rule(server, "smtp-gateway", "--gateway", "archive")
        queue_id = submit(server, mail(server, "by gateway"), "carol@outside.example")
        [(_, recipients, _, _, is_secure)] = arrived(gateway, "by gateway")
        assert recipients == ["carol@outside.example"] and is_secure and gateway.logins[-1] == ("acme", "let me through")
        assert settled(server, queue_id) == {"carol@outside.example": "relayed"}
        assert "by gateway" not in outside.subjects()

    @pytest.mark.parametrize("subject", ["DROP it", "BOUNCE the function says no", "DEFAULT", "ADD one", "SPLIT", "raise"])
    def test_a_synchronous_function_decides(self, server, outside, subject):
        create(server, f"answer-{subject.split()[0]}", ANSWER)
        server.run_lambda("it", f"answer-{subject.split()[0]}", server.alice["email"], direction="outbound", fallback="bounce")
        queue_id = submit(server, mail(server, subject), ["carol@outside.example", server.bob["email"]])
        found = settled(server, queue_id)
        carol, bob = found["carol@outside.example"], found[server.bob["email"]]
        notices = lambda: [one for one in server.contents() if f"Subject: {subject}".encode() in one and b"MAILER-DAEMON" in one]
        if subject == "DROP it":
            assert carol == bob == "dropped" and not notices()
        elif subject.startswith("BOUNCE"):
            assert "bounced" in carol and b"the function says no" in until(notices)[0]
        elif subject == "raise":
            assert "bounced" in carol and until(notices)
        elif subject == "SPLIT":
            assert (carol, bob) == ("dropped", "relayed") and server.wait_for_subject(subject, user=server.bob)
        else:
            assert carol == bob == "relayed"
            [(_, recipients, _, _, _)] = arrived(outside, subject)
            wanted = {"carol@outside.example"} | ({"added@outside.example"} if subject == "ADD one" else set())
            assert set(recipients) == wanted
        [span] = [span for span in trace(server, queue_id)["Spans"] if span["Function"].startswith("answer-")]
        assert span["RequestId"]

    def test_a_function_rewrites_what_leaves(self, server, outside):
        server.boto3("s3").create_bucket(Bucket="outbox")
        server.boto3("s3").put_bucket_policy(Bucket="outbox", Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "workmail.us-east-1.amazonaws.com"}, "Action": ["s3:GetObject"],
            "Resource": "arn:aws:s3:::outbox/*"}]}))
        create(server, "rewrite-out", REWRITE, BUCKET="outbox")
        server.run_lambda("it", "rewrite-out", server.alice["email"], direction="outbound", fallback="drop")
        submit(server, mail(server, "changed") + b"Hello\r\n", ["carol@outside.example", server.bob["email"]])
        [(_, _, content, _, _)] = arrived(outside, "[EXTERNAL] changed")
        assert b"Goodbye" in content and content.startswith(b"Received: from authenticated-user")
        assert b"Goodbye" in server.wait_for_subject("[EXTERNAL] changed", user=server.bob)[0]

    def test_the_footer_function_signs_what_leaves(self, server, outside):
        server.deploy(ROOT / "templates/functions/disclaimer-footer/template.yaml", "footer", Footer="Acme Ltd")
        server.run_lambda("it", "footer/FooterFunction", server.alice["email"], direction="outbound")
        submit(server, mail(server, "with footer"), "carol@outside.example")
        assert b"Acme Ltd" in arrived(outside, "with footer")[0][2]

    def test_an_asynchronous_function_holds_up_nobody(self, server, outside):
        create(server, "later-out", ANSWER)
        server.run_lambda("it", "later-out", server.alice["email"], direction="outbound", synchronous=False)
        queue_id = submit(server, mail(server, "DROP not"), "carol@outside.example")
        assert arrived(outside, "DROP not")
        until(lambda: f"OUTBOUND {queue_id}" in server.run("logs", "later-out"))


class TestOtherServers:
    def test_a_refused_recipient_is_told_with_the_servers_words(self, server, outside):
        outside.answers["nobody@outside.example"] = "550 5.1.1 we know nobody of that name"
        queue_id = submit(server, mail(server, "half"), ["nobody@outside.example", "carol@outside.example"])
        found = settled(server, queue_id)
        assert found["carol@outside.example"] == "relayed" and "bounced" in found["nobody@outside.example"]
        notice = until(lambda: [one for one in server.contents() if b"we know nobody of that name" in one])[0]
        report = email.message_from_bytes(notice, policy=email.policy.default)
        status = next(part for part in report.walk() if part.get_content_type() == "message/delivery-status").get_payload()[1]
        assert status["Status"] == "5.1.1" and "mx.outside.example" in status["Remote-MTA"]
        assert "carol" not in status.as_string()

    def test_who_says_later_is_asked_again(self, server, outside):
        outside.answers["slow@outside.example"] = ["451 4.7.1 greylisted"]
        outside.content_answers = ["452 4.3.1 no room"]
        queue_id = submit(server, mail(server, "later"), "slow@outside.example")
        assert settled(server, queue_id) == {"slow@outside.example": "relayed"}
        assert outside.subjects().count("later") == 1

    def test_the_next_exchange_is_tried(self, server, outside):
        submit(server, mail(server, "second choice"), "x@away.example")
        assert arrived(outside, "second choice")

    def test_a_domain_without_exchanges_takes_mail_itself(self, server, outside):
        submit(server, mail(server, "implicit"), "x@plain.example")
        assert arrived(outside, "implicit")

    @pytest.mark.parametrize("domain,status", [("null.example", "5.1.10"), ("nowhere.example", "5.1.2")])
    def test_domains_that_take_no_mail_are_told_at_once(self, server, domain, status):
        queue_id = submit(server, mail(server, f"to {domain}"), f"x@{domain}")
        assert "bounced" in settled(server, queue_id)[f"x@{domain}"]
        assert until(lambda: [one for one in server.contents() if f"Status: {status}".encode() in one])

    def test_a_name_server_that_fails_is_asked_again(self, server, outside):
        queue_id = submit(server, mail(server, "dns comes back"), "x@broken.example")
        until(lambda: trace(server, queue_id).get("WaitReason"))
        outside.names.records[("broken.example", "MX")] = ["10 mx.outside.example."]
        assert arrived(outside, "dns comes back")

    def test_mail_of_functions_leaves_past_the_rules(self, server, outside):
        server.run("rule", "create", "--direction", "outbound", "--name", "none", "--sender", "*", "--recipient", "*", "--action", "drop")
        try:
            server.boto3("ses").send_email(
                Source=server.alice["email"], Destination={"ToAddresses": ["carol@outside.example"]},
                Message={"Subject": {"Data": "by SES"}, "Body": {"Text": {"Data": "hello"}}})
            assert arrived(outside, "by SES")
        finally:
            server.run("rule", "delete", "--direction", "outbound", "--name", "none")


def test_a_journal_record_tells_blind_copies_of_what_users_send(server):
    server.run("journal", "enable", "--address", server.bob["email"], "--report", server.bob["email"])
    try:
        submit(server, mail(server, "journaled", to="carol@outside.example", headers="Cc: dave@outside.example\r\n"),
               ["carol@outside.example", "dave@outside.example", "hidden@outside.example"])
        records = until(lambda: [one for one in server.contents(user=server.bob) if b"X-MS-Journal-Report" in one])
        assert len(records) == 1
        for line in (b"To: carol@outside.example", b"Cc: dave@outside.example", b"Bcc: hidden@outside.example"):
            assert b"\r\n" + line in records[0].replace(b"=\r\n", b"")
        submit(server, mail(server, "among us", to=server.bob["email"]), server.bob["email"])
        server.wait_for_subject("among us", user=server.bob)
        own = [one for one in server.contents(user=server.bob) if b"X-MS-Journal-Report" in one and b"among us" in one]
        assert len(until(lambda: own)) == 1
    finally:
        server.run("journal", "disable")


def test_development_sends_nothing_to_other_servers(outside):
    with Server() as server:
        queue_id = submit(server, mail(server, "stays"), ["carol@outside.example", server.bob["email"]])
        assert server.wait_for_subject("stays", user=server.bob)
        assert fates(server, queue_id)["carol@outside.example"] == "open"
        assert "Outside=send" in until(lambda: trace(server, queue_id).get("WaitReason"))


def test_a_smart_host_takes_all_mail_for_the_outside_from_the_next_message_on(server, outside, gateway):
    standard = str(ROOT / "templates/mailroom.yaml")
    with OtherServer(hostname="smart.example") as smart:
        server.run("deploy", standard, "--parameter", f"SmartHost=127.0.0.1:{smart.port}")
        try:
            submit(server, mail(server, "by smart host"), ["x@nowhere.example", "carol@outside.example"])
            assert sorted(arrived(smart, "by smart host")[0][1]) == ["carol@outside.example", "x@nowhere.example"]
            assert "by smart host" not in outside.subjects()
        finally:
            server.run("deploy", standard, "--parameter", "SmartHost=")
    submit(server, mail(server, "by exchange again"), "carol@outside.example")
    assert arrived(outside, "by exchange again")


@pytest.mark.parametrize("given,told", [
    ("SmartHost=a:b:c", "SmartHost is a host, or host:port"), ("DelayNotice=soon", "DelayNotice is a duration"),
    ("GatewayAuthorities=/no/such.pem", "/no/such.pem"), ("Outside=maybe", "Outside"), ("OutsidePort=0", "OutsidePort"),
])
def test_settings_that_cannot_be_used_are_told_at_deploy(server, given, told):
    done = server.run("deploy", str(ROOT / "templates/mailroom.yaml"), "--parameter", given, check=False)
    assert done.returncode == 1 and told in done.stderr.decode(), done.stderr
