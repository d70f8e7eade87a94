"""Who may go on after the password changed or the account was closed (reference/faults.md F53)."""
import imaplib
import json
import urllib.error
import urllib.request

import pytest


@pytest.fixture
def erin(server):
    made = json.loads(server.run("user", "create", "erin@demo.mailroom.test", "--json"))
    yield {"email": made["Email"], "password": made["Password"]}
    server.run("user", "disable", "erin", check=False)
    server.run("user", "delete", "erin", check=False)


def asks_autodiscover(server, user):
    request = urllib.request.Request(
        server.http("/autodiscover/autodiscover.xml"), method="POST",
        data=b'<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request>'
             b"<EMailAddress>" + user["email"].encode() + b"</EMailAddress><AcceptableResponseSchema>"
             b"http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema>"
             b"</Request></Autodiscover>",
        headers={"Authorization": server.basic(user), "Content-Type": "text/xml"})
    try:
        return urllib.request.urlopen(request).status
    except urllib.error.HTTPError as refused:
        return refused.code


def hears_bye(client, *command):
    """True when the next command ends the session and tells why."""
    with pytest.raises((imaplib.IMAP4.abort, imaplib.IMAP4.error)):
        client._simple_command(*command)
        raise AssertionError(f"{command} was answered")
    said = b" ".join(client.untagged_responses.get("BYE", []))
    return b"account was closed or its password changed" in said


def close_by(server, how):
    if how == "password":
        server.run("user", "update", "erin", "--password-file", "-", stdin=b"Another-Pass-1\n")
    else:
        server.run("user", "disable", "erin")
    if how == "deleted":
        server.run("user", "delete", "erin")
    if how == "disabled and enabled":
        server.run("user", "enable", "erin")


@pytest.mark.parametrize("how", ["password", "disabled", "deleted", "disabled and enabled"])
def test_an_open_session_ends_at_its_next_command(server, erin, how):
    # given: one session with a folder, one without, one idle, one of somebody else
    selected, bare, searching = server.imap(erin), server.imap(erin), server.imap(erin)
    other = server.imap()
    selected.select("INBOX")
    searching.select("INBOX")
    assert selected.noop()[0] == bare.noop()[0] == "OK"
    # when
    close_by(server, how)
    # then
    assert hears_bye(selected, "NOOP")
    assert hears_bye(bare, "CAPABILITY")
    assert hears_bye(searching, "SEARCH", "ALL")
    assert other.noop()[0] == "OK"
    other.logout()


@pytest.mark.parametrize("how", ["password", "disabled", "deleted"])
def test_credentials_that_were_just_verified_die_at_once(server, erin, how):
    # Twice: the second one is answered from memory.
    assert asks_autodiscover(server, erin) == asks_autodiscover(server, erin) == 200
    server.imap(erin).logout()
    close_by(server, how)
    assert asks_autodiscover(server, erin) == 401
    with pytest.raises(imaplib.IMAP4.error):
        server.imap(erin)
    if how == "password":
        changed = {**erin, "password": "Another-Pass-1"}
        assert asks_autodiscover(server, changed) == 200
        server.imap(changed).logout()


def test_an_idle_session_gets_no_mail_any_more(server, erin):
    client = server.imap(erin)
    client.select("INBOX")
    client.send(b"x1 IDLE\r\n")
    assert client.readline().startswith(b"+")
    server.run("user", "update", "erin", "--password-file", "-", stdin=b"Another-Pass-1\n")
    server.send(b"Subject: not for old sessions\r\n\r\nx\r\n", to=erin["email"])
    assert client.readline().startswith(b"* BYE this account was closed or its password changed")
