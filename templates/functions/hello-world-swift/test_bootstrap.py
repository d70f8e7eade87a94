"""Builds the program and plays the Runtime API for it."""
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PASS = {"actions": [{"allRecipients": True, "action": {"type": "DEFAULT"}}]}


class RuntimeAPI(http.server.BaseHTTPRequestHandler):
    """Gives out the events of `server.events`, notes what comes back, and hangs up when there are no more."""
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if not self.server.events:
            self.send_error(500)
            return
        body = self.server.events.pop(0)
        self.send_response(200)
        self.send_header("lambda-runtime-AWS-request-id", f"id-{len(self.server.events)}")
        if self.server.chunked:
            self.send_header("Transfer-Encoding", "chunked")
            pieces = [body[i:i + 1000] for i in range(0, len(body), 1000)] + [b""]
            body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.answers.append((self.path.rpartition("/runtime/")[2], json.loads(body)))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@unittest.skipUnless(shutil.which("swiftc"), "needs a Swift toolchain")
class HelloWorld(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        subprocess.run(["make", "-s", "-C", HERE / "src", "build-HelloFunction", f"ARTIFACTS_DIR={cls.folder}"],
                       check=True, capture_output=True, timeout=900)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def run_on(self, *events, chunked=False):
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), RuntimeAPI) as server:
            server.events, server.answers, server.chunked = list(events), [], chunked
            threading.Thread(target=server.serve_forever, args=(0.01,)).start()
            try:
                done = subprocess.run([os.path.join(self.folder, "bootstrap")], capture_output=True, timeout=300,
                                      env={"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:%d" % server.server_address[1]})
            finally:
                server.shutdown()
        # The program only ends when nobody gives it events.
        self.assertEqual(done.returncode, 1)
        return server.answers, done.stderr.decode()

    def event(self, **changes):
        return json.dumps({**json.loads((HERE / "event.json").read_text()), **changes}).encode()

    def test_events_are_answered_one_after_the_other(self):
        answers, log = self.run_on(self.event(), self.event(subject=None), self.event(subject="Grüße\nfrom"))
        self.assertEqual(answers, [(f"invocation/id-{n}/response", PASS) for n in (2, 1, 0)])
        self.assertIn('subject "Hello"', log)
        self.assertIn("subject null", log)
        self.assertIn('subject "Grüße\\nfrom"', log)

    def test_a_large_event_in_chunks(self):
        recipients = [{"address": f"user{n}@acme.example"} for n in range(3000)]
        event = self.event(envelope={"mailFrom": {"address": ""}, "recipients": recipients})
        answers, _ = self.run_on(event, chunked=True)
        self.assertEqual(answers, [("invocation/id-0/response", PASS)])

    def test_something_else_than_an_event_is_an_error_and_the_next_event_is_answered(self):
        answers, _ = self.run_on(b"[]", b"", b"{nonsense", self.event())
        self.assertEqual([place.rpartition("/")[2] for place, _ in answers], ["error", "error", "error", "response"])
        self.assertEqual(answers[0][1]["errorType"], "NotAMailEvent")

    def test_without_a_runtime_it_says_so(self):
        done = subprocess.run([os.path.join(self.folder, "bootstrap")], capture_output=True, timeout=300, env={})
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"AWS_LAMBDA_RUNTIME_API", done.stderr)


if __name__ == "__main__":
    unittest.main()
