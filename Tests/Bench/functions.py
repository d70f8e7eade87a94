#!/usr/bin/env python3
"""make bench, functions: Mailroom's function host beside awslambdaric under a bare Runtime API loop, in the same run, as ratios."""
import argparse
import base64
import concurrent.futures
import http.client
import io
import json
import os
import pathlib
import re
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
from bench import Mailbox, tree_cpu  # noqa: E402
from mailroom import Server  # noqa: E402
from runtime_api import BareLoop  # noqa: E402

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
    """The Lambda door over one kept connection; what is signed is signed before the clock starts."""

    def __init__(self, server):
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials
        self.request_type = AWSRequest
        keys = server.card["aws"]
        self.signer = SigV4Auth(Credentials(keys["accessKeyId"], keys["secretAccessKey"]), "lambda", "us-east-1")
        self.host, self.port = server.place("http")
        self.base = keys["endpoint"]
        self.connection = http.client.HTTPConnection(self.host, self.port)

    def invoke(self, name, event, tail=False):
        """The answer, the seconds it took, and the milliseconds the host reports."""
        path = f"/2015-03-31/functions/{name}/invocations"
        request = self.request_type("POST", self.base + path, data=event, headers={"X-Amz-Log-Type": "Tail"} if tail else {})
        self.signer.add_auth(request)
        headers = dict(request.headers.items())
        start = time.perf_counter()
        self.connection.request("POST", path, body=event, headers=headers)
        response = self.connection.getresponse()
        body = response.read()
        seconds = time.perf_counter() - start
        assert response.status == 200 and not response.getheader("X-Amz-Function-Error"), (response.status, body[:300])
        report = re.search(r"Duration: ([0-9.]+) ms", base64.b64decode(response.getheader("X-Amz-Log-Result") or "").decode())
        return body, seconds, float(report.group(1)) if report else None


def create(client, name, runtime, file, code):
    client.create_function(FunctionName=name, Runtime=runtime, Role=ROLE, Handler=file.rpartition(".")[0] + ".handler",
                           Code={"ZipFile": zipped(file, code)}, Timeout=60, MemorySize=512)
    client.get_waiter("function_active_v2").wait(FunctionName=name)


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
        door = Door(server)

        # Warm: three rounds of each side, taken in turns so that both meet the same machine.
        figures = {"bare": [], "python": [], "node": [], "python door": [], "node door": [], "bare 256": [], "python 256": []}
        bare = BareLoop(ECHO, "app.handler")
        try:
            for name in ("echo-python", "echo-node"):
                for _ in range(50):
                    door.invoke(name, small)
            for _ in range(50):
                bare.invoke(small)
            for _ in range(3):
                figures["bare"] += [bare.invoke(small)[1] for _ in range(chosen.events // 3)]
                figures["python door"] += [door.invoke("echo-python", small)[1] for _ in range(chosen.events // 3)]
                figures["node door"] += [door.invoke("echo-node", small)[1] for _ in range(chosen.events // 3)]
                figures["python"] += [door.invoke("echo-python", small, tail=True)[2] / 1000 for _ in range(chosen.events // 3)]
                figures["node"] += [door.invoke("echo-node", small, tail=True)[2] / 1000 for _ in range(chosen.events // 3)]
                figures["bare 256"] += [bare.invoke(large)[1] for _ in range(50)]
                figures["python 256"] += [door.invoke("echo-python", large)[1] for _ in range(50)]
        finally:
            bare.close()
        peer = median_ms(figures["bare"])
        result["bare loop, awslambdaric echo (ms, p50)"] = peer
        for name, what in (("python", "warm echo Python"), ("node", "warm echo Node"), ("python door", "Python through the door"),
                           ("node door", "Node through the door")):
            result[f"{what} (ms, p50)"] = median_ms(figures[name])
            result[f"RATIO {what}"] = median_ms(figures[name]) / peer
        result["RATIO 256 KiB event through the door"] = median_ms(figures["python 256"]) / median_ms(figures["bare 256"])

        # Four environments at once, the host's own share of the processor beside them.
        loops = [BareLoop(ECHO, "app.handler") for _ in range(4)]
        doors = [Door(server) for _ in range(4)]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda loop: [loop.invoke(small) for _ in range(20)], loops))
            list(pool.map(lambda one: [one.invoke("echo-python", small) for _ in range(20)], doors))
            start = time.perf_counter()
            list(pool.map(lambda loop: [loop.invoke(small) for _ in range(500)], loops))
            theirs = 2000 / (time.perf_counter() - start)
        for loop in loops:
            loop.close()
        # The load comes from another process, so that the generator's interpreter lock is not what is measured.
        rate, share = parallel(server)
        result["four environments: events/s"] = rate
        result["RATIO four environments: events/s"] = rate / theirs
        result["four environments: host's share of its tree's CPU"] = share

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
    done = subprocess.run([str(ROOT / ".build/release/DispatchBench")], capture_output=True, text=True)
    if done.returncode == 0:
        dispatch = json.loads(done.stdout)
        result["in-process dispatch (us, p50)"] = dispatch["p50_us"]
        result["in-process dispatch (events/s on one core)"] = dispatch["events_per_second"]
    print()
    for name, value in result.items():
        print(f"{name:55} {value:10.3f}")


def parallel(server):
    """Events a second over four connections, and the server process's share of all CPU that it and its functions used."""
    script = (
        "import sys, json, time, threading; sys.path[:0] = json.loads(sys.argv[1])\n"
        "from functions import Door\nimport types\n"
        "server = types.SimpleNamespace(card=json.loads(sys.argv[2]))\n"
        "server.place = lambda name: (server.card['endpoints'][name].split('/')[-1].rpartition(':')[0], int(server.card['endpoints'][name].rpartition(':')[2]))\n"
        "doors = [Door(server) for _ in range(4)]\n"
        "threads = [threading.Thread(target=lambda d=d: [d.invoke('echo-python', b'{\"n\":1}') for _ in range(500)]) for d in doors]\n"
        "start = time.perf_counter(); [t.start() for t in threads]; [t.join() for t in threads]\n"
        "print(2000 / (time.perf_counter() - start))\n")

    def own():
        fields = open(f"/proc/{server.process.pid}/stat").read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before, tree = own(), tree_cpu([server.process.pid])
    rate = float(subprocess.run([sys.executable, "-c", script, json.dumps(sys.path), json.dumps(server.card)], check=True,
                                capture_output=True, text=True).stdout)
    return rate, (own() - before) / max(0.01, tree_cpu([server.process.pid]) - tree)


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


if __name__ == "__main__":
    main()
