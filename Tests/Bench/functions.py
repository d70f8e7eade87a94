#!/usr/bin/env python3
"""make bench, functions: Mailroom's function host beside awslambdaric under a bare Runtime API loop, in the same run, as ratios."""
import argparse
import base64
import io
import json
import multiprocessing
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/System"))
sys.path.insert(0, str(ROOT / "Tests/Bench"))
os.environ.setdefault("MAILROOM", str(ROOT / ".build/release/mailroom"))
from bench import Mailbox  # noqa: E402
from mailroom import Server  # noqa: E402
from runtime_api import BareLoop, StandardLoop  # noqa: E402

ECHO = "def handler(event, context):\n    return event\n"
BOTO3 = "import boto3\nclient = boto3.client('s3', region_name='us-east-1')\ndef handler(event, context):\n    return event\n"
ECHO_NODE = "exports.handler = async (event) => event;\n"
ROLE = "arn:aws:iam::000000000000:role/bench"


def zipped(name, text):
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w") as archive:
        archive.writestr(name, text)
    return octets.getvalue()


class Door:
    """The Lambda door over one kept connection. As with the bare loop, what is sent is made before the clock starts, and of
    the answer no more is read than what tells where it ends."""

    def __init__(self, card):
        from botocore.auth import SigV4Auth
        from botocore.credentials import Credentials
        keys = card["aws"]
        self.signer = SigV4Auth(Credentials(keys["accessKeyId"], keys["secretAccessKey"]), "lambda", "us-east-1")
        self.base = keys["endpoint"]
        host, _, port = card["endpoints"]["http"].split("/")[-1].rpartition(":")
        self.peer = socket.create_connection((host, int(port)))
        self.peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.signed = {}

    def request(self, name, event, headers=()):
        """The octets of a signed request; the same for a minute."""
        key = (name, event, headers)
        made, octets = self.signed.get(key, (0, b""))
        if time.monotonic() - made > 60:
            from botocore.awsrequest import AWSRequest
            path = f"/2015-03-31/functions/{name}/invocations"
            request = AWSRequest("POST", self.base + path, data=event, headers=dict(headers))
            self.signer.add_auth(request)
            lines = [f"POST {path} HTTP/1.1", "Host: " + self.base.split("/")[-1], f"Content-Length: {len(event)}"]
            lines += [f"{name}: {value}" for name, value in request.headers.items()]
            octets = "\r\n".join(lines + ["", ""]).encode() + event
            self.signed = {**self.signed, key: (time.monotonic(), octets)} if len(self.signed) < 8 else {key: (time.monotonic(), octets)}
        return octets

    def _more(self):
        data = self.peer.recv(262144)
        assert data, "the door was closed"
        self.buffer += data

    def exchange(self, octets):
        """Status line and fields as they came, the body, and the seconds from sending to having read."""
        start = time.perf_counter()
        self.peer.sendall(octets)
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(self.buffer) < length:
            self._more()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return head, body, time.perf_counter() - start

    def invoke(self, name, event, tail=False):
        """The answer, the seconds it took, and the milliseconds the host reports."""
        head, body, seconds = self.exchange(self.request(name, event, (("X-Amz-Log-Type", "Tail"),) if tail else ()))
        assert head.startswith(b"HTTP/1.1 200 ") and b"x-amz-function-error" not in head.lower(), (head, body[:300])
        report = None
        if tail:
            log = re.search(rb"(?i)\r\nx-amz-log-result: (.*)", head).group(1)
            report = float(re.search(r"Duration: ([0-9.]+) ms", base64.b64decode(log).decode()).group(1))
        return body, seconds, report

    def dry_run(self, name, event):
        """The seconds of a call that stops before the function: what the door alone takes."""
        head, _, seconds = self.exchange(self.request(name, event, (("X-Amz-Invocation-Type", "DryRun"),)))
        assert head.startswith(b"HTTP/1.1 204 "), head
        return seconds

    def close(self):
        self.peer.close()


def create(client, name, runtime, file, code):
    client.create_function(FunctionName=name, Runtime=runtime, Role=ROLE, Handler=file.rpartition(".")[0] + ".handler",
                           Code={"ZipFile": zipped(file, code)}, Timeout=60, MemorySize=512)
    client.get_waiter("function_active_v2").wait(FunctionName=name)


def wait_for_libraries(server, seconds=120):
    """The first Python function of fresh data has pip fetch boto3: nothing can be measured beside that."""
    full, end = pathlib.Path(server.directory, "functions/runtimes/python3.11/full"), time.monotonic() + seconds
    log = pathlib.Path(server.log_path)
    while not full.exists() and b"runtime.libraries-missing" not in log.read_bytes():
        assert time.monotonic() < end, "pip does not come to an end"
        time.sleep(0.1)


def median_ms(values):
    return statistics.median(values) * 1000


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--events", type=int, default=2000)
    chosen = options.parse_args()
    result = {}
    small, large = b'{"n":1}', json.dumps({"text": "x" * (256 << 10)}).encode()
    with Server(data=tempfile.mkdtemp(prefix="mailroom-bench-", dir="/var/tmp")) as server:
        client = server.boto3("lambda")
        create(client, "echo-python", "python3.11", "app.py", ECHO)
        create(client, "echo-node", "nodejs20.x", "app.js", ECHO_NODE)
        create(client, "boto3-python", "python3.11", "app.py", BOTO3)
        wait_for_libraries(server)
        door = Door(server.card)

        # Warm: many short rounds of each side, taken in turns. A machine that others share is slower for a tenth of a second now and
        # then: what is measured in turns of less than that meets the same machine. Where the system puts two processes that wake each
        # other, on one core or on two, makes a factor of nearly two and lasts: of the bare loop there are five, each with its runtime.
        # Taken in turns they mostly share a core with whoever asks, which is their best place.
        figures = {"bare": [], "standard": [], "python door": [], "node door": [], "python report": [], "node report": [], "dry": [], "bare 256": [], "python 256": []}
        # Seconds from one call's start to the next one's: the bare loop acknowledges an answer and is asked for more between two events.
        turns = {label: [] for label in figures}
        # Of each turn its median. On a machine whose pace changes for seconds at a time, the medians of all calls may stem from
        # different paces; a turn and the bare loop's of the same round do not.
        middles = {label: [] for label in figures}
        hosts = []

        def calls(label, call, count=50):
            begun = time.perf_counter()
            seconds = [call() for _ in range(count)]
            turns[label].append((time.perf_counter() - begun) / count)
            figures[label] += seconds
            middles[label].append(statistics.median(seconds))

        bares, standard = [BareLoop(ECHO, "app.handler") for _ in range(5)], StandardLoop(ECHO, "app.handler")
        try:
            for name in ("echo-python", "echo-node"):
                for _ in range(50):
                    door.invoke(name, small)
            for _ in range(50):
                for bare in bares:
                    bare.invoke(small)
                standard.invoke(small)
            for number in range(chosen.events // 50):
                bare = bares[number % len(bares)]
                calls("bare", lambda: bare.invoke(small)[1])
                calls("python door", lambda: door.invoke("echo-python", small)[1])
                calls("dry", lambda: door.dry_run("echo-python", small))
                calls("node door", lambda: door.invoke("echo-node", small)[1])
                for name in ("python", "node"):
                    calls(f"{name} report", lambda: door.invoke(f"echo-{name}", small, tail=True)[2] / 1000)
                calls("standard", lambda: standard.invoke(small)[1])
                calls("bare 256", lambda: bare.invoke(large)[1], 4)
                calls("python 256", lambda: door.invoke("echo-python", large)[1], 4)
                if number % 20 == 0:
                    hosts.append(host_alone())
        finally:
            for bare in bares:
                bare.close()
            standard.close()
        peer = median_ms(figures["bare"])
        result["bare loop, awslambdaric echo (ms, p50)"] = peer
        quarter, _, three_quarters = statistics.quantiles(figures["bare"], n=4)
        result["the same, a quarter takes less than (ms)"] = quarter * 1000
        result["the same, a quarter takes more than (ms)"] = three_quarters * 1000
        result["the same by Python's http.server (ms, p50)"] = median_ms(figures["standard"])
        result["signed DryRun, the door alone (ms, p50)"] = median_ms(figures["dry"])
        alone = {name: statistics.median(one[name] for one in hosts) for name in hosts[0]}
        for name in ("python", "node"):
            result[f"warm echo, {name}: the host alone (ms, p50)"] = alone[f"{name}_us"] / 1000
            result[f"RATIO warm echo, {name}"] = alone[f"{name}_us"] / 1000 / peer
            # What a function costs while a door is served beside it; REPORT knows hundredths of a millisecond.
            result[f"warm echo, {name}: as the server's REPORT says (ms, p50)"] = median_ms(figures[f"{name} report"])
            result[f"RATIO warm echo, {name}, as the server's REPORT says"] = median_ms(figures[f"{name} report"]) / peer
            result[f"warm echo, {name}: through the door (ms, p50)"] = median_ms(figures[f"{name} door"])
            result[f"RATIO warm echo, {name}, through the door"] = median_ms(figures[f"{name} door"]) / peer
            result[f"RATIO warm echo, {name}, through the door, to the loop by http.server"] = (
                median_ms(figures[f"{name} door"]) / median_ms(figures["standard"]))
            result[f"RATIO warm echo, {name}, through the door, turn by turn"] = statistics.median(
                ours / theirs for ours, theirs in zip(middles[f"{name} door"], middles["bare"]))
        turn = {label: statistics.median(values) * 1000 for label, values in turns.items()}
        result["bare loop: from one event to the next (ms)"] = turn["bare"]
        for name in ("python", "node"):
            result[f"RATIO call after call, {name}, through the door"] = turn[f"{name} door"] / turn["bare"]
        result["RATIO 256 KiB event"] = alone["large_us"] / 1000 / median_ms(figures["bare 256"])
        result["RATIO 256 KiB event through the door"] = median_ms(figures["python 256"]) / median_ms(figures["bare 256"])

        # Four environments at once, the host's own share of the processor beside them.
        theirs = together(lambda: BareLoop(ECHO, "app.handler"), lambda loop: loop.invoke(small))
        result["four environments: events/s"] = alone["parallel_per_second"]
        result["RATIO four environments: events/s"] = alone["parallel_per_second"] / theirs
        result["four environments: the host's share of the CPU used"] = alone["parallel_host_share"]
        result["four environments: the host's CPU for an event (us)"] = alone["parallel_host_us"]
        # At full speed both cores are busy, and a lean runtime makes its host look large. At the asked rate this is what is left.
        result["four environments: the host's share of all cores at 1.3 times the peer's rate"] = (
            alone["parallel_host_us"] * 1e-6 * 1.3 * theirs / os.cpu_count())
        rate = together(lambda: Door(server.card), lambda one: one.invoke("echo-python", small))
        result["four environments through the door: events/s"] = rate
        result["RATIO four environments through the door: events/s"] = rate / theirs

        # Cold: from nothing to the first answer.
        for name, code, label in (("echo-python", ECHO, "echo"), ("boto3-python", BOTO3, "boto3")):
            ours, theirs = [], []
            for turn in range(5):
                client.update_function_configuration(FunctionName=name, Environment={"Variables": {"TURN": str(turn)}})
                start = time.perf_counter()
                door.invoke(name, small)
                ours.append(time.perf_counter() - start)
                loop = BareLoop(code, "app.handler")
                theirs.append(loop.first_answer(small))
                loop.close()
            result[f"cold {label} (ms)"] = median_ms(ours)
            result[f"RATIO cold {label}"] = statistics.median(ours) / statistics.median(theirs)

        s3 = server.boto3("s3")
        s3.create_bucket(Bucket="bench")
        body = os.urandom(10 << 10)
        puts = []
        for number in range(200):
            start = time.perf_counter()
            s3.put_object(Bucket="bench", Key=str(number), Body=body)
            puts.append(time.perf_counter() - start)
        result["boto3 PutObject of 10 KB (ms, p50)"] = median_ms(puts)
        result["messages/s through a synchronous Python function"] = through_rule(server, client)
        result.update(deploying(server))
    result.update(watched())
    done = subprocess.run([str(ROOT / ".build/release/DispatchBench")], capture_output=True, text=True)
    if done.returncode == 0:
        dispatch = json.loads(done.stdout)
        result["in-process dispatch (us, p50)"] = dispatch["p50_us"]
        result["in-process dispatch (events/s on one core)"] = dispatch["events_per_second"]
    print()
    for name, value in result.items():
        print(f"{name:55} {value:10.3f}")


def host_alone():
    """The host without a door before it, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="host-bench-", dir="/var/tmp") as directory:
        done = subprocess.run([str(ROOT / ".build/release/HostBench"), os.environ["MAILROOM"], directory], capture_output=True, text=True,
                              check=True, timeout=120)
    return json.loads(done.stdout)


def together(make, call, count=4, each=500):
    """Events a second of four generators at once.

    Each generator is a process, so that no interpreter's lock is what is measured."""
    start, end = multiprocessing.Barrier(count + 1), multiprocessing.Barrier(count + 1)

    def generate():
        one = make()
        for _ in range(50):
            call(one)
        start.wait(60)
        for _ in range(each):
            call(one)
        end.wait(60)
        one.close()

    generators = [multiprocessing.Process(target=generate) for _ in range(count)]
    for one in generators:
        one.start()
    start.wait(60)
    began = time.perf_counter()
    end.wait(60)
    seconds = time.perf_counter() - began
    for one in generators:
        one.join()
    return count * each / seconds


def through_rule(server, client):
    """Messages a second, sent by smtp-source, each asked about by a synchronous function before it is delivered."""
    answer = "def handler(event, context):\n    return {'actions': [{'action': {'type': 'DEFAULT'}, 'allRecipients': True}]}\n"
    create(client, "ask", "python3.11", "app.py", answer)
    organization = server.card["organization"]["id"]
    client.add_permission(FunctionName="ask", StatementId="workmail", Action="lambda:InvokeFunction",
                          Principal="workmail.us-east-1.amazonaws.com",
                          SourceArn=f"arn:aws:workmail:us-east-1:{server.card['account']}:organization/{organization}")
    arn = client.get_function(FunctionName="ask")["Configuration"]["FunctionArn"]
    server.run("rule", "create", "--name", "ask", "--sender", "*", "--recipient", "*", "--action", "run-lambda", "--function", arn,
               "--synchronous", "--fallback", "default", "--timeout", "10")
    box = Mailbox(server, server.alice["email"], server.alice["password"])
    before, messages, start = box.count(), 2000, time.perf_counter()
    host, port = server.place("mx")
    subprocess.run(["smtp-source", "-d", "-s", "20", "-m", str(messages), "-l", "4096", "-f", "sender@outside.example", "-t",
                    server.alice["email"], f"inet:{host}:{port}"], check=True, timeout=600)
    while box.count() - before < messages:
        assert time.perf_counter() - start < 600
        time.sleep(0.02)
    rate = messages / (time.perf_counter() - start)
    box.close()
    server.run("rule", "delete", "--name", "ask")
    return rate


def deploying(server):
    """Seconds from `mailroom deploy` of a small template to the first successful invocation, dependencies cached."""
    directory = tempfile.mkdtemp(prefix="bench-stack-")
    pathlib.Path(directory, "src").mkdir()
    pathlib.Path(directory, "src/app.py").write_text(ECHO)
    pathlib.Path(directory, "template.yaml").write_text(
        "AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::Serverless-2016-10-31\nResources:\n  Echo:\n"
        "    Type: AWS::Serverless::Function\n    Properties: { CodeUri: src, Handler: app.handler, Runtime: python3.11, Timeout: 10 }\n"
        "Outputs:\n  Name: { Value: !Ref Echo }\n")
    times = []
    for turn in range(3):
        start = time.perf_counter()
        stack = f"bench{turn}"
        server.run("deploy", f"{directory}/template.yaml", "--stack", stack)
        name = next(one["FunctionName"] for one in server.boto3("lambda").list_functions()["Functions"]
                    if one["FunctionName"].startswith(stack))
        server.run("invoke", name, "--event", "-", stdin=b"{}")
        times.append(time.perf_counter() - start)
    return {"deploy to first invocation (s)": statistics.median(times)}


def watched(turns=15):
    """Seconds from a saved file of a watched folder to the first event that new code gets; its own init is not in them."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="bench-watch-"))
    (directory / "src").mkdir()
    code = directory / "src/app.py"
    code.write_text("def handler(event, context):\n    return 0\n")
    (directory / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Echo:\n    Type: AWS::Serverless::Function\n"
        "    Properties: { CodeUri: src, Handler: app.handler, Runtime: python3.11, FunctionName: watched }\n")
    times = []
    with Server(data=tempfile.mkdtemp(prefix="mailroom-bench-", dir="/var/tmp"), arguments=["--watch", str(directory)]) as server:
        client = server.boto3("lambda")
        client.get_waiter("function_exists").wait(FunctionName="watched")
        client.get_waiter("function_active_v2").wait(FunctionName="watched")
        door = Door(server.card)
        for turn in range(1, turns + 1):
            # At any moment between two looks.
            time.sleep(0.3 + 0.05 * turn / turns)
            # As an editor saves: written beside it and moved over it.
            draft = directory / "src/.draft"
            draft.write_text(f"def handler(event, context):\n    return {turn}\n")
            saved = time.perf_counter()
            draft.rename(code)
            while True:
                asked = time.perf_counter()
                answer = door.invoke("watched", b"{}")[0]
                assert asked - saved < 30, answer
                if answer == str(turn).encode():
                    break
                time.sleep(0.002)
            times.append(asked - saved)
        door.close()
    return {"saved file to first event on new code (s, p50)": statistics.median(times),
            "saved file to first event on new code (s, worst)": max(times)}


if __name__ == "__main__":
    main()
