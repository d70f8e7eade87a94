"""Stops mail storms: when a watched address gets too many messages within a window, further ones are bounced."""
import functools
import hashlib
import logging
import os
import time

import boto3

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
        if address.lower() in watched and count(event, address.lower(), window_number, threshold) > threshold:
            stormy.append(address)
    actions = [{"allRecipients": True, "action": {"type": "DEFAULT"}}]
    if stormy:
        log.warning("message %s: a storm on %s", event["messageId"], stormy)
        actions.insert(0, {"recipients": stormy, "action": refusal(event, stormy)})
    return {"actions": actions}


def count(event, address, window_number, threshold):
    """How many messages this address got in this window, this one included; counted no further than matters.

    Each message is an object of its own under the window's and the address's prefix. So nothing is lost when many
    environments count at once, and an event that is offered twice counts once.
    """
    # Hashed, because an address may hold a slash, and a key should not tell who gets mail.
    prefix = f"{window_number}/{hashlib.sha256(address.encode()).hexdigest()[:32]}/"
    bucket = os.environ["COUNT_BUCKET"]
    client("s3").put_object(Bucket=bucket, Key=prefix + event["messageId"], Body=b"")
    return client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=threshold + 1)["KeyCount"]


def refusal(event, stormy):
    # Bounces can storm as well, and must not be answered.
    if not (event["envelope"].get("mailFrom") or {}).get("address"):
        return {"type": "DROP"}
    return {"type": "BOUNCE", "parameters": {"bounceMessage": TEXT.format(", ".join(stormy))}}
