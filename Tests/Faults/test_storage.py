"""Encryption at rest, key rotation, a full disk."""
import contextlib
import json
import os
import pathlib
import smtplib
import subprocess
import threading
import time

import pytest
from mailroom import PATIENCE, Server, message, until
from outside import Nameserver, OtherServer
from test_outbound import fates, mail, submit, trace


def test_a_planted_phrase_is_nowhere_on_disk(tmp_path):
    with Server(data=str(tmp_path / "data"), log=str(tmp_path / "log")) as server:
        for size in (10, 30_000, 2_000_000):
            body = "planted-body-phrase " + ("y" * 70 + "\r\n") * (size // 72)
            server.send(message(subject="planted-subject-phrase", body=body))
        server.wait_for(3)
        client = server.imap()
        client.select("INBOX")
        client.search(None, "BODY", "planted-body-phrase")
        client.logout()
        running = list(found(tmp_path / "data"))
    assert running == []
    assert list(found(tmp_path / "data")) == []


def found(directory):
    for path in pathlib.Path(directory).rglob("*"):
        if path.is_file():
            octets = path.read_bytes()
            for phrase in (b"planted-subject-phrase", b"planted-body-phrase", b"sender@outside.example"):
                if phrase in octets:
                    yield path.name, phrase


def test_rotating_keys_while_mail_flows_changes_nothing_for_readers(tmp_path):
    with Server(data=str(tmp_path / "data"), log=str(tmp_path / "log")) as server:
        server.send(message(subject="before the rotation"))
        server.wait_for(1)
        stop, sent, problems = threading.Event(), [], []

        def flow(number):
            while not stop.is_set():
                try:
                    server.send(message(subject=f"flow {number} {len(sent)}"), to=server.bob["email"])
                    sent.append(number)
                except Exception as problem:
                    problems.append(problem)
                    return

        threads = [threading.Thread(target=flow, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        master = (tmp_path / "data" / "master.key").read_bytes() if (tmp_path / "data" / "master.key").exists() else b""
        for _ in range(5):
            server.run("key", "rotate")
            server.run("key", "rotate", "--org", "demo")
        stop.set()
        for thread in threads:
            thread.join()
        assert not problems and sent
        assert len(server.wait_for(len(sent), user=server.bob)) == len(sent)
        assert b"before the rotation" in server.contents()[0]
        if master:
            assert (tmp_path / "data" / "master.key").read_bytes() != master
    with server:
        assert b"before the rotation" in server.contents()[0]
        assert len(server.contents(user=server.bob)) == len(sent)


# Only root mounts.
SUDO = [] if os.geteuid() == 0 else ["sudo", "-n"]


@pytest.fixture
def small_disk(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run([*SUDO, "mount", "-t", "tmpfs", "-o", "size=40m,mode=1777", "tmpfs", str(place)], check=True)
    yield place
    subprocess.run([*SUDO, "umount", "-l", str(place)], check=True)


def test_a_full_disk_refuses_with_452_keeps_reading_and_recovers(small_disk, tmp_path):
    with Server(data=str(small_disk / "data"), log=str(tmp_path / "log")) as server:
        accepted, refusal = 0, None
        for number in range(60):
            try:
                server.send(message(subject=f"fill {number}", body=("z" * 76 + "\r\n") * 13_000))
                accepted += 1
            except (AssertionError, smtplib.SMTPException) as problem:
                refusal = str(problem)
                break
        assert refusal and "452" in refusal and accepted > 3, (accepted, refusal)
        # What was accepted can be read.
        server.wait_for(accepted)
        # Making room: the operator's way is more space.
        subprocess.run([*SUDO, "mount", "-o", "remount,size=120m", str(small_disk)], check=True)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                server.send(message(subject="after"))
                break
            except (AssertionError, smtplib.SMTPException):
                assert time.monotonic() < deadline
                time.sleep(0.2)
        server.wait_for(accepted + 1)


def test_f102_a_disk_that_is_full_to_the_last_block_keeps_reading_loses_nothing_and_recovers(small_disk, tmp_path):
    with Server(data=str(small_disk / "data"), log=str(tmp_path / "log")) as server:
        for number in range(5):
            server.send(message(subject=f"before {number}", body="x" * 2000))
        server.wait_for(5)
        before = server.imap()
        before.select("INBOX")
        count = 5
        with pytest.raises((AssertionError, smtplib.SMTPException), match="452"):
            for number in range(60):
                server.send(message(subject=f"fill {number}", body=("z" * 76 + "\r\n") * 13_000))
                count += 1
        # What was accepted last may still be on its way.
        server.wait_for(count)
        # Accepting has stopped before the last block: who deletes makes room by that.
        assert refusal(before, "APPEND", "INBOX", None, None, message(subject="too late")) == b"[UNAVAILABLE]"
        assert before.uid("STORE", "1", "+FLAGS", "(\\Flagged)")[0] == "OK"
        # Something else takes what is left, also what the server gives back meanwhile.
        def filled():
            with contextlib.suppress(OSError), open(small_disk / "filler", "ab", buffering=0) as filler:
                while filler.write(b"z" * 4096):
                    pass
            return os.statvfs(small_disk).f_bavail == 0
        assert until(filled)
        client = server.imap()
        assert client.select("INBOX")[0] == "OK"
        assert client.search(None, "SUBJECT", "before")[1] == [b"1 2 3 4 5"]
        # BODY[] would set \\Seen, for which there is no room.
        answer, parts = client.fetch("1:5", "(FLAGS BODY[])")
        assert answer == "OK" and [p[1].count(b"x" * 2000) for p in parts if isinstance(p, tuple)] == [1] * 5
        assert refusal(client, "APPEND", "INBOX", None, None, message()) == b"[UNAVAILABLE]"
        assert refusal(client, "CREATE", "new") == b"[UNAVAILABLE]"
        assert client.noop()[0] == "OK"
        with pytest.raises((AssertionError, smtplib.SMTPException), match="452"):
            server.send(message(subject="no room"))
        assert json.loads(server.run("user", "list", "--json"))
        # Room again: everything works by itself, and nothing that was promised is missing.
        (small_disk / "filler").unlink()
        subprocess.run([*SUDO, "mount", "-o", "remount,size=120m", str(small_disk)], check=True)
        assert until(lambda: client.append("INBOX", None, None, message(subject="appended"))[0] == "OK")
        assert until(lambda: client.uid("STORE", "2", "+FLAGS", "(\\Deleted)")[0] == "OK")
        server.send(message(subject="sent"))
        server.wait_for(count + 2)
    with server:
        assert len(server.contents()) == count + 2


def refusal(client, command, *arguments):
    """The response code with which a command is refused."""
    answer, text = getattr(client, command.lower())(*arguments)
    assert answer == "NO", (command, answer, text)
    return text[0].split()[0]


def test_f102_what_another_server_took_while_the_disk_was_full_is_written_down_once_there_is_room(small_disk, tmp_path):
    subprocess.run([*SUDO, "mount", "-o", "remount,size=160m", str(small_disk)], check=True)
    with OtherServer() as other, Nameserver({
            ("outside.example", "MX"): ["10 mx.outside.example."], ("mx.outside.example", "A"): ["127.0.0.1"]}) as names:
        parameters = {"Outside": "send", "OutsidePort": other.port, "OutsideNameservers": names.address, "OutsidePrivate": "true",
                      "RetryFirst": "1s", "RetryLast": "1s"}
        words = [word for name, value in parameters.items() for word in ("--parameter", f"{name}={value}")]
        with Server(data=str(small_disk / "data"), log=str(tmp_path / "log"), arguments=words) as server:
            other.answers["later@outside.example"] = "451 4.3.0 later"
            queue_id = submit(server, mail(server, "waits"), "later@outside.example")
            assert until(lambda: trace(server, queue_id).get("WaitReason"))

            def filled():
                with contextlib.suppress(OSError), open(small_disk / "filler", "ab", buffering=0) as filler:
                    while filler.write(b"z" * 65_536):
                        pass
                return os.statvfs(small_disk).f_bavail == 0
            assert until(filled)
            with pytest.raises((AssertionError, smtplib.SMTPException), match="452"):
                submit(server, mail(server, "no room", to=server.bob["email"]), server.bob["email"])
            del other.answers["later@outside.example"]
            assert until(lambda: "waits" in other.subjects())
            assert server.logged("queue.postpone-failed")
            (small_disk / "filler").unlink()
            # Its lease would last for an hour.
            assert until(lambda: fates(server, queue_id) == {"later@outside.example": "relayed"}, seconds=120)
            server.kill()
            server.start()
            submit(server, mail(server, "after"), "carol@outside.example")
            assert until(lambda: "after" in other.subjects())
            assert other.subjects() == ["waits", "after"]
