"""Holds mail that leaves the organization until a second person has approved it.

Two functions share this file. `hold` answers an outbound rule: it asks the approver by mail and lets the message wait.
`decide` reads the approver's reply, which arrives at an address of the organization. What they know about a message lies
in a bucket under its invocation id, which is the same each time the rule asks again.
"""
import email
import email.message
import email.policy
import functools
import hashlib
import hmac
import json
import logging
import os
import re
import time

import boto3
from botocore.exceptions import ClientError

log = logging.getLogger()
log.setLevel(logging.INFO)

# What the approver gets to see. SES takes 10 MB in base64; what is larger is described, not attached.
ATTACHED_OCTETS_MAX = 5 << 20
REPLY_OCTETS_MAX = 1 << 20
HTML_CHARACTERS_MAX = 64 << 10
SUBJECT_CHARACTERS_MAX = 100

# The reference in the subject: invocation id, and a code that only this function can make.
REFERENCE = re.compile(r"\[approval ([0-9A-Za-z-]{1,80})\s+([0-9a-f]{20})\]")

PASS = {"actions": [{"allRecipients": True, "action": {"type": "DEFAULT"}}]}


@functools.cache
def client(service):
    return boto3.client(service)


def hold(event, context):
    """Answers the rule: pass, bounce, or wait and ask again."""
    sender = author_of(event)
    if sender in ("", setting("APPROVER"), setting("APPROVAL_FROM")) or not leaves(event):
        return PASS
    request, decision = load(event, "requests"), load(event, "decisions")
    if decision:
        log.info("message %s: %s", event["messageId"], decision["decision"])
        return PASS if decision["decision"] == "approve" else bounce("It was not approved.")
    if not request:
        request = {"askedAt": int(time.time()), "messageId": event["messageId"], "from": sender}
        if not ask(event, sender):
            return PASS
        # After the mail: should the environment die between the two, the approver gets a second mail with the same
        # reference, which is better than none.
        save(event["invocationId"], "requests", request)
        log.info("message %s waits for %s", event["messageId"], setting("APPROVER"))
    elif time.time() - request["askedAt"] > int(os.environ["WAIT_MINUTES"]) * 60:
        return bounce("Nobody approved it in time.")
    # Mailroom's own extension: the rule asks again after so many seconds, with the same invocation id.
    return {"wait": {"seconds": int(os.environ["ASK_AGAIN_SECONDS"])}}


def decide(event, context):
    """Notes what the approver replied. The first word of the reply counts, and the first reply."""
    found = REFERENCE.search(event["subject"] or "")
    if not found or not hmac.compare_digest(found[2], code_for(found[1])):
        log.info("message %s is no reply to a request", event["messageId"])
        return PASS
    # Whoever has the code was sent it; this keeps a forwarded request from being answered by others.
    if author_of(event) != setting("APPROVER"):
        log.warning("message %s: %r is not the approver", event["messageId"], author_of(event))
        return PASS
    words = re.findall(r"[a-z]+", text_of(event).lower()[:1000])
    if words[:1] not in (["approve"], ["deny"]):
        log.warning("message %s: begins with neither approve nor deny", event["messageId"])
        return PASS
    if save(found[1], "decisions", {"decision": words[0]}, once=True):
        log.info("request %s: %s", found[1], words[0])
    return PASS


def setting(name):
    return os.environ[name].strip().lower()


def author_of(event):
    """Who wrote the message: the one who sent on behalf of another, if it was sent so."""
    for who in (event.get("sender"), event["envelope"].get("mailFrom")):
        if who and who.get("address"):
            return who["address"].strip().lower()
    return ""


def leaves(event):
    own = [domain.strip() for domain in setting("OWN_DOMAINS").split(",")]
    return any(recipient["address"].lower().rpartition("@")[2] not in own for recipient in event["envelope"]["recipients"])


def bounce(why):
    text = f"This message needed the approval of a second person before it leaves the organization. {why}"
    return {"actions": [{"allRecipients": True, "action": {"type": "BOUNCE", "parameters": {"bounceMessage": text}}}]}


@functools.cache
def secret():
    return client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET"])["SecretString"].encode()


def code_for(invocation_id):
    return hmac.new(secret(), invocation_id.encode(), hashlib.sha256).hexdigest()[:20]


def ask(event, sender):
    """Sends the request. False when the message is gone, so that there is nothing to approve."""
    content = content_of(event, ATTACHED_OCTETS_MAX + 1)
    if content is None:
        return False
    subject = "".join(one if one.isprintable() else " " for one in event["subject"] or "(no subject)")
    request = email.message.EmailMessage(policy=email.policy.SMTP)
    request["From"], request["To"] = os.environ["APPROVAL_FROM"], os.environ["APPROVER"]
    # The reference comes first: a subject is cut at 256 characters in the event of the reply.
    request["Subject"] = (f"[approval {event['invocationId']} {code_for(event['invocationId'])}] "
                          f"{subject[:SUBJECT_CHARACTERS_MAX]}")
    request["Auto-Submitted"] = "auto-generated"
    recipients = [recipient["address"] for recipient in event["envelope"]["recipients"]]
    shown = ", ".join(recipients[:20]) + (f" and {len(recipients) - 20} more" if len(recipients) > 20 else "")
    size = "The message is attached." if len(content) <= ATTACHED_OCTETS_MAX else "The message is too large to be attached."
    request.set_content(f"{sender} wants to send a message to {shown}.\nSubject: {subject}\n{size}\n\n"
                        "Reply to this mail and begin your reply with the word APPROVE or DENY.\n"
                        f"Without a reply the message goes back after {os.environ['WAIT_MINUTES']} minutes.\n")
    if len(content) <= ATTACHED_OCTETS_MAX:
        # As octets: parsed and written again it might no longer be what is approved.
        request.add_attachment(content, maintype="application", subtype="octet-stream", filename="message.eml")
    client("sesv2").send_email(FromEmailAddress=os.environ["APPROVAL_FROM"],
                               Destination={"ToAddresses": [os.environ["APPROVER"]]},
                               Content={"Raw": {"Data": request.as_bytes()}})
    return True


def content_of(event, octets_max):
    try:
        found = client("workmailmessageflow").get_raw_message_content(messageId=event["messageId"])
    except ClientError as problem:
        # A test event's message, or one older than 24 hours.
        if problem.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        log.info("message %s is gone", event["messageId"])
        return None
    return found["messageContent"].read(octets_max)


def text_of(event):
    """The reply's text; empty when there is none that can be read, which decides nothing."""
    try:
        message = email.message_from_bytes(content_of(event, REPLY_OCTETS_MAX) or b"", policy=email.policy.default)
        body = message.get_body(("plain", "html"))
        text = body.get_content() if body is not None else ""
        if body is not None and body.get_content_subtype() == "html":
            text = re.sub(r"<(style|script|title)\b.*?</\1\s*>|<[^>]*>", " ", text[:HTML_CHARACTERS_MAX], flags=re.I | re.S)
        return text
    except ClientError:
        raise
    except Exception as problem:
        log.warning("message %s cannot be read: %r", event["messageId"], problem)
        return ""


def load(event, kind):
    try:
        found = client("s3").get_object(Bucket=os.environ["STATE_BUCKET"], Key=f"{kind}/{event['invocationId']}.json")
    except ClientError as problem:
        if problem.response["Error"]["Code"] != "NoSuchKey":
            raise
        return None
    return json.loads(found["Body"].read())


def save(invocation_id, kind, value, once=False):
    """False when it was to be saved once and is there already."""
    condition = {"IfNoneMatch": "*"} if once else {}
    try:
        client("s3").put_object(Bucket=os.environ["STATE_BUCKET"], Key=f"{kind}/{invocation_id}.json",
                                Body=json.dumps(value).encode(), ContentType="application/json", **condition)
    except ClientError as problem:
        if once and problem.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict"):
            return False
        raise
    return True
