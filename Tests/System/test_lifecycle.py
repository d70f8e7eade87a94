"""Starting, draining, restarting: `serve` as an operator runs it."""
import json
import signal
import socket

import pytest
from mailroom import PATIENCE, ROOT, Server, message, until


def test_sigterm_drains_and_ends_with_zero(tmp_path):
    server = Server(data=str(tmp_path / "data"), log=str(tmp_path / "log")).start()
    client = server.smtp()
    client.ehlo()
    idle = server.imap()
    idle.select("INBOX")
    server.process.send_signal(signal.SIGTERM)
    said = client.sock.recv(4096)
    assert said.startswith(b"421 4.3.2"), said
    assert server.process.wait(timeout=PATIENCE) == 0
    assert not (tmp_path / "data" / "card.json").exists()


def lets_nobody_in(server):
    try:
        socket.create_connection(server.place("mx"), timeout=PATIENCE).close()
    except ConnectionRefusedError:
        return True


def test_a_transaction_in_progress_is_finished_while_draining(tmp_path):
    server = Server(data=str(tmp_path / "data"), log=str(tmp_path / "log")).start()
    client = server.smtp()
    client.ehlo()
    client.mail("sender@outside.example")
    client.rcpt(server.alice["email"])
    code, _ = client.docmd("DATA")
    assert code == 354
    client.sock.sendall(b"Subject: while draining\r\n\r\nhalf")
    server.process.send_signal(signal.SIGTERM)
    # It drains once nobody else is let in.
    assert until(lambda: lets_nobody_in(server))
    client.sock.sendall(b" and half\r\n.\r\n")
    code, text = client.getreply()
    assert code in (250, 421, 451), text
    assert server.process.wait(timeout=PATIENCE) == 0
    with server:
        found = [c for c in server.contents() if b"while draining" in c]
        if code == 250 and not found:
            found = server.wait_for_subject("while draining")
        assert len(found) == (1 if code == 250 else 0)


def test_serve_logs_json_and_makes_no_demo(tmp_path):
    server = Server(
        data=str(tmp_path / "data"), log=str(tmp_path / "log"), verb="serve",
        arguments=["--template", str(ROOT / "templates/mailroom.yaml"), "--address", "127.0.0.1", "--hostname", "mx.acme.example"])
    with server:
        assert "users" not in server.card and "organization" not in server.card
        created = json.loads(server.run("org", "create", "acme", "--domain", "acme.example", "--json"))
        assert created["OrganizationId"].startswith("m-")
        user = json.loads(server.run("user", "create", "ann@acme.example", "--json"))
        server.send(message(subject="in production", to="ann@acme.example"), to="ann@acme.example")
        assert server.wait_for_subject("in production", user={"email": user["Email"], "password": user["Password"]})
        with server.smtp() as client:
            assert b"mx.acme.example" in client.ehlo()[1]
    lines = [json.loads(line) for line in open(tmp_path / "log")]
    assert any(line["event"] == "mx.accepted" for line in lines)
    text = (tmp_path / "log").read_text()
    assert user["Password"] not in text


def test_imap_without_tls_refuses_passwords_in_production(tmp_path):
    server = Server(
        data=str(tmp_path / "data"), log=str(tmp_path / "log"), verb="serve", arguments=["--address", "127.0.0.1"])
    with server:
        with socket.create_connection(server.place("imap")) as peer:
            greeting = peer.recv(4096)
            assert b"LOGINDISABLED" in greeting and b"STARTTLS" in greeting
            peer.sendall(b"a LOGIN ann@acme.example secret\r\n")
            answer = b""
            while b"a " not in answer:
                answer += peer.recv(4096)
            assert b"a NO" in answer or b"a BAD" in answer


def test_a_restart_keeps_everything(tmp_path):
    server = Server(data=str(tmp_path / "data"), log=str(tmp_path / "log"))
    with server:
        server.run("user", "create", "carol@demo.mailroom.test")
        server.send(message(subject="kept"))
        before = server.wait_for_subject("kept")
    with server:
        assert server.contents() == before
        assert "carol@demo.mailroom.test" in server.run("user", "list")


def test_the_template_of_a_unit_file_does_not_undo_a_deploy(tmp_path):
    template = tmp_path / "mailroom.yaml"
    template.write_text((ROOT / "templates/mailroom.yaml").read_text())
    arguments = ["--template", str(template), "--address", "127.0.0.1"]
    server = Server(data=str(tmp_path / "data"), log=str(tmp_path / "log"), verb="serve", arguments=arguments)

    def size():
        with server.smtp() as client:
            client.ehlo()
            return client.esmtp_features["size"]

    with server:
        server.run("deploy", str(template), "--parameter", "ContentMax=2MiB")
        assert size() == str(2 << 20)
    with server:
        assert size() == str(2 << 20)
    template.write_text(template.read_text().replace("Default: 40MiB", "Default: 5MiB"))
    with server:
        assert size() == str(5 << 20)


def test_a_user_has_so_many_sessions_and_no_more(tmp_path):
    import imaplib
    template = tmp_path / "mailroom.yaml"
    template.write_text((ROOT / "templates/mailroom.yaml").read_text().replace("SessionsPerUserMax: 100", "SessionsPerUserMax: 2"))
    with Server(data=str(tmp_path / "data"), log=str(tmp_path / "log"), arguments=["--template", str(template)]) as server:
        first, second = server.imap(), server.imap()
        with pytest.raises(imaplib.IMAP4.error):
            server.imap()
        first.logout()
        second.logout()

        def logs_in():
            # A session is over a moment after its last word.
            try:
                return server.imap().logout()
            except imaplib.IMAP4.error:
                return None
        assert until(logs_in)
