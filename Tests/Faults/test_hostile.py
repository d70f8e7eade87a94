"""Garbage on every port, bad certificates, bad templates: a clear error, nothing lost, service goes on."""
import contextlib
import fcntl
import json
import os
import pathlib
import random
import re
import resource
import signal
import smtplib
import socket
import struct
import subprocess
import time
import urllib.request

import pytest
from mailroom import BINARY, PATIENCE, ROOT, Server, message, until


@pytest.mark.parametrize("name", ["mx", "submission", "submissions", "imap", "imaps", "http", "https"])
def test_garbage_ends_the_connection_and_nothing_else(server_of_its_own, name):
    server = server_of_its_own
    seed = int(os.environ.get("MAILROOM_SEED", random.SystemRandom().randrange(1 << 31)))
    print(f"seed {seed}")
    generator = random.Random(seed)
    for _ in range(40):
        with socket.create_connection(server.place(name), timeout=PATIENCE) as peer:
            try:
                kind = generator.randrange(4)
                if kind == 0:
                    peer.sendall(generator.randbytes(generator.randrange(1, 20_000)))
                elif kind == 1:
                    peer.sendall(b"A" * 200_000)
                elif kind == 2:
                    peer.sendall(b"GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n")
                else:
                    peer.sendall(b"EHLO x\r\nMAIL FROM:<>\r\nAUTH PLAIN\r\n" + generator.randbytes(500) + b"\r\n" * 50)
                peer.shutdown(socket.SHUT_WR)
                while peer.recv(65536):
                    pass
            except OSError:
                pass
    server.send(message(subject="still alive"))
    assert any(b"still alive" in content for content in server.wait_for(1))


@pytest.fixture(scope="module")
def server_of_its_own():
    with Server() as running:
        yield running


def test_http_on_the_smtp_port_is_closed_fast(server_of_its_own):
    with socket.create_connection(server_of_its_own.place("mx"), timeout=PATIENCE) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        received = b""
        while chunk := peer.recv(4096):
            received += chunk
        assert received.count(b"\r\n") <= 3


@pytest.mark.parametrize("name,words", [
    ("http", b"EHLO client.example\r\n"), ("http", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), ("https", b"EHLO client.example\r\n"),
    ("mx", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), ("imaps", b"a NOOP\r\n"),
    ("submission", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), ("submissions", b"EHLO client.example\r\n"),
])
def test_f18_another_protocol_is_answered_and_closed_at_once(server_of_its_own, name, words):
    with socket.create_connection(server_of_its_own.place(name), timeout=PATIENCE) as peer:
        began = time.monotonic()
        if name in ("mx", "submission"):
            peer.recv(4096)
        peer.sendall(words)
        try:
            while peer.recv(4096):
                pass
        except ConnectionResetError:
            pass
        # Who is silent has a minute at least, on any door.
        assert time.monotonic() - began < 50


def test_smuggled_line_ends_make_one_message_or_none(server_of_its_own):
    server = server_of_its_own
    for ending in (b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\n", b"\n.\r", b"\r.\r\n", b"\r\n\0.\r\n", b"\r\n.\r\r\n"):
        with socket.create_connection(server.place("mx"), timeout=PATIENCE) as peer:
            def answer():
                received = b""
                while not received.endswith(b"\n") or received.splitlines()[-1][3:4] == b"-":
                    piece = peer.recv(4096)
                    assert piece, (ending, received)
                    received += piece
                return received
            answer()
            for command in (b"EHLO s.example", b"MAIL FROM:<smuggler@outside.example>", b"RCPT TO:<alice@demo.mailroom.test>", b"DATA"):
                peer.sendall(command + b"\r\n")
                answer()
            inner = b"MAIL FROM:<inner@outside.example>\r\nRCPT TO:<alice@demo.mailroom.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nx"
            peer.sendall(b"Subject: outer\r\n\r\nbody" + ending + inner + b"\r\n.\r\n")
            assert answer()[:1] in (b"5", b"2"), ending
    assert not [c for c in server.contents() if b"\nReturn-Path: <inner" in c or c.startswith(b"Return-Path: <inner")]


def test_pipelined_starttls_is_closed(server_of_its_own):
    with socket.create_connection(server_of_its_own.place("mx"), timeout=PATIENCE) as peer:
        peer.recv(4096)
        peer.sendall(b"EHLO x\r\n")
        peer.recv(4096)
        peer.sendall(b"STARTTLS\r\nMAIL FROM:<injected@outside.example>\r\n")
        received = b""
        while chunk := peer.recv(4096):
            received += chunk
        assert b"250" not in received


def test_a_bad_template_at_start_is_refused_with_its_line(tmp_path):
    template = tmp_path / "bad.yaml"
    template.write_text((ROOT / "templates/mailroom.yaml").read_text().replace("Handler: MXReceive", "Handler: MXRecieve"))
    done = subprocess.run(
        [BINARY, "serve", "--data", str(tmp_path / "data"), "--template", str(template), "--ports", "auto"],
        capture_output=True, cwd=ROOT, timeout=PATIENCE)
    assert done.returncode == 1 and b"bad.yaml:" in done.stderr and b"MXReceive" in done.stderr


def test_a_bad_certificate_is_refused_with_a_sentence(tmp_path):
    with Server(data=str(tmp_path / "data"), log=str(tmp_path / "log")):
        pass
    for path in (tmp_path / "data/tls").glob("*.pem"):
        if "ca" not in path.name:
            path.write_text("-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n")
    done = subprocess.run([BINARY, "dev", "--data", str(tmp_path / "data"), "--ports", "auto"], capture_output=True, cwd=ROOT, timeout=PATIENCE)
    assert done.returncode == 1 and b"certificate" in done.stderr, done.stderr


def test_f106_connections_that_take_every_descriptor_are_refused_and_the_service_goes_on():
    def few_files():
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    with Server(preexec=few_files) as server:
        server.send(message(subject="before"))
        peers = []
        for _ in range(400):
            with contextlib.suppress(OSError):
                peers.append(socket.create_connection(server.place("imap"), timeout=PATIENCE))
        # The system answers a peer before the server has taken it: only a refusal shows that all descriptors are gone.
        greeting = b"220"
        while greeting.startswith(b"220"):
            assert len(peers) < 1000, "no peer was refused"
            peers.append(socket.create_connection(server.place("mx"), timeout=PATIENCE))
            greeting = peers[-1].recv(4096)
        assert greeting.startswith(b"421 4.7.0")
        # libdispatch, which dies where it finds none, looks each second.
        time.sleep(3)
        for peer in peers:
            peer.close()
        assert until(lambda: not refused(server))
        server.send(message(subject="after"))
        assert len(server.wait_for(2)) == 2


def refused(server):
    with socket.create_connection(server.place("mx"), timeout=PATIENCE) as peer:
        return not peer.recv(4096).startswith(b"220")


def test_f114_a_blocked_log_holds_up_neither_mail_nor_the_end(tmp_path):
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    process = subprocess.Popen(
        [BINARY, "dev", "--data", str(tmp_path / "data"), "--ports", "auto", "--json", "--verbose"],
        stdout=subprocess.PIPE, stderr=writer, cwd=ROOT)
    try:
        host, _, port = json.loads(process.stdout.readline())["endpoints"]["mx"].rpartition(":")
        for _ in range(50):
            with smtplib.SMTP(host, int(port), local_hostname="client.outside.example", timeout=PATIENCE) as client:
                client.sendmail("a@outside.example", "alice@demo.mailroom.test", message(subject="nobody reads the log"))
        process.terminate()
        assert process.wait(timeout=PATIENCE) == 0
    finally:
        process.kill()
        process.stdout.close()
        os.close(reader)
        os.close(writer)


def test_f22_a_client_that_vanishes_before_the_reply_and_comes_back_has_one_message(server_of_its_own):
    server = server_of_its_own
    content = message(subject="vanished", body="once\r\n.dotted")
    lost, repeated = counted(server, "replies_lost"), counted(server, "repetitions")
    lines = b"EHLO v.example\r\nMAIL FROM:<v@outside.example>\r\nRCPT TO:<alice@demo.mailroom.test>\r\nDATA\r\n"
    with socket.create_connection(server.place("mx"), timeout=PATIENCE) as peer:
        peer.recv(4096)
        peer.sendall(lines)
        received = b""
        while b"354" not in received:
            received += peer.recv(4096)
        # The server stands still meanwhile: however fast it is, it cannot reply before the connection is broken.
        server.process.send_signal(signal.SIGSTOP)
        os.waitpid(server.process.pid, os.WUNTRACED)
        peer.sendall(content.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        # The connection breaks here; what became of the message nobody can tell the client.
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    server.process.send_signal(signal.SIGCONT)
    first = server.wait_for_subject("vanished")
    assert until(lambda: counted(server, "replies_lost") == lost + 1)
    again = server.send(content, sender="v@outside.example")
    assert b"id " + again.encode() in first[0], "the reply names the message there was"
    assert counted(server, "repetitions") == repeated + 1
    server.send(message(subject="behind it"))
    server.wait_for_subject("behind it")
    assert len([c for c in server.contents() if b"Subject: vanished" in c]) == 1


def counted(server, what):
    metrics = urllib.request.urlopen(server.http("/metrics"), timeout=PATIENCE).read().decode()
    return int(re.search(rf"^mailroom_smtp_{what}_total (\d+)$", metrics, re.MULTILINE)[1])
