"""Sends mail on by words in its subject: adds recipients, and takes the original ones away if asked to."""
import logging
import os

log = logging.getLogger()
log.setLevel(logging.INFO)

# A rule's answer may hold ten different actions; all added recipients share one of them.
PASS = {"allRecipients": True, "action": {"type": "DEFAULT"}}


def handler(event, context):
    # Null where the message has no subject; cut at 256 characters.
    subject = (event["subject"] or "").lower()
    added = []
    for word, address in redirects():
        if word in subject and address.lower() not in [other.lower() for other in added]:
            added.append(address)
    if not added:
        return {"actions": [PASS]}
    keep = os.environ["KEEP_ORIGINAL"] == "true"
    log.info("message %s: to %s%s", event["messageId"], added, "" if keep else " instead")
    # An address that is not in the envelope yet becomes a recipient (its To field stays as it is); everybody who is not
    # named here is an original recipient.
    original = PASS if keep else {"allRecipients": True, "action": {"type": "DROP"}}
    return {"actions": [{"recipients": added, "action": {"type": "DEFAULT"}}, original]}


def redirects():
    """The parameter's pairs, `word=address;word=address`; words may hold `=`, addresses don't."""
    for pair in os.environ["REDIRECTS"].split(";"):
        word, _, address = pair.rpartition("=")
        if word.strip() and address.strip():
            yield word.strip().lower(), address.strip()
