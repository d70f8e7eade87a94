"""Stand-in for a function that keeps mail and changes it. See ../../README.md."""
import email
import email.policy
import json
import os
import uuid

import boto3
from botocore.exceptions import ClientError

flow = boto3.client("workmailmessageflow")
store = boto3.client("s3")


def update_handler(event, context):
    saved, updated = os.environ["SAVED_EMAIL_BUCKET"], os.environ["UPDATED_EMAIL_BUCKET"]
    key = str(uuid.uuid4())
    raw = flow.get_raw_message_content(messageId=event["messageId"])["messageContent"].read()
    store.put_object(Body=raw, Bucket=saved, Key=f"{key}/message.eml")
    store.put_object(Body=json.dumps(event), Bucket=saved, Key=f"{key}/event.json")
    if os.environ["KEY_PREFIX"]:
        name = os.environ["KEY_PREFIX"] + key
    message = email.message_from_bytes(raw, policy=email.policy.SMTP)
    # Habit: a name that only exists when something was configured; what was saved by now stays.
    message["WorkMailMessageKey"] = name
    store.put_object(Body=message.as_bytes(), Bucket=updated, Key=key)
    try:
        flow.put_raw_message_content(messageId=event["messageId"], content={"s3Reference": {"bucket": updated, "key": key}})
    except ClientError as e:
        if e.response["Error"]["Code"] != "MessageFrozen":
            raise
        print("frozen", event["messageId"])
    return {"actions": [{"allRecipients": "true", "action": {"type": "DEFAULT"}}]}
