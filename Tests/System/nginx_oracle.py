#!/usr/bin/env python3
"""Sends Tests/Wire/HTTP/framing.txt to a real nginx and compares its answers with the recorded column.

`make test` runs it through test_framing.py. By hand: exit 0 when all is as recorded, 1 with the cases that differ.
"""

import concurrent.futures
import contextlib
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

TABLE = pathlib.Path(__file__).resolve().parent.parent / "Wire" / "HTTP" / "framing.txt"

# The outer server reads whole bodies before it asks the inner one, so a malformed body is noticed.
CONFIG = """
daemon off; master_process off; pid {dir}/pid; error_log {dir}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u;
  scgi_temp_path {dir}/s; lingering_time 1s; lingering_timeout 1s;
  server {{ listen 127.0.0.1:{outer}; location / {{ proxy_pass http://127.0.0.1:{inner}; }} }}
  server {{ listen 127.0.0.1:{inner}; location / {{ return 200 "ok"; }} }}
}}
"""

# An answer that has not begun by then does not come: nginx keeps the connection open and waits for more.
SILENCE_SECONDS = 1


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cases():
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, nginx, ours, octets = line.split(" | ", 3) if " | | " not in line else (
                line.split(" | | ", 1)[0], "", *line.split(" | | ", 1)[1].split(" | ", 1))
            yield name, nginx.split(), octets.encode("ascii").decode("unicode_escape").encode("latin-1")


def read_answers(stream):
    """The statuses of all answers on a connection, each cut off by its own framing."""
    statuses = []
    while stream:
        match = re.match(rb"HTTP/1\.[01] (\d{3})[^\r]*\r\n", stream)
        if not match:
            # An HTTP/0.9 answer is a body alone.
            return statuses or ["200"]
        head, _, stream = stream.partition(b"\r\n\r\n")
        if match.group(1) != b"100":
            statuses.append(match.group(1).decode())
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        if length:
            stream = stream[int(length.group(1)):]
        elif re.search(rb"(?i)\r\ntransfer-encoding: chunked", head):
            stream = stream.partition(b"0\r\n\r\n")[2]
    return statuses


def ask(port, octets, silence=SILENCE_SECONDS):
    with socket.create_connection(("127.0.0.1", port), timeout=60) as peer:
        peer.sendall(octets)
        peer.settimeout(silence)
        answer = b""
        try:
            while piece := peer.recv(65536):
                answer += piece
        except (TimeoutError, ConnectionResetError):
            pass
        return read_answers(answer)


def find_nginx():
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def start(nginx, folder):
    """Starts an nginx on ports that were free a moment ago; the port of its outer server once it answers."""
    outer, inner = free_port(), free_port()
    config = pathlib.Path(folder, "nginx.conf")
    config.write_text(CONFIG.format(dir=folder, outer=outer, inner=inner))
    server = subprocess.Popen([nginx, "-p", folder, "-c", str(config)], stderr=subprocess.DEVNULL)
    for _ in range(2400):
        # It ends when somebody else was faster at one of its ports, and answers there in its stead.
        if server.poll() is not None:
            return server, None
        with contextlib.suppress(OSError):
            if ask(outer, b"GET / HTTP/1.0\r\n\r\n", silence=60) == ["200"]:
                return server, outer
        time.sleep(0.05)
    return server, None


@contextlib.contextmanager
def running(nginx):
    """A running nginx; the port that its outer server listens on."""
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(5):
            server, outer = start(nginx, folder)
            if outer:
                break
            server.kill()
            server.wait()
        else:
            raise AssertionError("nginx does not start")
        try:
            yield outer
        finally:
            server.terminate()
            server.wait(timeout=60)


def differences(nginx):
    """How many cases there are, and a line for each that nginx answers otherwise than recorded."""
    every = list(cases())
    with running(nginx) as port, concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda case: ask(port, case[2]), every))
        # A busy machine is silent for longer: who has not said what it should is waited for once more.
        for index, (_, recorded, octets) in enumerate(every):
            if answers[index] != recorded:
                answers[index] = ask(port, octets, silence=15 * SILENCE_SECONDS)
    return len(every), [
        f"{name}: nginx answers {' '.join(answered) or 'nothing'}, recorded is {' '.join(recorded) or 'nothing'}"
        for (name, recorded, _), answered in zip(every, answers) if answered != recorded]


def main():
    nginx = find_nginx()
    if nginx is None:
        print("nginx is not installed: apt-get install nginx-light")
        return 1
    count, different = differences(nginx)
    print("\n".join([*different, f"{count - len(different)} passed, {len(different)} failed"]))
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
