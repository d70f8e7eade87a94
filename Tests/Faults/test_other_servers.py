"""Servers of other people that mean no good, or are just broken: nobody else's mail waits for them, and nothing is lost."""
import contextlib
import signal
import socket
import threading
import time

import pytest
from mailroom import Server, until
from outside import Nameserver, OtherServer
from test_outbound import fates, mail, submit, trace

SILENT = 300


class Scripted:
    """A server that does with each connection what its function says."""

    def __init__(self, host, port, script):
        self.script, self.held, self.listener = script, [], socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((host, port))
        self.listener.listen(1024)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.held.append(connection)
                threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection):
        with contextlib.suppress(OSError):
            self.script(connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in [self.listener, *self.held]:
            one.close()


def endless_line(connection):
    connection.sendall(b"220 ")
    while True:
        connection.sendall(b"a" * 65_536)


def endless_reply(connection):
    while True:
        connection.sendall(b"220-and\r\n" * 1000)


def says_nothing(connection):
    pass


def never_answers_the_dot(connection):
    lines = connection.makefile("rb")
    connection.sendall(b"220 here\r\n")
    for line in lines:
        if line.startswith(b"DATA"):
            connection.sendall(b"354 go on\r\n")
            while lines.readline() not in (b".\r\n", b""):
                pass
        else:
            connection.sendall(b"250 fine\r\n")


@pytest.fixture(scope="module")
def outside():
    records = {("outside.example", "MX"): ["10 mx.outside.example."], ("mx.outside.example", "A"): ["127.0.0.1"],
               ("silent.example", "A"): ["127.0.0.5"], ("line.example", "A"): ["127.0.0.6"], ("reply.example", "A"): ["127.0.0.7"],
               ("dot.example", "A"): ["127.0.0.8"]}
    for number in range(SILENT):
        records[(f"d{number}.example", "MX")] = ["10 silent.example."]
    with OtherServer() as other, Nameserver(records) as names:
        other.names = names
        yield other


@pytest.fixture
def server(outside):
    parameters = {"Outside": "send", "OutsidePort": outside.port, "OutsideNameservers": outside.names.address,
                  "OutsidePrivate": "true", "RetryFirst": "1s", "RetryLast": "1s"}
    words = [word for name, value in parameters.items() for word in ("--parameter", f"{name}={value}")]
    with Server(arguments=words) as running:
        yield running


def test_f97_a_silent_server_of_300_domains_holds_up_neither_users_nor_other_servers_nor_the_end(server, outside):
    with Scripted("127.0.0.5", outside.port, says_nothing) as silent:
        for number in range(SILENT // 10):
            to = [f"x@d{one}.example" for one in range(number * 10, number * 10 + 10)]
            submit(server, mail(server, f"silent {number}"), to)
        for number in range(0, SILENT, 3):
            submit(server, mail(server, "silent again"), f"x@d{number}.example")
        assert until(lambda: silent.held)
        submit(server, mail(server, "within the house", to=server.bob["email"]), server.bob["email"])
        queue_id = submit(server, mail(server, "elsewhere"), "carol@outside.example")
        # The silent one is waited for much longer than this may take.
        assert server.wait_for_subject("within the house", user=server.bob, seconds=60)
        assert until(lambda: "elsewhere" in outside.subjects(), seconds=60)
        assert fates(server, queue_id) == {"carol@outside.example": "relayed"}
        assert len(silent.held) <= 20
        began = time.monotonic()
        assert server.stop(signal.SIGTERM) == 0
        assert time.monotonic() - began < 60


@pytest.mark.parametrize("domain,host,script,told", [
    ("line.example", "127.0.0.6", endless_line, "its reply is too long"),
    ("reply.example", "127.0.0.7", endless_reply, "its reply has too many lines"),
])
def test_f95_replies_without_an_end_are_bounded(server, outside, domain, host, script, told):
    with Scripted(host, outside.port, script):
        queue_id = submit(server, mail(server, domain), f"x@{domain}")
        assert told in until(lambda: trace(server, queue_id).get("WaitReason"))
        assert fates(server, queue_id) == {f"x@{domain}": "open"}


def test_f95_a_server_that_never_answers_the_dot_gets_the_message_again_after_a_restart(server, outside):
    with Scripted("127.0.0.8", outside.port, never_answers_the_dot) as broken:
        queue_id = submit(server, mail(server, "the dot"), "x@dot.example")
        assert until(lambda: broken.held)
        server.kill()
        server.start()
        assert until(lambda: len(broken.held) > 1)
        assert fates(server, queue_id) == {"x@dot.example": "open"}
