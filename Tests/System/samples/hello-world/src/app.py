"""Stand-in for a first WorkMail function: reads the message, changes its subject, stores it. See ../../README.md."""
import email
import os
import uuid

import boto3
from botocore.exceptions import ClientError

flow = boto3.client("workmailmessageflow")
store = boto3.client("s3")


def lambda_handler(event, context):
    print("boto3", boto3.__version__)
    bucket = os.getenv("UPDATED_EMAIL_BUCKET")
    if not bucket:
        # Habit: an answer that is none.
        print("no bucket configured")
        return None
    try:
        raw = flow.get_raw_message_content(messageId=event["messageId"])["messageContent"].read()
    except ClientError as e:
        if e.response["Error"]["Code"] == "ResourceNotFoundException":
            print("gone:", event["messageId"])
        raise e
    message = email.message_from_bytes(raw)
    # Habit: KeyError where there is no such field.
    message.replace_header("Subject", "[seen] " + event["subject"])
    key = str(uuid.uuid4())
    store.put_object(Body=message.as_bytes(), Bucket=bucket, Key=key)
    print("stored", key)
    return {"actions": [{"allRecipients": True, "action": {"type": "DEFAULT"}}]}
