"""Keeps a copy of each message in a bucket: its octets, and beside them the event with who it was for."""
import functools
import json
import logging
import os

import boto3
from botocore.exceptions import ClientError

log = logging.getLogger()
log.setLevel(logging.INFO)

PASS = {"actions": [{"allRecipients": True, "action": {"type": "DEFAULT"}}]}


@functools.cache
def client(service):
    return boto3.client(service)


def handler(event, context):
    try:
        found = client("workmailmessageflow").get_raw_message_content(messageId=event["messageId"])
    except ClientError as problem:
        # A test event's message, or one older than 24 hours: there is nothing left to keep.
        if problem.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        log.info("message %s is gone", event["messageId"])
        return PASS
    # The largest message (40 MB) fits into the function's memory. Anything thrown from here on is meant: a rule with a
    # time-out tries again, so that no message is delivered without its copy unless the fallback action says so.
    content = found["messageContent"].read()
    # The same keys at each attempt, so that a message that is offered twice is kept once.
    place = f"{os.environ['PREFIX']}{event['flowDirection'].lower()}/{event['messageId']}"
    keep(f"{place}.eml", content, "message/rfc822")
    # The envelope has the recipients the header section does not show (Bcc), and the subject may be null.
    keep(f"{place}.json", json.dumps(event).encode(), "application/json")
    log.info("kept %s.eml, %d octets", place, len(content))
    return PASS


def keep(key, octets, kind):
    client("s3").put_object(Bucket=os.environ["COPY_BUCKET"], Key=key, Body=octets, ContentType=kind)
