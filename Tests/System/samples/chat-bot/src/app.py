"""Stand-in for a chat bot: tells a channel about new mail. See ../../README.md."""
import email
import os

import boto3
import requests

flow = boto3.client("workmailmessageflow")


def chat_handler(event, context):
    raw = flow.get_raw_message_content(messageId=event["messageId"])["messageContent"].read()
    message = email.message_from_bytes(raw)
    text = ""
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            # Habit: TypeError where the part names no charset.
            text = str(part.get_payload(decode=True), part.get_content_charset())
            break
    word = "text" if os.environ["CHAT_CLIENT"] == "slack" else "Content"
    answer = requests.post(os.environ["WEBHOOK_URL"], json={word: f"{event['subject']}: {text.strip()}"}, timeout=5)
    print("posted", answer.status_code)
