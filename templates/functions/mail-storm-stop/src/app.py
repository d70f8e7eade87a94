"""Stops mail storms: when a watched address gets too many messages within a window, further ones are bounced."""
import functools
import hashlib
import logging
import os
import time

import boto3
from botocore.exceptions import ClientError

log = logging.getLogger()
log.setLevel(logging.INFO)

TEXT = "Too many messages were sent to {} within a short time. Please do not reply to all, and try again later."


@functools.cache
def client(service):
    return boto3.client(service)


def handler(event, context):
    threshold, window = int(os.environ["THRESHOLD"]), int(os.environ["WINDOW_SECONDS"])
    watched = {name.strip().lower() for name in os.environ["WATCHED"].split(",")} - {""}
    # Windows lie next to each other on the clock, so that every environment counts in the same one.
    window_number = int(time.time()) // window
    stormy = []
    for recipient in event["envelope"]["recipients"]:
        address = recipient["address"]
        if address.lower() in watched and is_late(event, address.lower(), window_number, threshold):
            stormy.append(address)
    actions = [{"allRecipients": True, "action": {"type": "DEFAULT"}}]
    if stormy:
        log.warning("message %s: a storm on %s", event["messageId"], stormy)
        actions.insert(0, {"recipients": stormy, "action": refusal(event, stormy)})
    return {"actions": actions}


def is_late(event, address, window_number, threshold):
    """Whether this address got `threshold` messages in this window before this one.

    Each message is an object of its own under the window's and the address's prefix, and what counts is its rank among
    them. So nothing is lost when many environments count at once: a message's rank only grows as others come, and at least
    the first `threshold` pass whatever the order of puts and lists.
    """
    # Hashed, because an address may hold a slash, and a key should not tell who gets mail.
    prefix = f"{window_number}/{hashlib.sha256(address.encode()).hexdigest()[:32]}/"
    bucket, key = os.environ["COUNT_BUCKET"], prefix + event["messageId"]
    try:
        # Only once: an event that is offered again keeps its place.
        client("s3").put_object(Bucket=bucket, Key=key, Body=b"", IfNoneMatch="*")
    except ClientError as problem:
        if problem.response["Error"]["Code"] not in ("PreconditionFailed", "ConditionalRequestConflict"):
            raise
    found = client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
    # More than the 1000 keys of one answer are more than any threshold.
    if found["IsTruncated"]:
        return True
    order = [key for _, key in sorted((one["LastModified"], one["Key"]) for one in found["Contents"])]
    return order.index(key) >= threshold


def refusal(event, stormy):
    # Bounces can storm as well, and must not be answered.
    if not (event["envelope"].get("mailFrom") or {}).get("address"):
        return {"type": "DROP"}
    return {"type": "BOUNCE", "parameters": {"bounceMessage": TEXT.format(", ".join(stormy))}}
