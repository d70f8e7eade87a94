"""Acts on mail that fails DMARC, by what the receiving server found out: its Authentication-Results field (RFC 8601)."""
import email.parser
import functools
import logging
import os
import re

import boto3
from botocore.exceptions import ClientError

log = logging.getLogger()
log.setLevel(logging.INFO)

# The receiving server's fields are the first of the message; a header section that is longer than this has said enough.
HEADER_OCTETS_MAX = 256 << 10

PASS = {"actions": [{"allRecipients": True, "action": {"type": "DEFAULT"}}]}


@functools.cache
def client(service):
    return boto3.client(service)


def handler(event, context):
    try:
        found = client("workmailmessageflow").get_raw_message_content(messageId=event["messageId"])
    except ClientError as problem:
        # A test event's message, or one older than 24 hours.
        if problem.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        log.info("message %s is gone", event["messageId"])
        return PASS
    header = email.parser.BytesHeaderParser().parsebytes(found["messageContent"].read(HEADER_OCTETS_MAX))
    result, domain = dmarc_of(header, os.environ.get("TRUSTED_SERVER", ""))
    exempt = [name.strip().lower() for name in os.environ.get("EXEMPT_DOMAINS", "").split(",")]
    log.info("message %s: dmarc=%s header.from=%s", event["messageId"], result, domain)
    # Only `fail` is a verdict. No record (none), or no answer from DNS (temperror, permerror), says nothing about the author.
    if result != "fail" or (domain and domain in exempt):
        return PASS
    action = {"type": os.environ["FAIL_ACTION"]}
    # A bounce that fails DMARC must not be bounced itself.
    if action["type"] == "BOUNCE" and not (event["envelope"].get("mailFrom") or {}).get("address"):
        action["type"] = "DROP"
    if action["type"] == "BOUNCE":
        action["parameters"] = {"bounceMessage": f"The message failed the DMARC check of {domain or 'its author domain'}."}
    return {"actions": [{"allRecipients": True, "action": action}]}


def dmarc_of(header, trusted_server):
    """The DMARC result and the author's domain, as `("fail", "outside.example")`; `("none", None)` when nobody tells.

    Each server puts its fields on top, so the first Authentication-Results is the receiving server's and any other may
    be forged. When `trusted_server` is given, the first one must also carry its name.
    """
    fields = header.get_all("Authentication-Results", [])
    if not fields:
        return "none", None
    server, *results = without_comments(str(fields[0])).lower().split(";")
    if trusted_server and server.split()[:1] != [trusted_server.lower()]:
        log.warning("the first Authentication-Results is from %r, not from %r", server.strip()[:100], trusted_server)
        return "none", None
    for result in results:
        if found := re.match(r"\s*dmarc\s*=\s*([a-z]+)", result):
            domain = re.search(r"header\.from\s*=\s*([^\s;]+)", result)
            return found[1], domain and domain[1]
    return "none", None


def without_comments(value):
    """The field without what its author's mail can put words into: comments, which nest, and quoted strings."""
    kept, depth, quoted, escaped = [], 0, False, False
    for character in value:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = depth > 0 or quoted
        elif character == '"' and depth == 0:
            quoted = not quoted
        elif character == "(" and not quoted:
            depth += 1
        elif character == ")" and depth > 0 and not quoted:
            depth -= 1
        elif depth == 0 and not quoted:
            kept.append(character)
    return "".join(kept)
