"""Adds a footer to each message's text, in every form the text has, and changes nothing else."""
import base64
import binascii
import email
import email.errors
import email.policy
import functools
import html
import logging
import os
import re

import boto3
from botocore.exceptions import ClientError

log = logging.getLogger()
log.setLevel(logging.INFO)

# Parsed, a message takes several times its size; what is larger passes as it is.
CONTENT_OCTETS_MAX = 25 << 20

# CRLF as mail has it, and header fields exactly as they came: refolding one could change a field that must not change.
POLICY = email.policy.SMTP.clone(refold_source="none")

PASS = {"actions": [{"allRecipients": True, "action": {"type": "DEFAULT"}}]}

# Says that the footer is there and for which message id, so that a rule's second attempt does not add a second one.
MARK = "X-Disclaimer-Footer"


@functools.cache
def client(service):
    return boto3.client(service)


def handler(event, context):
    content = read_content(event["messageId"])
    if content is None:
        return PASS
    try:
        changed = with_footer(content, event["messageId"], os.environ["FOOTER"].replace("\\n", "\n"))
    except Exception:
        # Mail holds octets that no library foresaw. A message without a footer is better than none.
        log.exception("message %s passes as it is", event["messageId"])
        return PASS
    if changed is not None:
        put_content(event["messageId"], changed)
    return PASS


def read_content(message_id):
    """The message's octets; None when it is gone or too large."""
    try:
        found = client("workmailmessageflow").get_raw_message_content(messageId=message_id)
    except ClientError as problem:
        # A test event's message, or one older than 24 hours.
        if problem.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        log.info("message %s is gone", message_id)
        return None
    content = found["messageContent"].read(CONTENT_OCTETS_MAX + 1)
    if len(content) > CONTENT_OCTETS_MAX:
        log.info("message %s is over %d octets and passes as it is", message_id, CONTENT_OCTETS_MAX)
        return None
    return content


def put_content(message_id, content):
    bucket = os.environ["CONTENT_BUCKET"]
    # The same key at each attempt: a second one replaces the first instead of lying beside it. The update takes keys of
    # letters, digits, - and / only, so this one has no `.eml`.
    key = message_id
    stored = client("s3").put_object(Bucket=bucket, Key=key, Body=content, ContentType="message/rfc822")
    place = {"bucket": bucket, "key": key}
    # The bucket has versions: naming one means these octets, whoever else writes the key.
    if stored.get("VersionId"):
        place["objectVersion"] = stored["VersionId"]
    try:
        client("workmailmessageflow").put_raw_message_content(messageId=message_id, content={"s3Reference": place})
    except ClientError as problem:
        code = problem.response["Error"]["Code"]
        # Frozen: a redirected message, which nobody may change. Rejected: the mail itself breaks a rule that only
        # counts on the way back, such as a line that is too long. Gone: delivered meanwhile.
        if code not in ("MessageFrozen", "MessageRejected", "ResourceNotFoundException"):
            raise
        log.warning("message %s passes as it is: %s %s", message_id, code, problem.response["Error"].get("Message"))


def with_footer(content, message_id, footer):
    """The message with the footer in its text/plain and its text/html part; None when there is nothing to change."""
    message = email.message_from_bytes(content, policy=POLICY)
    if message.get(MARK) == message_id or is_sealed(message):
        return None
    parts = [message.get_body(preferencelist=(kind,)) for kind in ("plain", "html")]
    if not sum([extend(part, footer) for part in parts if part is not None]):
        return None
    del message[MARK]
    message[MARK] = message_id
    return message.as_bytes()


def is_sealed(message):
    """Signed mail is broken by any change, and encrypted mail has no text to change (RFC 1847, 8551, 4880)."""
    for part in message.walk():
        kind = part.get_content_type()
        if kind in ("multipart/signed", "multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"):
            return True
        if kind == "text/plain" and "-----BEGIN PGP" in str(part.get_payload()):
            return True
        # Parts that are not lines would lose octets to the CRLF that is written after each line (RFC 3030).
        if str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "binary":
            return True
    return False


def extend(part, footer):
    """Adds the footer to one text part, in the part's own charset where it can say it. False: left as it is."""
    charset = part.get_content_charset("us-ascii")
    try:
        text = part.get_payload(decode=True).decode(charset)
    except (LookupError, UnicodeDecodeError):
        # Octets that are not what their charset says can be kept, but not be decoded and written again.
        log.info("a %s part is not in its charset %r and stays as it is", part.get_content_type(), charset)
        return False
    text = text.replace("\r\n", "\n")
    if part.get_content_subtype() == "html":
        # In HTML every character can be said in every charset.
        octets = insert_html(text, footer).encode(charset, errors="xmlcharrefreplace")
    else:
        text = f"{text.rstrip()}\n\n-- \n{footer}\n" if text.strip() else f"{footer}\n"
        try:
            octets = text.encode(charset)
        except UnicodeEncodeError:
            charset, octets = "utf-8", text.encode()
            part.set_param("charset", charset)
    encoding, payload = encode(octets, str(part.get("Content-Transfer-Encoding", "7bit")).strip().lower())
    part.set_payload(payload)
    del part["Content-Transfer-Encoding"]
    part["Content-Transfer-Encoding"] = encoding
    return True


def insert_html(text, footer):
    block = '<div style="margin-top:1em">' + html.escape(footer).replace("\n", "<br>\n") + "</div>\n"
    # The last one: a quoted message may have brought its own. Many messages have none at all.
    ends = list(re.finditer(r"</body\s*>", text, re.I)) or list(re.finditer(r"</html\s*>", text, re.I))
    at = ends[-1].start() if ends else len(text)
    return text[:at] + block + text[at:]


def encode(octets, before):
    """The transfer encoding and the payload: 7bit stays 7bit where it can, base64 stays base64, the rest is quoted."""
    if before == "7bit" and octets.isascii() and max(map(len, octets.split(b"\n"))) <= 998:
        return "7bit", octets.decode("ascii")
    # Charsets such as UTF-16 have octets that look like line ends and are none.
    if before == "base64" or b"\0" in octets:
        return "base64", base64.encodebytes(octets).decode("ascii")
    return "quoted-printable", binascii.b2a_qp(octets, istext=True).decode("ascii")
