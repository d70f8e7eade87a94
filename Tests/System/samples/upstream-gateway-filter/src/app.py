"""Stand-in for a filter that trusts an upstream gateway's verdict. See ../../README.md."""
import email
import os
import re

import boto3

flow = boto3.client("workmailmessageflow")

# Habit: with its defaults the function does not even start.
if not os.getenv("FILTER_HEADER_NAME") or not os.getenv("FILTER_HEADER_REGEX"):
    raise ValueError("FILTER_HEADER_NAME and FILTER_HEADER_REGEX must be set")
PATTERN = re.compile(os.environ["FILTER_HEADER_REGEX"])


def upstream_gateway_handler(event, context):
    raw = flow.get_raw_message_content(messageId=event["messageId"])["messageContent"].read()
    value = email.message_from_bytes(raw).get(os.environ["FILTER_HEADER_NAME"], "")
    verdict = "MOVE_TO_JUNK" if PATTERN.search(value) else "BYPASS_SPAM_CHECK"
    # Habit: the old member `default` of the first guide.
    return {"actions": [{"allRecipients": True, "default": False, "action": {"type": verdict}}]}
