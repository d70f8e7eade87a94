"""SMTP in, IMAP out, with clients nobody here wrote."""
import email.message
import hashlib
import imaplib
import json
import os
import re
import smtplib
import subprocess
import tempfile

import pytest
from mailroom import Server, below_trace, message


@pytest.fixture(scope="module")
def big(server):
    """A message with a 10 MB attachment, sent with swaks; the content as it was sent, and as imaplib reads it."""
    built = email.message.EmailMessage()
    built["From"], built["To"], built["Subject"] = "sender@outside.example", server.alice["email"], "ten megabytes"
    built["Date"], built["Message-ID"] = "Fri, 20 Nov 2026 12:00:00 +0000", "<ten-megabytes@outside.example>"
    built.set_content("See the attachment.")
    built.add_attachment(os.urandom(10_000_000), maintype="application", subtype="octet-stream", filename="blob.bin")
    directory = tempfile.mkdtemp()
    path = os.path.join(directory, "message.eml")
    with open(path, "wb") as file:
        file.write(built.as_bytes())
    host, port = server.place("mx")
    done = subprocess.run(
        ["swaks", "--to", server.alice["email"], "--from", "sender@outside.example", "--server", host, "--port", str(port),
         "--helo", "client.outside.example", "--data", f"@{path}", "--suppress-data"], capture_output=True)
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-2000:])
    found = [content for content in server.wait_for(1) if b"ten megabytes" in content]
    assert len(found) == 1
    return built.as_bytes(), found[0]


def normal(content):
    """Line ends as SMTP carries them, without blank lines at the very end, which swaks trims or adds."""
    return content.replace(b"\r\n", b"\n").rstrip(b"\n")


def test_swaks_sends_ten_megabytes_and_imaplib_reads_them_back(server, big):
    built, stored = big
    assert normal(below_trace(stored)) == normal(built)


def test_curl_reads_the_same_octets(server, big):
    _, stored = big
    host, port = server.place("imaps")
    done = subprocess.run(
        ["curl", "-s", "--cacert", server.card["ca"], "--user", f"{server.alice['email']}:{server.alice['password']}",
         f"imaps://localhost:{port}/INBOX;MAILINDEX=1", "--connect-to", f"localhost:{port}:{host}:{port}"], capture_output=True)
    assert done.returncode == 0, done.stderr
    assert hashlib.sha256(done.stdout).digest() == hashlib.sha256(stored).digest()


def test_mbsync_reads_the_same_octets(server, big):
    _, stored = big
    directory = tempfile.mkdtemp()
    host, port = server.place("imaps")
    config = os.path.join(directory, "mbsyncrc")
    with open(config, "w") as file:
        file.write(f"""
IMAPAccount mailroom
Host localhost
Port {port}
User {server.alice['email']}
Pass {server.alice['password']}
SSLType IMAPS
CertificateFile {server.card['ca']}

IMAPStore far
Account mailroom

MaildirStore near
Path {directory}/mail/
Inbox {directory}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns * !Never
Create Near
SyncState *
""")
    os.mkdir(os.path.join(directory, "mail"))
    done = subprocess.run(["mbsync", "-c", config, "-a"], capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr
    files = [os.path.join(directory, "mail/INBOX", kind, name) for kind in ("new", "cur")
             for name in os.listdir(os.path.join(directory, "mail/INBOX", kind))]
    # mbsync marks the copies it makes with a field of its own.
    kept = [re.sub(rb"X-TUID: [^\r\n]*\r?\n", b"", open(name, "rb").read(), count=1) for name in files]
    assert any(normal(content) == normal(stored) for content in kept)
    assert os.path.isdir(os.path.join(directory, "mail", "Sent Items"))


def test_every_octet_survives(server):
    body = bytes(octet for octet in range(256) if octet not in (10, 13)) * 4 + b"\r\n.\r\n..\r\n" + b"x" * 900
    sent = message(subject="octets").rstrip(b"\r\n") + b"\r\n" + body + b"\r\n"
    server.send(sent, to=server.bob["email"], options=["BODY=8BITMIME"])
    stored = server.wait_for_subject("octets", user=server.bob)
    assert below_trace(stored[0]) == sent


def test_trace_fields_stand_on_top(server):
    server.send(message(subject="trace fields"), to=server.bob["email"])
    stored = server.wait_for_subject("trace fields", user=server.bob)[0].decode()
    assert stored.startswith("Return-Path: <sender@outside.example>\r\nReceived: from client.outside.example")
    assert re.search(r"^X-SES-Spam-Verdict: PASS\r$", stored, re.M)
    assert re.search(r"^X-SES-Virus-Verdict: PASS\r$", stored, re.M)
    assert re.search(r"^Authentication-Results: ", stored, re.M)


def test_unknown_recipients_and_relaying_are_refused_at_rcpt(server):
    with server.smtp() as client:
        client.ehlo()
        client.mail("sender@outside.example")
        code, text = client.rcpt("nobody@demo.mailroom.test")
        assert (code, text[:5]) == (550, b"5.1.1")
        code, text = client.rcpt("somebody@elsewhere.example")
        assert (code, text[:5]) == (550, b"5.7.1")


def test_plus_addressing_reaches_the_user(server):
    server.send(message(subject="tagged"), to="bob+shop@demo.mailroom.test")
    assert server.wait_for_subject("tagged", user=server.bob)


def test_starttls_on_mx(server):
    import ssl
    context = ssl.create_default_context(cafile=server.card["ca"])
    context.check_hostname = False
    with server.smtp() as client:
        client.starttls(context=context)
        client.ehlo("tls.outside.example")
        assert not client.has_extn("starttls")
        client.sendmail("sender@outside.example", [server.bob["email"]], message(subject="over TLS"))
    assert b"with ESMTPS" in server.wait_for_subject("over TLS", user=server.bob)[0]


def test_folders_flags_copy_move_search_append(server):
    client = server.imap(server.bob)
    kind, folders = client.list()
    names = [line.decode() for line in folders]
    for use in ("\\Drafts", "\\Sent", "\\Trash", "\\Junk", "\\Archive"):
        assert any(use in name for name in names), names
    assert not any("Calendar" in name for name in names)
    assert client.create("Projects/2026")[0] == "OK"
    when = imaplib.Time2Internaldate(1_700_000_000)
    kind, answer = client.append("Projects/2026", "(\\Flagged)", when, message(subject="appended needle"))
    assert kind == "OK" and b"APPENDUID" in answer[0]
    client.select("Projects/2026")
    assert client.search(None, "SUBJECT", '"needle"')[1] == [b"1"]
    assert client.search(None, "FLAGGED")[1] == [b"1"]
    assert client.search(None, "SUBJECT", '"absent"')[1] in ([b""], [None])
    client.store("1", "+FLAGS", "(\\Seen $Label1)")
    assert b"$Label1" in client.fetch("1", "(FLAGS INTERNALDATE BODYSTRUCTURE ENVELOPE)")[1][0]
    assert client.copy("1", "Archive")[0] == "OK"
    assert client._simple_command("MOVE", "1", '"Deleted Items"')[0] == "OK"
    client.select("Archive")
    client.store("1", "+FLAGS", "(\\Deleted)")
    assert client.expunge()[1] == [b"1"]
    assert client.rename("Projects/2026", "Projects/2027")[0] == "OK"
    assert client.delete("Projects/2027")[0] == "OK"
    client.logout()


def test_idle_hears_of_a_delivery(server):
    client = server.imap(server.alice)
    client.select("INBOX")
    client.send(b"i1 IDLE\r\n")
    assert client.readline().startswith(b"+")
    server.send(message(subject="push"))
    lines = [client.readline()]
    while b"EXISTS" not in lines[-1]:
        lines.append(client.readline())
    client.send(b"DONE\r\n")
    while not client.readline().startswith(b"i1 OK"):
        pass
    client.logout()


def test_a_wrong_password_is_refused(server):
    with pytest.raises(imaplib.IMAP4.error):
        server.imap({"email": server.alice["email"], "password": "wrong"})


def test_smtputf8_and_size_are_offered(server):
    with server.smtp() as client:
        client.ehlo()
        for name in ("pipelining", "size", "8bitmime", "smtputf8", "enhancedstatuscodes", "chunking", "binarymime", "starttls", "limits"):
            assert client.has_extn(name), name
        assert int(client.esmtp_features["size"]) == 40 * 1024 * 1024


def test_a_group_reaches_each_member_once(server):
    server.run("group", "create", "team@demo.mailroom.test", "--member", server.alice["email"], "--member", server.bob["email"])
    server.run("group", "create", "all@demo.mailroom.test", "--member", "team@demo.mailroom.test", "--member", server.alice["email"])
    server.send(message(subject="to all"), to=["all@demo.mailroom.test", server.alice["email"]])
    for user in (server.alice, server.bob):
        assert len(server.wait_for_subject("to all", user=user)) == 1


def test_postmaster_reaches_somebody(server):
    server.send(message(subject="to postmaster"), to="postmaster@demo.mailroom.test")
    assert server.wait_for_subject("to postmaster")


def test_f15_a_domain_beyond_ascii_is_one_domain_in_letters_and_in_ascii(server):
    server.run("domain", "create", "bücher.example")
    assert "xn--bcher-kva.example" in server.run("domain", "list")
    created = json.loads(server.run("user", "create", "ida@bücher.example", "--json"))
    assert "ida@xn--bcher-kva.example" in server.run("user", "list")
    user = {"email": "ida@xn--bcher-kva.example", "password": created["Password"]}
    server.run("user", "update", "ida", "--alias", "post@BÜCHER.example")
    server.run("rule", "create", "--name", "letters", "--sender", "*.münchen.example", "--recipient", "bücher.example",
               "--action", "junk")
    try:
        for number, address in enumerate(
                ["ida@xn--bcher-kva.example", "ida@bücher.example", "IDA@BÜCHER.EXAMPLE", "post@xn--bcher-kva.example"]):
            with server.smtp() as client:
                client.ehlo("client.example")
                assert client.docmd("MAIL", "FROM:<x@outside.example> SMTPUTF8 BODY=8BITMIME")[0] == 250
                client.command_encoding = "utf-8"
                assert client.docmd("RCPT", f"TO:<{address}>")[0] == 250, address
                assert client.data(message(subject=f"spelling {number}"))[0] == 250
            server.wait_for_subject(f"spelling {number}", user=user)
        server.send(
            message(subject="from letters", sender="x@shop.xn--mnchen-3ya.example"), to="ida@xn--bcher-kva.example")
        server.wait_for_subject("from letters", "Junk E-mail", user=user)
        # Without SMTPUTF8 such an address is refused, and the transaction can go on (RFC 6531 §3.5).
        with server.smtp() as client:
            client.ehlo("client.example")
            client.mail("x@outside.example")
            client.command_encoding = "utf-8"
            assert client.docmd("RCPT", "TO:<ida@bücher.example>")[0] == 553
            assert client.rcpt("ida@xn--bcher-kva.example")[0] == 250
    finally:
        server.run("rule", "delete", "--name", "letters")
