"""Answers mail that arrives outside office hours: once for each sender and day, and never a machine (RFC 3834)."""
import datetime
import email
import email.message
import email.policy
import email.utils
import functools
import hashlib
import logging
import os
import zoneinfo

import boto3
from botocore.exceptions import ClientError

log = logging.getLogger()
log.setLevel(logging.INFO)

# Only the header section is looked at.
HEADER_OCTETS_MAX = 256 << 10
SUBJECT_CHARACTERS_MAX = 200

# Senders that are programs by their names, whatever else their mail says (RFC 3834 §2).
MACHINES = ("mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "bounce", "listserv", "majordomo")


@functools.cache
def client(service):
    return boto3.client(service)


def handler(event, context):
    now = datetime.datetime.now(datetime.timezone.utc).astimezone(zone())
    if is_open(now):
        return None
    try:
        found = client("workmailmessageflow").get_raw_message_content(messageId=event["messageId"])
    except ClientError as problem:
        # A test event's message, or one older than 24 hours.
        if problem.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        log.info("message %s is gone", event["messageId"])
        return None
    header = email.message_from_bytes(found["messageContent"].read(HEADER_OCTETS_MAX))
    sender = sender_of(event, header)
    if why := no_answer(event, header, sender):
        log.info("message %s is not answered: %s", event["messageId"], why)
        return None
    if not claim(sender, now.date()):
        log.info("message %s: %r had an answer today", event["messageId"], sender)
        return None
    try:
        client("sesv2").send_email(
            FromEmailAddress=os.environ["REPLY_FROM"], Destination={"ToAddresses": [sender]},
            Content={"Raw": {"Data": reply(event, header, sender).as_bytes()}})
    except Exception:
        # Nothing was sent: the next attempt, or the sender's next message, may.
        release(sender, now.date())
        raise
    log.info("message %s: answered %r", event["messageId"], sender)
    return None


def zone():
    name = os.environ["TIME_ZONE"]
    try:
        return datetime.timezone.utc if name == "UTC" else zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        # A machine may have no time zone database; answering at the wrong hour beats not running at all.
        log.warning("no time zone %r here, using UTC", name)
        return datetime.timezone.utc


def is_open(now):
    # Texts of the same form compare as times do: "08:00" <= "17:59" < "18:00".
    return (str(now.isoweekday()) in os.environ["OPEN_DAYS"].split(",")
            and os.environ["OPEN_FROM"] <= now.strftime("%H:%M") < os.environ["OPEN_UNTIL"])


def sender_of(event, header):
    """Whom to answer: the reverse-path, which is where answers by machines belong (RFC 3834 §4); empty for nobody."""
    path = header.get("Return-Path")
    if path is not None:
        return email.utils.parseaddr(str(path))[1].lower()
    return ((event["envelope"].get("mailFrom") or {}).get("address") or "").strip().lower()


def no_answer(event, header, sender):
    """Why this message gets no answer; None when it gets one."""
    ours = os.environ["REPLY_FROM"].lower()

    def field(name):
        return " ".join(str(value) for value in header.get_all(name, [])).strip().lower()

    local, _, domain = sender.rpartition("@")
    if not local or not domain or any(character in sender for character in " \r\n,<>"):
        return "it has no sender to answer"
    if not (event["envelope"].get("mailFrom") or {}).get("address"):
        return "it has the null sender"
    if sender == ours:
        return "it is our own"
    if local.startswith(MACHINES) or local.endswith("-request") or local.startswith("owner-") or "-owner" in local:
        return "its sender is a program"
    if field("Auto-Submitted") not in ("", "no"):
        return "it was sent by a program (Auto-Submitted)"
    if field("Precedence") in ("bulk", "junk", "list") or any(name.lower().startswith("list-") for name in header.keys()):
        return "it came over a list"
    if any(word in field("X-Auto-Response-Suppress") for word in ("all", "oof", "autoreply")):
        return "it asks for no answer"
    if header.get_content_type() == "multipart/report":
        return "it is a report"
    if field("X-SES-Spam-Verdict") == "fail" or field("X-SES-Virus-Verdict") == "fail":
        return "it is spam"
    # Whoever is not named got the message through a list, an alias or as a blind copy (RFC 3834 §2).
    named = email.utils.getaddresses([str(value) for name in ("To", "Cc") for value in header.get_all(name, [])])
    if ours not in [address.lower() for _, address in named]:
        return f"{ours} is not in To or Cc"
    return None


def claim(sender, day):
    """True for the first message of this sender today. An object that may only be made once decides, so that of two
    messages at the same moment one gets the answer."""
    try:
        client("s3").put_object(Bucket=os.environ["ANSWERED_BUCKET"], Key=key(sender, day), Body=b"", IfNoneMatch="*")
        return True
    except ClientError as problem:
        # Conflict: somebody else is making it right now.
        if problem.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict"):
            return False
        raise


def release(sender, day):
    client("s3").delete_object(Bucket=os.environ["ANSWERED_BUCKET"], Key=key(sender, day))


def key(sender, day):
    return f"{day.isoformat()}/{hashlib.sha256(sender.encode()).hexdigest()}"


def reply(event, header, sender):
    """The answer, marked as a program's so that no other program answers it (RFC 3834 §3)."""
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"] = os.environ["REPLY_FROM"]
    message["To"] = sender
    subject = "".join(character if character.isprintable() else " " for character in event["subject"] or "your message")
    message["Subject"] = f"Auto: {subject[:SUBJECT_CHARACTERS_MAX]}"
    message["Date"] = email.utils.localtime()
    message["Auto-Submitted"] = "auto-replied"
    message["Precedence"] = "bulk"
    # Only what has the form of an identifier may go into our own header section.
    identifier = str(header.get("Message-ID", "")).strip()
    if identifier.isascii() and identifier.isprintable() and " " not in identifier and 3 < len(identifier) < 500:
        message["In-Reply-To"] = identifier
        message["References"] = identifier
    message.set_content(os.environ["TEXT"].replace("\\n", "\n"))
    return message
