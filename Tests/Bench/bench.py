#!/usr/bin/env python3
"""make bench: Mailroom beside Postfix + Dovecot in the same run, as ratios of medians.

The load comes from Postfix's own smtp-source for both. A message counts when it is visible over IMAP."""
import argparse
import imaplib
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/System"))
sys.path.insert(0, str(ROOT / "Tests/Bench"))
os.environ.setdefault("MAILROOM", str(ROOT / ".build/release/mailroom"))
from mailroom import Server  # noqa: E402
from peers import PostfixDovecot  # noqa: E402


def tree_cpu(roots):
    """Seconds of processor that these processes, their children and those they have buried used so far."""
    table = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = open(f"/proc/{entry}/stat").read().rpartition(")")[2].split()
            except OSError:
                continue
            table[int(entry)] = (int(fields[1]), sum(int(value) for value in fields[11:15]))
    wanted, grew = set(roots), True
    while grew:
        more = {pid for pid, (parent, _) in table.items() if parent in wanted} - wanted
        wanted |= more
        grew = bool(more)
    return sum(table[pid][1] for pid in wanted if pid in table) / os.sysconf("SC_CLK_TCK")


class Mailbox:
    """Counts what is visible in an INBOX."""

    def __init__(self, system, user, password):
        self.client = imaplib.IMAP4(*system.place("imap"))
        self.client.login(user, password)

    def count(self):
        _, answer = self.client.status("INBOX", "(MESSAGES)")
        return int(answer[0].split()[-1].rstrip(b")"))

    def close(self):
        self.client.logout()


def deliver(system, boxes, messages, recipients, octets=4096, connections=20):
    """Sends, and waits until all is visible: (messages a second, milliseconds of CPU a message)."""
    before = [box.count() for box in boxes]
    busy, start = tree_cpu(system.roots), time.monotonic()
    host, port = system.place("mx")
    command = ["smtp-source", "-d", "-s", str(connections), "-m", str(messages), "-l", str(octets), "-f", "sender@outside.example", "-M",
               "bench.outside.example"]
    if len(recipients) == 1:
        command += ["-t", recipients[0]]
    else:
        command += ["-r", str(len(recipients)), "-t", recipients[0]]
    subprocess.run(command + [f"inet:{host}:{port}"], check=True, timeout=900)
    accepted = time.monotonic() - start
    deadline = time.monotonic() + 900
    while any(box.count() - was < messages for box, was in zip(boxes, before)):
        assert time.monotonic() < deadline, "not all messages became visible"
        time.sleep(0.01)
    seconds = time.monotonic() - start
    cpu = tree_cpu(system.roots) - busy
    return messages / seconds, cpu * 1000 / messages, messages / accepted


def idle_latency(server, count=60):
    """Milliseconds from 250 to the IDLE notice."""
    user = server.alice
    client = imaplib.IMAP4(*server.place("imap"))
    client.login(user["email"], user["password"])
    client.select("INBOX")
    client.send(b"i IDLE\r\n")
    client.readline()
    file = client.sock
    times = []
    with server.smtp() as smtp:
        smtp.ehlo("bench.outside.example")
        for _ in range(count):
            smtp.mail("a@outside.example")
            smtp.rcpt(user["email"])
            smtp.docmd("DATA")
            smtp.sock.sendall(b"Subject: x\r\n\r\n" + b"y" * 4000 + b"\r\n.\r\n")
            smtp.getreply()
            start = time.monotonic()
            while b"EXISTS" not in client.readline():
                pass
            times.append((time.monotonic() - start) * 1000)
    client.send(b"DONE\r\n")
    while not client.readline().startswith(b"i OK"):
        pass
    client.logout()
    return times


def resident(pid):
    """Kilobytes resident that belong to the process."""
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1])


def idle_connections(server, count=1000):
    """Kilobytes per idle IMAP connection without TLS, in IDLE on INBOX."""
    def connect():
        peer = socket.create_connection(server.place("imap"))
        peer.recv(4096)
        for line in (f"a LOGIN {server.bob['email']} {server.bob['password']}", "b SELECT INBOX", "c IDLE"):
            peer.sendall(line.encode() + b"\r\n")
            tag = line[0].encode()
            received = b""
            while not (b"\r\n" + tag + b" " in b"\r\n" + received or received.startswith(b"+") or b"\r\n+" in received):
                received += peer.recv(65536)
        return peer
    warm = [connect() for _ in range(50)]
    before = resident(server.process.pid)
    peers = [connect() for _ in range(count)]
    time.sleep(1)
    after = resident(server.process.pid)
    for peer in warm + peers:
        peer.close()
    return (after - before) / count


def start_to_card(directory):
    """Milliseconds from exec to the card on an existing data directory."""
    times = []
    for _ in range(7):
        server = Server(data=directory)
        begin = time.monotonic()
        server.start()
        times.append((time.monotonic() - begin) * 1000)
        server.stop()
    return statistics.median(times)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--messages", type=int, default=4000)
    options.add_argument("--only-ours", action="store_true")
    options.add_argument("--flat", action="store_true", help="also deliver 100,000 messages into one mailbox")
    chosen = options.parse_args()
    result = {}
    # As smtp-source counts them.
    fifty = ["user@demo.mailroom.test"] + [f"{number}user@demo.mailroom.test" for number in range(2, 51)]

    directory = tempfile.mkdtemp(prefix="mailroom-bench-", dir="/var/tmp")
    server = Server(data=directory).start()
    try:
        time.sleep(1)
        result["memory at rest (MB)"] = resident(server.process.pid) / 1024
        for name in fifty:
            subprocess.run([os.environ["MAILROOM"], "user", "create", name, "--data", directory], check=True, stdout=subprocess.DEVNULL)
        box = Mailbox(server, server.alice["email"], server.alice["password"])
        ours, ours_fifty, theirs, theirs_fifty = [], [], [], []
        deliver(server, [box], 500, [server.alice["email"]])
        times = idle_latency(server)
        result["250 to IDLE notice (ms, p50)"] = statistics.median(times)
        result["250 to IDLE notice (ms, p95)"] = statistics.quantiles(times, n=20)[18]
        result["memory per idle IMAP connection (KB)"] = idle_connections(server)
        peer = None if chosen.only_ours else PostfixDovecot().__enter__()
        try:
            if peer:
                peer_box = Mailbox(peer, "alice", "x")
                deliver(peer, [peer_box], 100, [server.alice["email"]])
            last = json.loads(subprocess.run(
                [os.environ["MAILROOM"], "user", "create", "counter@demo.mailroom.test", "--data", directory, "--json"], check=True,
                stdout=subprocess.PIPE).stdout)
            for turn in range(chosen.rounds):
                ours.append(deliver(server, [box], chosen.messages, [server.alice["email"]]))
                if peer:
                    theirs.append(deliver(peer, [peer_box], max(300, chosen.messages // 10), [server.alice["email"]]))
                print(f"round {turn + 1}: mailroom {ours[-1][0]:.0f}/s {ours[-1][1]:.2f} ms CPU"
                      + (f", peer {theirs[-1][0]:.0f}/s {theirs[-1][1]:.2f} ms CPU" if peer else ""), flush=True)
            fifty_box = Mailbox(server, *credentials(directory, "50user"))
            if peer:
                peer_fifty = Mailbox(peer, "50user", "x")
                deliver(peer, [peer_fifty], 10, fifty)
            for turn in range(chosen.rounds):
                ours_fifty.append(deliver(server, [fifty_box], 400, fifty))
                if peer:
                    theirs_fifty.append(deliver(peer, [peer_fifty], 30, fifty))
                print(f"round {turn + 1}, 50 recipients: mailroom {ours_fifty[-1][0]:.1f}/s {ours_fifty[-1][1]:.1f} ms CPU"
                      + (f", peer {theirs_fifty[-1][0]:.1f}/s {theirs_fifty[-1][1]:.1f} ms CPU" if peer else ""), flush=True)
        finally:
            if peer:
                peer.__exit__()

        def median(runs, index):
            return statistics.median(run[index] for run in runs)
        result["messages/s"] = median(ours, 0)
        result["CPU ms per message"] = median(ours, 1)
        result["50 recipients: messages/s"] = median(ours_fifty, 0)
        result["50 recipients: CPU ms per message"] = median(ours_fifty, 1)
        if theirs:
            result["peer messages/s"] = median(theirs, 0)
            result["peer CPU ms per message"] = median(theirs, 1)
            result["RATIO messages/s"] = median(ours, 0) / median(theirs, 0)
            result["RATIO CPU (peer/ours)"] = median(theirs, 1) / median(ours, 1)
            result["peer 50 recipients: messages/s"] = median(theirs_fifty, 0)
            result["RATIO 50 recipients: messages/s"] = median(ours_fifty, 0) / median(theirs_fifty, 0)
        if chosen.flat:
            box.close()
            fresh = json.loads(subprocess.run(
                [os.environ["MAILROOM"], "user", "create", "flat@demo.mailroom.test", "--data", directory, "--json"], check=True,
                stdout=subprocess.PIPE).stdout)
            box = Mailbox(server, fresh["Email"], fresh["Password"])
            deliver(server, [box], 1000, [fresh["Email"]])
            result["CPU ms per message at 1,000"] = deliver(server, [box], 2000, [fresh["Email"]])[1]
            while box.count() < 100_000:
                deliver(server, [box], 10_000, [fresh["Email"]])
            result["CPU ms per message at 100,000"] = deliver(server, [box], 2000, [fresh["Email"]])[1]
    finally:
        server.stop()
    result["start to card, existing data (ms)"] = start_to_card(directory)
    print()
    for name, value in result.items():
        print(f"{name:45} {value:10.2f}")


def credentials(directory, name):
    """Resets a user's password, for a mailbox whose first one was not kept."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("Bench-Password-1\n")
        file.flush()
        subprocess.run([os.environ["MAILROOM"], "user", "update", name, "--password-file", file.name, "--data", directory], check=True)
    return f"{name}@demo.mailroom.test", "Bench-Password-1"


if __name__ == "__main__":
    main()
