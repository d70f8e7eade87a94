"""Functions as people bring them along (samples/README.md): unmodified templates, with their habits."""
import email
import email.policy
import http.server
import json
import pathlib
import shutil
import threading
import time

from mailroom import MovedClock, Server, message, until

SAMPLES = pathlib.Path(__file__).resolve().parent / "samples"


def deploy(server, folder, sender, rule=(), template=None, stack=None, **parameters):
    outputs = server.deploy(template or SAMPLES / folder / "template.yaml", stack or folder, **parameters)
    server.run_lambda(stack or folder, outputs["FunctionArn"], sender, **dict(rule))
    return outputs


def with_subject(server, subject, folder="INBOX", user=None):
    return [content for content in server.contents(folder, user) if f"Subject: {subject}\r\n".encode() in content]


def text_of(content, kind="plain"):
    return email.message_from_bytes(content, policy=email.policy.default).get_body((kind,)).get_content()


def invoke(server, arn, **changes):
    """Calls a function as a rule would; (answer, error)."""
    event = {"summaryVersion": "2019-07-28", "envelope": {
        "mailFrom": {"address": "x@outside.example"}, "recipients": [{"address": server.alice["email"]}]},
        "truncated": False, "sender": None, "subject": "Hi", "messageId": "00000000-0000-0000-0000-000000000000",
        "invocationId": "0" * 40, "flowDirection": "INBOUND", **changes}
    found = server.boto3("lambda").invoke(FunctionName=arn, Payload=json.dumps(event))
    answer = json.loads(found["Payload"].read())
    return (None, answer) if "FunctionError" in found else (answer, None)


ALTERNATIVE = ("--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello\r\n"
               "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>Hello</p></body></html>\r\n--b--")
MULTIPART = "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n"


def test_hello_world_with_a_layer_and_a_bucket(server):
    outputs = deploy(server, "hello-world", "hello.example", {"fallback": "junk"})
    server.send(message("first steps", sender="x@hello.example"))
    server.wait_for_subject("first steps")
    s3 = server.boto3("s3")
    [kept] = s3.list_objects_v2(Bucket=outputs["BucketName"])["Contents"]
    assert b"Subject: [seen] first steps" in s3.get_object(Bucket=outputs["BucketName"], Key=kept["Key"])["Body"].read()
    # The layer's copy goes before the runtime's.
    logs = server.boto3("logs").filter_log_events(logGroupName=f"/aws/lambda/{outputs['FunctionArn'].split(':')[-1]}")["events"]
    assert [event for event in logs if "boto3 1.38.5" in event["message"]]
    # A message that is gone is an error of the service that the function tells by its code.
    _, error = invoke(server, outputs["FunctionArn"])
    assert error["errorType"] == "ResourceNotFoundException"


def test_a_message_without_a_subject_and_a_null_answer_end_in_the_fallback(server):
    outputs = deploy(server, "hello-world", "hello.example", {"fallback": "junk"})
    # No Subject field: the function fails, and there is no second attempt within 0 minutes.
    server.send(message(sender="x@hello.example", body="no subject here").replace(b"Subject: Hello\r\n", b""))
    assert until(lambda: [one for one in server.contents("Junk E-mail") if b"no subject here" in one])
    # Without its bucket the function answers null, which is no answer.
    server.boto3("lambda").update_function_configuration(
        FunctionName=outputs["FunctionArn"], Environment={"Variables": {"UPDATED_EMAIL_BUCKET": ""}})
    assert invoke(server, outputs["FunctionArn"]) == (None, None)
    server.send(message("null answer", sender="x@hello.example"))
    server.wait_for_subject("null answer", "Junk E-mail")


def test_update_email_with_beautifulsoup(server):
    deploy(server, "update-email", "update.example", {"fallback": "junk"}, SubjectTag="[outside]", DisclaimerText="take care")
    server.send(message("a letter", ALTERNATIVE, sender="x@update.example", headers=MULTIPART))
    [content] = server.wait_for_subject("[outside] a letter")
    assert "take care" in text_of(content) and "<p>take care</p></body>" in text_of(content, "html")
    assert content.startswith(b"Return-Path:")
    # Mail that is not multipart was not thought of.
    server.send(message("plain", sender="x@update.example"))
    server.wait_for_subject("plain", "Junk E-mail")


def test_an_update_without_the_bucket_policy_is_refused(server, tmp_path):
    folder = tmp_path / "without-policy"
    shutil.copytree(SAMPLES / "update-email", folder)
    template = (folder / "template.yaml").read_text()
    start, end = template.index("  UpdatedEmailBucketPolicy:"), template.index("Outputs:")
    (folder / "template.yaml").write_text(template[:start] + template[end:])
    outputs = deploy(server, "update-email", "nopolicy.example", {"fallback": "junk"}, folder / "template.yaml", "no-policy")
    server.send(message("unreadable", ALTERNATIVE, sender="x@nopolicy.example", headers=MULTIPART))
    server.wait_for_subject("unreadable", "Junk E-mail")
    logs = server.boto3("logs").filter_log_events(logGroupName=f"/aws/lambda/{outputs['FunctionArn'].split(':')[-1]}")["events"]
    assert [event for event in logs if "WorkMail cannot read the bucket" in event["message"]]


def test_save_and_update_keeps_what_it_saved_before_it_failed(server):
    outputs = deploy(server, "save-and-update-email", "keep.example", {"fallback": "junk"})
    server.send(message("kept anyway", sender="x@keep.example"))
    server.wait_for_subject("kept anyway", "Junk E-mail")
    kept = server.boto3("s3").list_objects_v2(Bucket=outputs["SavedBucketName"])["Contents"]
    assert sorted(one["Key"].rpartition("/")[2] for one in kept) == ["event.json", "message.eml"]
    deploy(server, "save-and-update-email", "keep.example", {"fallback": "junk"}, KeyPrefix="mail-")
    server.send(message("with a key", sender="x@keep.example"))
    [content] = server.wait_for_subject("with a key")
    assert b"\r\nWorkMailMessageKey: mail-" in content


def test_restricted_mailboxes(server):
    server.run("user", "create", "kim@demo.mailroom.test")
    server.run("user", "create", "report@demo.mailroom.test")
    workmail, organization = server.boto3("workmail"), server.card["organization"]["id"]
    group = workmail.create_group(OrganizationId=organization, Name="inside-only")["GroupId"]
    kim = workmail.describe_user(OrganizationId=organization, UserId="kim@demo.mailroom.test")["UserId"]
    workmail.associate_member_to_group(OrganizationId=organization, GroupId=group, MemberId=kim)
    outputs = deploy(server, "restricted-mailboxes", "restricted.example", {"fallback": "junk"},
                     WorkMailOrganizationID=organization, RestrictedGroupName="inside-only",
                     ReportMailboxAddress="report@demo.mailroom.test")
    # A bounce for nobody, and DEFAULT for all.
    server.send(message("for alice", sender="x@restricted.example"))
    server.wait_for_subject("for alice")
    # A bounce without a text for kim; the report mailbox is added beside everybody else.
    to = ["kim@demo.mailroom.test", server.alice["email"]]
    server.send(message("for kim too", sender="x@restricted.example"), to=to, sender=server.bob["email"])
    server.wait_for_subject("for kim too")
    assert until(lambda: server.boto3("workmail") and [
        one for one in server.contents(user=server.bob) if b"Delivery Status Notification (Failure)" in one and b"kim@" in one])
    answer, _ = invoke(server, outputs["FunctionArn"], envelope={
        "mailFrom": {"address": "x@restricted.example"}, "recipients": [{"address": "Kim@demo.mailroom.test"}]})
    assert answer["actions"][1] == {"recipients": ["report@demo.mailroom.test"], "allRecipients": True, "action": {"type": "DEFAULT"}}
    # The null sender is more than it can take.
    _, error = invoke(server, outputs["FunctionArn"], envelope={
        "mailFrom": {"address": ""}, "recipients": [{"address": server.alice["email"]}]})
    assert error["errorType"] == "IndexError"


def test_upstream_gateway_filter(server):
    outputs = deploy(server, "upstream-gateway-filter", "gateway.example", {"fallback": "junk"})
    _, error = invoke(server, outputs["FunctionArn"])
    assert error["errorType"] == "ValueError" and "must be set" in error["errorMessage"]
    server.send(message("does not start", sender="x@gateway.example"))
    server.wait_for_subject("does not start", "Junk E-mail")
    deploy(server, "upstream-gateway-filter", "gateway.example", {"fallback": "junk"},
           FilterHeaderName="X-Gateway-Verdict", FilterHeaderRegex="(?i)^spam")
    for verdict, folder in (("Spam; score=9", "Junk E-mail"), ("clean", "INBOX")):
        server.send(message(f"gateway says {verdict}", sender="x@gateway.example", headers=f"X-Gateway-Verdict: {verdict}\r\n"))
        server.wait_for_subject(f"gateway says {verdict}", folder)


def test_chat_bot(server):
    posts = []

    class Channel(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Channel) as channel:
        threading.Thread(target=channel.serve_forever, args=(0.01,)).start()
        try:
            outputs = deploy(server, "chat-bot", "chat.example", {"synchronous": False}, ChatClient="slack",
                             WebhookURL=f"http://127.0.0.1:{channel.server_address[1]}/hook")
            # A text without charset is a TypeError there; nobody waits for it, and the mail arrives.
            server.send(message("without charset", sender="x@chat.example"))
            server.wait_for_subject("without charset")
            server.send(message("with charset", sender="x@chat.example",
                                headers="MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"))
            server.wait_for_subject("with charset")
            assert until(lambda: posts) == [{"text": "with charset: It works"}]
        finally:
            channel.shutdown()
    # The two calls run beside each other: the one that fails may well end last.
    group = f"/aws/lambda/{outputs['FunctionArn'].split(':')[-1]}"
    assert until(lambda: [event for event in server.boto3("logs").filter_log_events(logGroupName=group)["events"]
                          if "TypeError" in event["message"]])


def test_stop_mail_storm_as_it_is(tmp_path):
    clock = MovedClock(tmp_path)
    with Server(data=str(tmp_path / "data"), log=str(tmp_path / "log"), clock=clock) as server:
        deploy(server, "stop-mail-storm", "storm.example", {"fallback": "junk"}, Threshold=2)
        # The storm is within one minute, however long it takes.
        clock.stand()
        for number in range(4):
            server.send(message(f"before {number}", sender="x@storm.example"), sender=server.bob["email"])
            server.wait_for_subject(f"before {number}")
        clock.advance(60)
        server.send(message("after", sender="x@storm.example"), sender=server.bob["email"])
        assert until(lambda: [one for one in server.contents(user=server.bob) if b"mail storm" in one])
        assert not with_subject(server, "after")
        clock.advance(60)
        server.send(message("calm again", sender="x@storm.example"), sender=server.bob["email"])
        server.wait_for_subject("calm again")


def test_stop_mail_storm_with_a_layer_of_its_own(server, tmp_path):
    folder = tmp_path / "storm"
    shutil.copytree(SAMPLES / "stop-mail-storm", folder)
    shutil.copytree(SAMPLES / "stop-mail-storm-sdk", folder / "sdk")
    template = (folder / "template.yaml").read_text()
    template = template.replace("      Environment:\n", "      Layers: [ !Ref SdkLayer ]\n      ReservedConcurrentExecutions: 1\n      Environment:\n")
    template = template.replace("Resources:\n", "Resources:\n  SdkLayer:\n    Type: AWS::Serverless::LayerVersion\n"
                                "    Properties: { ContentUri: sdk/ }\n\n", 1)
    (folder / "template.yaml").write_text(template)
    outputs = deploy(server, "stop-mail-storm", "storm2.example", {"fallback": "junk"}, folder / "template.yaml", "storm",
                     Threshold=2)
    answer, error = invoke(server, outputs["FunctionArn"], envelope={
        "mailFrom": {"address": "x@storm2.example"}, "recipients": [{"address": server.bob["email"]}]})
    assert error is None and answer["actions"][0]["recipients"] == []
    for number in range(4):
        server.send(message(f"wave {number}", sender="x@storm2.example"), sender=server.bob["email"])
        assert until(lambda: with_subject(server, f"wave {number}") or [
            one for one in server.contents(user=server.bob) if b"mail storm" in one])
    assert with_subject(server, "wave 0") and not with_subject(server, "wave 3")
