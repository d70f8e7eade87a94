"""Stand-in for a function that changes mail: a sentence in text and HTML, a word in the subject. See ../../README.md."""
import email
import email.policy
import os
import uuid

import boto3
from botocore.exceptions import ClientError
from bs4 import BeautifulSoup

flow = boto3.client("workmailmessageflow")
store = boto3.client("s3")


def update_handler(event, context):
    raw = flow.get_raw_message_content(messageId=event["messageId"])["messageContent"].read()
    message = email.message_from_bytes(raw, policy=email.policy.SMTP)
    tag = os.environ["SUBJECT_TAG"]
    if tag:
        message.replace_header("Subject", f"{tag} {message['Subject']}")
    changed = change(message, os.environ["DISCLAIMER"])
    bucket, key = os.environ["UPDATED_EMAIL_BUCKET"], str(uuid.uuid4())
    store.put_object(Body=changed.as_bytes(policy=email.policy.SMTP), Bucket=bucket, Key=key)
    try:
        flow.put_raw_message_content(messageId=event["messageId"], content={"s3Reference": {"bucket": bucket, "key": key}})
    except ClientError as e:
        code = e.response["Error"]["Code"]
        if code == "MessageFrozen":
            print("frozen", event["messageId"])
        elif code == "InvalidContentLocation":
            print("WorkMail cannot read the bucket:", e)
            raise
        else:
            raise
    # Habit: a text where the guide has a boolean.
    return {"actions": [{"allRecipients": "true", "action": {"type": "DEFAULT"}}]}


def change(message, sentence):
    if message.is_multipart():
        for part in message.walk():
            if part.get_content_type() == "text/plain" and not part.is_attachment():
                part.set_content(part.get_content() + "\n" + sentence + "\n")
            elif part.get_content_type() == "text/html" and not part.is_attachment():
                page = BeautifulSoup(part.get_content(), "html.parser")
                added = page.new_tag("p")
                added.string = sentence
                (page.body or page).append(added)
                part.set_content(str(page), subtype="html")
        result = message
    # Habit: mail that is not multipart was not thought of, UnboundLocalError.
    return result
