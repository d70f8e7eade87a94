"""Keeps out listed senders: addresses, domains, and domains with all below them."""
import functools
import logging
import os
import time

import boto3
from botocore.exceptions import ClientError

log = logging.getLogger()
log.setLevel(logging.INFO)

# A list of 1 MiB holds some 40,000 addresses. Reading it again each minute is often enough for a list that people edit.
LIST_OCTETS_MAX = 1 << 20
LIST_AGE_SECONDS = 60
LIST_KEY = "blocklist.txt"

PASS = {"actions": [{"allRecipients": True, "action": {"type": "DEFAULT"}}]}

_listed = None


@functools.cache
def client(service):
    return boto3.client(service)


def handler(event, context):
    # `sender` is there when somebody wrote on behalf of `mailFrom`; either may be the listed one.
    authors = [event.get("sender"), event["envelope"].get("mailFrom")]
    for author in [author["address"].strip().lower() for author in authors if author and author.get("address")]:
        for pattern in patterns_of(author):
            if pattern in listed():
                log.info("message %s: %r is listed as %r", event["messageId"], author, pattern)
                return answer(event)
    return PASS


def answer(event):
    kind = os.environ["BLOCKED_ACTION"]
    # A rule for outgoing mail has no junk folder to move to.
    if kind == "MOVE_TO_JUNK" and event["flowDirection"] == "OUTBOUND":
        kind = "BOUNCE"
    action = {"type": kind}
    if kind == "BOUNCE":
        action["parameters"] = {"bounceMessage": "The recipient's organization does not accept mail from this sender."}
    return {"actions": [{"allRecipients": True, "action": action}]}


def patterns_of(address):
    """What a list may say to mean this address, most exact first."""
    yield address
    domain = address.rpartition("@")[2]
    if not domain or "@" not in address:
        return
    yield domain
    labels = domain.split(".")
    for start in range(len(labels)):
        # As in flow rules, *.example.com also means example.com itself.
        yield "*." + ".".join(labels[start:])


def listed():
    """The parameter's entries and the object's, one set; at most a minute old."""
    global _listed
    now = time.monotonic()
    if _listed is None or now - _listed[0] > LIST_AGE_SECONDS:
        entries = os.environ.get("BLOCKED_SENDERS", "").split(",") + read_list().splitlines()
        # A line may end in a remark: "noisy.example  # asked twice to stop".
        _listed = (now, {entry.partition("#")[0].strip().lower() for entry in entries} - {""})
    return _listed[1]


def read_list():
    try:
        found = client("s3").get_object(Bucket=os.environ["LIST_BUCKET"], Key=LIST_KEY)
    except ClientError as problem:
        if problem.response["Error"]["Code"] != "NoSuchKey":
            raise
        return ""
    octets = found["Body"].read(LIST_OCTETS_MAX + 1)
    if len(octets) > LIST_OCTETS_MAX:
        # Half a list would block some and not others without anyone knowing why.
        raise ValueError(f"{LIST_KEY} is larger than {LIST_OCTETS_MAX} octets")
    return octets.decode("utf-8-sig", errors="replace")
