"""The ready functions of templates/functions at work: deployed, bound to a rule, fed with real mail.

Each has a sender domain of its own, since one rule acts for each recipient and a synchronous one must be for all.
"""
import base64
import email
import email.policy
import http.server
import io
import json
import threading
import time
import zipfile

import pytest
from mailroom import ROOT, message, until

READY = ROOT / "templates/functions"


def deploy(server, folder, sender, rule=(), **parameters):
    """Deploys one folder and binds it to the mail of a sender domain; the stack's outputs."""
    outputs = server.deploy(READY / folder / "template.yaml", folder, **parameters)
    server.run_lambda(folder, outputs["FunctionArn"], sender, **dict(rule))
    return outputs


def with_subject(server, subject, folder="INBOX", user=None):
    return [content for content in server.contents(folder, user) if f"Subject: {subject}\r\n".encode() in content]


def parsed(content):
    return email.message_from_bytes(content, policy=email.policy.default)


def multipart(sender, *parts, subject, kind="mixed"):
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--"
    return message(subject, body, sender=sender, headers=f"MIME-Version: 1.0\r\nContent-Type: multipart/{kind}; boundary=b\r\n")


def bounces(server, text):
    """Bounces in bob's mailbox that say this."""
    return [content for content in server.contents(user=server.bob)
            if b"Delivery Status Notification (Failure)" in content and text in parsed(content).as_string()]


@pytest.mark.parametrize("language", ["python", "node", "swift"])
def test_hello_world(server, language):
    deploy(server, f"hello-world-{language}", f"{language}.example")
    server.send(message(f"hello {language}", sender=f"x@{language}.example"))
    server.wait_for_subject(f"hello {language}")
    found = server.boto3("logs").filter_log_events(
        logGroupName=f"/aws/lambda/{server.functions[f'hello-world-{language}', 'HelloFunction']}")["events"]
    said = [event["message"] for event in found if f"hello {language}" in event["message"]]
    # The Swift one has nothing to sign requests with.
    assert said and (language == "swift" or "octets read" in said[0])


def test_sender_blocklist(server):
    outputs = deploy(server, "sender-blocklist", "*.block.example", BlockedSenders="*.a.block.example",
                     BlockedAction="MOVE_TO_JUNK")
    server.boto3("s3").put_object(Bucket=outputs["ListBucket"], Key="blocklist.txt", Body=b"mallory@b.block.example # why\n")
    for sender, folder in (("x@deep.a.block.example", "Junk E-mail"), ("mallory@b.block.example", "Junk E-mail"),
                           ("ann@b.block.example", "INBOX")):
        server.send(message(f"from {sender}", sender=sender))
        server.wait_for_subject(f"from {sender}", folder)


def test_disclaimer_footer(server):
    deploy(server, "disclaimer-footer", "footer.example", Footer="Acme – we deliver\\n5 < 6")
    server.send(multipart(
        "x@footer.example", "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe",
        "Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>Hello</body></html>", subject="to be footed", kind="alternative"))
    [content] = server.wait_for_subject("to be footed")
    found = parsed(content)
    assert "Grüße\n\n-- \nAcme – we deliver\n5 < 6" in found.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert "5 &lt; 6</div>" in found.get_body(("html",)).get_content()
    # The trace is still on top, once.
    assert content.startswith(b"Return-Path:") and content.count(b"\r\nX-SES-Spam-Verdict:") == 1
    signed = multipart("x@footer.example", "Content-Type: text/plain\r\n\r\nHello",
                       "Content-Type: application/pgp-signature\r\n\r\nx", subject="signed", kind="signed")
    server.send(signed)
    [content] = server.wait_for_subject("signed")
    assert content.endswith(signed.partition(b"\r\n\r\n")[2])


def test_save_to_bucket(server):
    outputs = deploy(server, "save-to-bucket", "save.example", {"synchronous": False}, Prefix="mail/")
    server.send(message("to be kept", sender="x@save.example"))
    [delivered] = server.wait_for_subject("to be kept")
    s3 = server.boto3("s3")

    def kept():
        return [one["Key"] for one in s3.list_objects_v2(Bucket=outputs["CopyBucket"]).get("Contents", [])]
    assert until(lambda: len(kept()) == 2)
    octets, facts = [s3.get_object(Bucket=outputs["CopyBucket"], Key=key)["Body"].read() for key in sorted(kept())]
    assert octets == delivered
    assert json.loads(facts)["envelope"]["recipients"] == [{"address": server.alice["email"]}]


def test_dmarc_gate_believes_the_receiving_server_alone(server):
    deploy(server, "dmarc-gate", "dmarc.example", FailAction="DROP")
    forged = "Authentication-Results: amazonses.com; dmarc=fail header.from=dmarc.example\r\n"
    server.send(message("forged verdict", sender="x@dmarc.example", headers=forged))
    server.wait_for_subject("forged verdict")


def test_attachment_policy(server):
    deploy(server, "attachment-policy", "files.example")
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w") as archive:
        archive.writestr("run.js", "x")

    def send(subject, name, octets):
        server.send(multipart(
            "x@files.example", "Content-Type: text/plain\r\n\r\nHello",
            f'Content-Disposition: attachment; filename="{name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
            + base64.encodebytes(octets).decode().replace("\n", "\r\n"), subject=subject), sender=server.bob["email"])
    send("a harmless file", "notes.txt", b"x")
    send("an archive", "tools.zip", octets.getvalue())
    server.wait_for_subject("a harmless file")
    assert until(lambda: bounces(server, '"tools.zip" holds "run.js"'))
    assert not with_subject(server, "an archive")


def test_mail_storm_stop(server):
    # Windows lie on the clock one after the other: one that has just begun does not end under the test.
    window = min(range(80_000, 86_400), key=lambda seconds: time.time() % seconds)
    deploy(server, "mail-storm-stop", "storm.example", Watched=server.alice["email"], Threshold=2, WindowSeconds=window)
    for number in range(4):
        server.send(message(f"storm {number}", sender="x@storm.example"), sender=server.bob["email"])
        if number < 2:
            server.wait_for_subject(f"storm {number}")
    assert until(lambda: len(bounces(server, "Too many messages")) == 2)
    assert len([content for content in server.contents() if b"\r\nSubject: storm " in content]) == 2


def test_ticket_webhook(server):
    tickets = []

    class Desk(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            tickets.append((self.headers["Authorization"], json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_):
            pass
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Desk) as desk:
        threading.Thread(target=desk.serve_forever, args=(0.01,)).start()
        try:
            deploy(server, "ticket-webhook", "ticket.example", {"synchronous": False, "recipient": server.alice["email"]},
                   Webhook=f"http://127.0.0.1:{desk.server_address[1]}/", Token="s3cret")
            server.send(message("a ticket", "the printer is on fire", sender="x@ticket.example"))
            assert until(lambda: tickets)
        finally:
            desk.shutdown()
    [(token, ticket)] = tickets
    assert token == "Bearer s3cret" and ticket["subject"] == "a ticket" and "on fire" in ticket["text"]


def test_out_of_hours_reply(server):
    # One answer a day: somewhere midnight is far.
    zone = "UTC" if 1 <= time.gmtime().tm_hour < 23 else "Etc/GMT+6"
    deploy(server, "out-of-hours-reply", "*", {"synchronous": False, "recipient": "desk@demo.mailroom.test"}, TimeZone=zone,
           ReplyFrom="desk@demo.mailroom.test", OpenFrom="00:00", OpenUntil="00:00", Text="We are closed.")
    server.run("user", "create", "desk@demo.mailroom.test")
    bob = server.bob["email"]

    def ask(subject, headers=""):
        server.send(message(subject, to="desk@demo.mailroom.test", sender=bob, headers=headers),
                    to="desk@demo.mailroom.test", sender=bob)
    ask("from a machine", "Auto-Submitted: auto-generated\r\n")
    ask("open on Sunday?")
    [answer] = server.wait_for_subject("Auto: open on Sunday?", user=server.bob)
    assert parsed(answer)["Auto-Submitted"] == "auto-replied" and b"We are closed." in answer
    ask("and on Monday?")
    server.send(message("a mark behind it", to=bob), to=bob)
    server.wait_for_subject("a mark behind it", user=server.bob)
    assert not with_subject(server, "Auto: and on Monday?", user=server.bob)
    assert not with_subject(server, "Auto: from a machine", user=server.bob)


def test_redirect_by_subject(server):
    deploy(server, "redirect-by-subject", "redirect.example", Redirects=f"[invoice]={server.bob['email']}", KeepOriginal="false")
    server.send(message("Re: [Invoice] 17", sender="x@redirect.example"))
    server.wait_for_subject("Re: [Invoice] 17", user=server.bob)
    server.send(message("no bill", sender="x@redirect.example"))
    server.wait_for_subject("no bill")
    assert not with_subject(server, "Re: [Invoice] 17")


def test_four_eyes_approval(server):
    """On inbound mail, which the function does not tell apart: alice counts as outside of elsewhere.example."""
    server.run("user", "create", "approvals@demo.mailroom.test")
    bob = server.bob["email"]
    outputs = deploy(server, "four-eyes-approval", "eyes.example", {"fallback": "bounce"}, Approver=bob,
                     ApprovalFrom="approvals@demo.mailroom.test", OwnDomains="elsewhere.example", AskAgainSeconds=1)
    server.run_lambda("decide", outputs["DecideFunctionArn"], bob, "approvals@demo.mailroom.test", synchronous=False)
    for word, subject in (("APPROVE", "an offer"), ("DENY", "a secret")):
        server.send(message(subject, sender="x@eyes.example"), sender=bob)
        request = until(lambda: [one for one in map(parsed, server.contents(user=server.bob))
                                 if one["Subject"].startswith("[approval ") and one["Subject"].endswith("] " + subject)])[0]
        assert not with_subject(server, subject)
        server.send(message("Re: " + request["Subject"], word, to="approvals@demo.mailroom.test", sender=bob),
                    to="approvals@demo.mailroom.test", sender=bob)
    server.wait_for_subject("an offer")
    assert until(lambda: bounces(server, "It was not approved"))
    assert not with_subject(server, "a secret")
