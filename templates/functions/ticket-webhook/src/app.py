"""Opens a ticket for each message: sends what it says, as JSON, to a web address."""
import email
import email.policy
import functools
import json
import logging
import os
import urllib.error
import urllib.parse
import urllib.request

import boto3
from botocore.exceptions import ClientError

log = logging.getLogger()
log.setLevel(logging.INFO)

# The beginning of a message holds its text; attachments are named, not sent.
CONTENT_OCTETS_MAX = 5 << 20
TEXT_CHARACTERS_MAX = 20_000
# Less than the function's own time, so that a slow desk is an error that says so.
ANSWER_SECONDS_MAX = 10


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the secret to whoever is named there."""

    def redirect_request(self, *_):
        return None


@functools.cache
def client(service):
    return boto3.client(service)


@functools.cache
def secret():
    """Read once for each environment: a changed secret is in use as soon as environments are new."""
    return client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET"])["SecretString"].strip()


def handler(event, context):
    ticket = ticket_of(event)
    if ticket is None:
        return None
    address = os.environ["WEBHOOK"]
    place = urllib.parse.urlsplit(address)
    # The secret goes over TLS, or stays on this machine.
    if place.scheme != "https" and place.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise ValueError("WEBHOOK must begin with https://")
    request = urllib.request.Request(address, data=json.dumps(ticket).encode(), method="POST", headers={
        "Content-Type": "application/json",
        "Authorization": f"Bearer {secret()}",
        # Lambda may bring an event twice, and tries again after a failure: by this a desk knows what it has already.
        "Idempotency-Key": event["messageId"]})
    try:
        with open_url(request) as answer:
            log.info("message %s: ticket taken, status %d", event["messageId"], answer.status)
    except urllib.error.HTTPError as problem:
        problem.close()
        # What the desk finds wrong with this ticket it will find wrong again; anything else may pass.
        if 400 <= problem.code < 500 and problem.code not in (401, 403, 408, 425, 429):
            log.error("message %s: ticket refused for good, status %d", event["messageId"], problem.code)
            return None
        if problem.code in (401, 403):
            # Perhaps the secret was changed: the next attempt reads it again.
            secret.cache_clear()
        raise RuntimeError(f"the desk answered {problem.code}") from None
    # Nobody reads the answer of an asynchronous rule's function.
    return None


def open_url(request):
    return urllib.request.build_opener(NoRedirects).open(request, timeout=ANSWER_SECONDS_MAX)


def ticket_of(event):
    """What a ticket says; None when the message is gone."""
    try:
        found = client("workmailmessageflow").get_raw_message_content(messageId=event["messageId"])
    except ClientError as problem:
        # A test event's message, or one older than 24 hours.
        if problem.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        log.info("message %s is gone", event["messageId"])
        return None
    message = email.message_from_bytes(found["messageContent"].read(CONTENT_OCTETS_MAX), policy=email.policy.default)
    text, attachments = "", []
    try:
        body = message.get_body(("plain", "html"))
        text = body.get_content() if body is not None else ""
        attachments = [part.get_filename() or part.get_content_type() for part in message.iter_attachments()]
    except Exception as problem:
        # A ticket without its text is better than none: the message itself is in the mailbox.
        log.warning("message %s: its text cannot be read: %r", event["messageId"], problem)
    return {
        "messageId": event["messageId"],
        "from": (event["envelope"].get("mailFrom") or {}).get("address") or "",
        "recipients": [recipient["address"] for recipient in event["envelope"]["recipients"]],
        "subject": event["subject"] or "",
        "text": text[:TEXT_CHARACTERS_MAX],
        "attachments": attachments[:100],
    }
