"""A real server for real clients: starts `mailroom dev` on free ports and reads its card."""
import base64
import contextlib
import http.server
import imaplib
import json
import os
import pathlib
import select
import shutil
import signal
import smtplib
import ssl
import struct
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEMPLATE = (ROOT / "templates/mailroom.yaml").read_text()
BINARY = os.environ.get("MAILROOM", str(ROOT / ".build/debug/mailroom"))
# Seconds that a slow machine with other work may take for what usually takes a moment. Only a test that fails waits so long.
PATIENCE = 300


class MovedClock:
    """Clocks that servers and verbs go by when they are started with them: time passes as far as it is told, and the
    calendar's clock can be set besides, or stand still."""

    def __init__(self, directory):
        self.file = pathlib.Path(directory) / "clock"
        library = pathlib.Path(directory) / "moved_clock.so"
        # The Swift toolchain brings a compiler along.
        compiler = shutil.which("clang") or str(pathlib.Path(shutil.which("swift")).resolve().parent / "clang")
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(ROOT / "Tests/System/moved_clock.c")], check=True)
        self.environment = {"LD_PRELOAD": str(library), "MOVED_CLOCK": str(self.file)}
        self.ahead = self.set_ahead = self.stands_at = 0
        self.file.write_bytes(struct.pack("=qqq", 0, 0, 0))

    def advance(self, seconds):
        self.ahead += seconds
        self.tell()

    def jump(self, seconds):
        """Sets the calendar's clock so much ahead, or back; no time passes."""
        self.set_ahead += seconds
        self.tell()

    def stand(self):
        """From here on the calendar's clock moves only as it is told: what a test does then takes no time in it."""
        self.stands_at = int(time.time())
        self.tell()

    def tell(self):
        with open(self.file, "r+b") as file:
            file.write(struct.pack("=qqq", self.ahead, self.set_ahead, self.stands_at))


class Gate:
    """A place that functions ask before they go on, each with a word of its own: they are answered once it is open.
    `held` are the words of those who wait there now."""

    def __init__(self):
        gate, self.held, self.lock, self.opened = self, [], threading.Lock(), threading.Event()

        class Visitor(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                word = self.path.lstrip("/")
                with gate.lock:
                    gate.held.append(word)
                # One whose process was killed meanwhile is not there any more.
                while not gate.opened.wait(0.05) and not select.select([self.connection], [], [], 0)[0]:
                    pass
                with gate.lock:
                    gate.held.remove(word)
                with contextlib.suppress(OSError):
                    self.send_response(204)
                    self.end_headers()

            def log_message(self, *_):
                pass

        class Listener(http.server.ThreadingHTTPServer):
            request_queue_size = 128

        self.listener = Listener(("127.0.0.1", 0), Visitor)
        threading.Thread(target=self.listener.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.listener.server_port}/"

    def open(self):
        self.opened.set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.open()
        self.listener.shutdown()
        self.listener.server_close()


class Server:
    """One running system. `with Server() as server:` stops it at the end."""

    def __init__(self, data=None, arguments=(), verb="dev", log=None, preexec=None, clock=None, binary=BINARY, directory=ROOT):
        self.directory, self.is_temporary = data or tempfile.mkdtemp(prefix="mailroom-"), data is None
        self.arguments, self.verb, self.preexec = list(arguments), verb, preexec
        self.log_path = log or self.directory.rstrip("/") + ".log"
        self.binary, self.working_directory = binary, directory
        self.environment = {**os.environ, **clock.environment} if clock else None
        self.process = None
        self.card = None

    def start(self, timeout=180):
        log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            [self.binary, self.verb, "--data", self.directory, "--ports", "auto", "--json", *self.arguments],
            stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, cwd=self.working_directory,
            preexec_fn=self.preexec, env=self.environment)
        ready, _, _ = select.select([self.process.stdout], [], [], timeout)
        line = self.process.stdout.readline() if ready else b""
        if not line:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"no card: {open(self.log_path, errors='replace').read()[-3000:]}")
        self.card = json.loads(line)
        return self

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=180)
        if self.process:
            self.process.stdout.close()
        return self.process.returncode if self.process else None

    def kill(self):
        return self.stop(signal.SIGKILL)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
        # Its log stays, for whoever asks why a test failed.
        if self.is_temporary:
            shutil.rmtree(self.directory, ignore_errors=True)

    # Where things are
    def place(self, name):
        host, _, port = self.card["endpoints"][name].rpartition(":")
        return host.replace("http://", "").replace("https://", ""), int(port)

    @property
    def roots(self):
        """Process ids whose processor time is this system's."""
        return [self.process.pid]

    @property
    def alice(self):
        return self.card["users"][0]

    @property
    def bob(self):
        return self.card["users"][1]

    # Clients
    def smtp(self, timeout=180):
        # A name of its own: smtplib would ask the DNS for this machine's, once a connection.
        return smtplib.SMTP(*self.place("mx"), local_hostname="client.outside.example", timeout=timeout)

    def send(self, content, to=None, sender="sender@outside.example", options=()):
        """Sends octets as they are; returns the queue id."""
        with self.smtp() as client:
            client.ehlo("client.outside.example")
            code, text = client.mail(sender, list(options))
            assert code == 250, (code, text)
            for recipient in [to or self.alice["email"]] if isinstance(to, (str, type(None))) else to:
                code, text = client.rcpt(recipient)
                assert code == 250, (code, text)
            code, text = client.data(content)
            assert code == 250, (code, text)
            return text.decode().split()[-1]

    def imap(self, user=None, secure=True):
        user = user or self.alice
        if secure:
            context = ssl.create_default_context(cafile=self.card["ca"])
            context.check_hostname = False
            client = imaplib.IMAP4_SSL(*self.place("imaps"), ssl_context=context)
        else:
            client = imaplib.IMAP4(*self.place("imap"))
        client.login(user["email"], user["password"])
        return client

    def contents(self, folder="INBOX", user=None):
        """The octets of every message of a folder, by UID."""
        client = self.imap(user)
        try:
            client.select(f'"{folder}"', readonly=True)
            _, answer = client.uid("FETCH", "1:*", "(UID BODY.PEEK[])")
            return [part[1] for part in answer if isinstance(part, tuple)]
        finally:
            client.logout()

    def wait_for(self, count, folder="INBOX", user=None, seconds=PATIENCE):
        """The messages of a folder once there are so many."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.contents(folder, user)
            if len(found) >= count or time.monotonic() > deadline:
                assert len(found) >= count, f"{len(found)} of {count} messages in {folder}"
                return found
            time.sleep(0.05)

    def wait_for_subject(self, subject, folder="INBOX", user=None, seconds=PATIENCE):
        """The messages of a folder with this subject, once there is one."""
        deadline = time.monotonic() + seconds
        while True:
            found = [content for content in self.contents(folder, user) if f"Subject: {subject}\r\n".encode() in content]
            if found or time.monotonic() > deadline:
                assert found, f"no message {subject!r} in {folder}"
                return found
            time.sleep(0.05)

    def counted(self, function):
        """How often a function was invoked since the start."""
        functions = json.loads(self.run("functions", "--json"))
        return next(f["Invocations"] for f in functions if f["Name"] == function)

    def logged(self, *words):
        """The lines of its log with all of these words, once there is one: the log is written in its own time."""
        def found():
            with open(self.log_path, errors="replace") as log:
                return [line for line in log if all(word in line for word in words)]
        return until(found)

    def run(self, *words, check=True, stdin=None, data=True):
        """Runs a verb; its standard output."""
        command = [BINARY, *words] + (["--data", self.directory] if data else [])
        done = subprocess.run(command, input=stdin, capture_output=True, cwd=ROOT, timeout=300, env=self.environment)
        if check:
            assert done.returncode == 0, (command, done.returncode, done.stdout, done.stderr)
            return done.stdout.decode()
        return done

    def deploy(self, template, stack, **parameters):
        """Deploys a stack of users' functions; its outputs by name."""
        given = [word for name, value in parameters.items() for word in ("--parameter", f"{name}={value}")]
        return json.loads(self.run("deploy", str(template), "--stack", stack, *given, "--json"))["Outputs"]

    @property
    def functions(self):
        """Names of deployed functions, by stack and logical id."""
        stacks = [stack["Stack"] for stack in json.loads(self.run("stacks", "--json"))]
        return {(stack, one["LogicalId"]): one["Name"] for stack in stacks[1:]
                for one in json.loads(self.run("stacks", stack, "--json"))["Resources"]
                if one["Type"] in ("AWS::Serverless::Function", "AWS::Lambda::Function")}

    def run_lambda(self, name, function, sender, recipient="*", synchronous=True, fallback="default", minutes=0,
                   direction="inbound"):
        """Makes a Run Lambda rule; as the same name again, it replaces the one there was."""
        self.run("rule", "delete", "--direction", direction, "--name", name, check=False)
        waits = ["--synchronous", "--fallback", fallback, "--timeout", str(minutes)] if synchronous else []
        self.run("rule", "create", "--direction", direction, "--name", name, "--sender", sender, "--recipient", recipient,
                 "--action", "run-lambda", "--function", function, *waits)

    def boto3(self, service, **more):
        import boto3
        from botocore.config import Config
        keys = self.card["aws"]
        return boto3.client(
            service, endpoint_url=keys["endpoint"], aws_access_key_id=keys["accessKeyId"],
            aws_secret_access_key=keys["secretAccessKey"], region_name=self.card["region"],
            config=Config(retries={"max_attempts": 0}, connect_timeout=PATIENCE, read_timeout=PATIENCE), **more)

    def http(self, path):
        return self.card["endpoints"]["http"] + path

    def basic(self, user=None):
        user = user or self.alice
        return "Basic " + base64.b64encode(f"{user['email']}:{user['password']}".encode()).decode()


def until(find, seconds=PATIENCE):
    """What `find` returns, once that is something; the last it returned when that takes too long."""
    deadline = time.monotonic() + seconds
    while True:
        found = find()
        if found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def without(text, *names):
    """The template without some resources."""
    kept, skipping = [], False
    for line in text.splitlines(keepends=True):
        if line.startswith("  ") and not line.startswith("   ") and not line.lstrip().startswith("#"):
            skipping = line.strip().split(":")[0] in names
        elif line and not line.startswith(" ") and line.strip() and not line.startswith("#"):
            skipping = False
        if not skipping:
            kept.append(line)
    return "".join(kept)


def message(subject="Hello", body="It works", to="alice@demo.mailroom.test", sender="sender@outside.example", headers=""):
    return (f"From: <{sender}>\r\nTo: <{to}>\r\nSubject: {subject}\r\nDate: Fri, 20 Nov 2026 12:00:00 +0000\r\n"
            f"Message-ID: <{os.urandom(8).hex()}@outside.example>\r\n{headers}\r\n{body}\r\n").encode()


def below_trace(content):
    """The content as it was sent: what follows our trace fields."""
    marker = b"\r\nX-SES-Virus-Verdict: PASS\r\n"
    head, found, rest = content.partition(marker)
    assert found, content[:1000]
    # Authentication-Results follows the verdicts (reference/email-flow.md §9).
    while True:
        line, _, after = rest.partition(b"\r\n")
        if line.startswith((b"Authentication-Results:", b"Received-SPF:", b"\t", b" ")) and b"mailroom" not in line[:0]:
            rest = after
        else:
            return rest
