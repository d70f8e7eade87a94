"""Says hello to each message: reads it, logs what it is, lets it pass. The place to start a function of your own."""
import email
import functools
import logging

import boto3
from botocore.exceptions import ClientError

log = logging.getLogger()
log.setLevel(logging.INFO)

# A message may have 40 MB; this function needs no more than its header section and the beginning of its text.
READ_OCTETS_MAX = 1 << 20

PASS = {"actions": [{"allRecipients": True, "action": {"type": "DEFAULT"}}]}


@functools.cache
def client(service):
    """One client for each service; a warm environment keeps it, and its connections, from event to event."""
    return boto3.client(service)


def handler(event, context):
    try:
        found = client("workmailmessageflow").get_raw_message_content(messageId=event["messageId"])
    except ClientError as problem:
        # Test events name messages that never were, and content is readable for 24 hours only. Neither is a reason
        # to hold somebody's mail.
        if problem.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        log.info("message %s is gone", event["messageId"])
        return PASS
    content = found["messageContent"].read(READ_OCTETS_MAX)
    message = email.message_from_bytes(content)
    # The event's subject is cut at 256 characters and null where there is none; %r keeps what a sender put into it on
    # one line of the log.
    log.info("%s message %s: subject %r, type %s, %d octets read", event["flowDirection"], event["messageId"],
             event["subject"], message.get_content_type(), len(content))
    return PASS
