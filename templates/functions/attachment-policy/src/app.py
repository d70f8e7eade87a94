"""Refuses mail with attachments of types that run when opened, also inside zip archives, and says which file it was."""
import email
import email.header
import functools
import io
import logging
import os
import struct
import zipfile

import boto3
from botocore.exceptions import ClientError

log = logging.getLogger()
log.setLevel(logging.INFO)

# The types that Amazon WorkMail does not let through either (user guide, "unsupported attachment types").
REFUSED = frozenset("""
    ade adp app asp bas bat cer chm cmd com cpl crt csh der exe fxp gadget hlp hta inf ins isp its js jse ksh
    lib lnk mad maf mag mam maq mar mas mat mau mav maw mda mdb mde mdt mdw mdz msc msh msh1 msh1xml msh2
    msh2xml mshxml msi msp mst ops pcd pif plg prf prg ps1 ps1xml ps2 ps2xml psc1 psc2 reg scf scr sct shb shs
    sys tmp url vb vbe vbs vps vsmacros vss vst vsw vxd ws wsc wsf wsh xnk
""".split())

# A message of this size fits into the function's memory together with what it is parsed into.
CONTENT_OCTETS_MAX = 40 << 20
# A zip archive's list of names, and how deep archives in archives are opened. Real ones stay far below.
ZIP_LIST_OCTETS_MAX = 1 << 20
ZIP_MEMBER_OCTETS_MAX = 10 << 20
ZIP_DEPTH_MAX = 2
# What one message may cost in opened archives altogether.
ZIP_OPENED_OCTETS_MAX = 50 << 20
NAME_SHOWN_MAX = 100

PASS = {"actions": [{"allRecipients": True, "action": {"type": "DEFAULT"}}]}


@functools.cache
def client(service):
    return boto3.client(service)


def handler(event, context):
    try:
        found = client("workmailmessageflow").get_raw_message_content(messageId=event["messageId"])
    except ClientError as problem:
        # A test event's message, or one older than 24 hours.
        if problem.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        log.info("message %s is gone", event["messageId"])
        return PASS
    content = found["messageContent"].read(CONTENT_OCTETS_MAX + 1)
    why = "the message is too large to be looked through" if len(content) > CONTENT_OCTETS_MAX else refusal(content)
    if why is None:
        return PASS
    log.info("message %s is refused: %r", event["messageId"], why)
    # A bounce brings back what was sent to somebody else: it is put aside, for it must not be bounced.
    if not (event["envelope"].get("mailFrom") or {}).get("address"):
        kind = "MOVE_TO_JUNK" if event["flowDirection"] == "INBOUND" else "DROP"
        return {"actions": [{"allRecipients": True, "action": {"type": kind}}]}
    text = f"{why}. Files of this kind are not accepted here; please send a link, or another kind of file."
    action = {"type": "BOUNCE", "parameters": {"bounceMessage": text[0].upper() + text[1:]}}
    return {"actions": [{"allRecipients": True, "action": action}]}


def refusal(content):
    """Why the message is refused, in words for its sender; None when it is not."""
    refused = REFUSED | {end.strip(" .").lower() for end in os.environ.get("ALSO_REFUSED", "").split(",")} - {""}
    allowed = {end.strip(" .").lower() for end in os.environ.get("ALLOWED", "").split(",")}
    check = Check(refused - allowed)
    # The older parser, which keeps everything as it came and does not stumble over what is no header field. Parts of
    # attached messages are walked as well.
    for part in email.message_from_bytes(content).walk():
        names = names_of(part)
        for name in names:
            if check.is_refused(name):
                return f"the attachment {shown(name)} is of a refused type"
        if part.is_multipart():
            continue
        octets = part.get_payload(decode=True) or b""
        # By its first octets too: an archive under another name opens just as well.
        if octets.startswith(b"PK\3\4") or any(name.lower().endswith(".zip") for name in names):
            if why := check.refusal_of_zip(octets, names[0] if names else "archive", ZIP_DEPTH_MAX):
                return why
    return None


def names_of(part):
    """Every name a mail program might give the part: its parameters, in each of the forms that are in use."""
    found = []
    for field, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        try:
            value = part.get_param(parameter, header=field)
        except Exception:
            # The library is not at ease with every field. What cannot be read is taken whole: its end is the name's.
            value = str(part.get(field))
        if isinstance(value, tuple):  # RFC 2231: charset, language, text
            charset, _, text = value
            try:
                value = text.encode("latin-1", "replace").decode(charset or "utf-8", "replace")
            except LookupError:
                value = text
        if isinstance(value, str) and value:
            found.append(decoded(value.strip('"')))
    return found


def decoded(name):
    """Undoes encoded-words, which do not belong into parameters and are found there all the time (RFC 2047 §5)."""
    try:
        return str(email.header.make_header(email.header.decode_header(name)))
    except Exception:
        return name


def shown(name):
    """A name that can stand in a sentence: no line ends, not without end."""
    text = "".join(character if character.isprintable() else "?" for character in name)
    return f'"{text[:NAME_SHOWN_MAX]}"'


class Check:
    """Looks at names, and into archives until the message has cost enough."""

    def __init__(self, refused):
        self.refused, self.opened_octets = refused, 0

    def is_refused(self, name):
        # Windows drops dots and blanks at the end of a name, and opens "a.exe." as a.exe.
        return name.rstrip(". \t\r\n\0").rpartition(".")[2].lower() in self.refused and "." in name

    def refusal_of_zip(self, octets, name, depth):
        size = zip_list_octets(octets)
        if size is None or size > ZIP_LIST_OCTETS_MAX:
            # An archive that cannot be looked into could hold anything.
            return f"the archive {shown(name)} cannot be looked into"
        try:
            with zipfile.ZipFile(io.BytesIO(octets)) as archive:
                for member in archive.infolist():
                    if self.is_refused(member.filename):
                        return f"the archive {shown(name)} holds {shown(member.filename)}, which is of a refused type"
                    if member.filename.lower().endswith(".zip"):
                        if why := self.refusal_of_member(archive, member, depth):
                            return why
        except Exception:
            # Broken, encrypted, or packed by a method nobody here knows: each has an error of its own.
            return f"the archive {shown(name)} cannot be looked into"
        return None

    def refusal_of_member(self, archive, member, depth):
        # The size stands in the archive and may be a lie; reading is bounded by what is read.
        if depth == 1 or member.file_size > ZIP_MEMBER_OCTETS_MAX or self.opened_octets > ZIP_OPENED_OCTETS_MAX:
            return f"the archive {shown(member.filename)} cannot be looked into"
        with archive.open(member) as stream:
            octets = stream.read(ZIP_MEMBER_OCTETS_MAX + 1)
        self.opened_octets += len(octets)
        if len(octets) > ZIP_MEMBER_OCTETS_MAX:
            return f"the archive {shown(member.filename)} cannot be looked into"
        return self.refusal_of_zip(octets, member.filename, depth - 1)


def zip_list_octets(octets):
    """Octets of the archive's list of names, from its last record; None without one. Known before the list is read."""
    at = octets.rfind(b"PK\5\6", max(0, len(octets) - 65_557))
    return struct.unpack_from("<I", octets, at + 12)[0] if 0 <= at <= len(octets) - 22 else None
