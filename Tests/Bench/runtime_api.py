"""awslambdaric driven by a bare Runtime API loop: the peer that `make bench` measures the function host against.

The loop does what the contract asks and nothing else (reference: Lambda Runtime API 2018-06-01): no policy, no log, no
limits, one environment at a time. Whatever a host adds has to fit into the difference. `BareLoop` writes and reads octets
by hand, as little as will do; `StandardLoop` is what the standard library makes of the same in twenty lines."""
import http.server
import os
import queue
import socket
import subprocess
import sys
import tempfile
import threading
import time


def environment(code, handler, address, python=sys.executable):
    """A process of awslambdaric that takes its events from this address."""
    directory = tempfile.mkdtemp(prefix="bare-loop-")
    with open(f"{directory}/app.py", "w") as file:
        file.write(code)
    return subprocess.Popen(
        [python, "-m", "awslambdaric", handler], cwd=directory,
        env={"AWS_LAMBDA_RUNTIME_API": address, "PATH": os.environ["PATH"],
             "LAMBDA_TASK_ROOT": directory, "AWS_LAMBDA_FUNCTION_NAME": "echo", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
             "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x",
             "AWS_SECRET_ACCESS_KEY": "x", "AWS_LAMBDA_LOG_GROUP_NAME": "g", "AWS_LAMBDA_LOG_STREAM_NAME": "s",
             "PYTHONPATH": os.pathsep.join(path for path in sys.path if "site-packages" in path)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class BareLoop:
    """One environment of `handler`, given events one after the other."""

    def __init__(self, code, handler):
        self.listener = socket.create_server(("127.0.0.1", 0))
        # A runtime that does not start asks for nothing.
        self.listener.settimeout(60)
        self.started = time.perf_counter()
        self.process = environment(code, handler, "127.0.0.1:%d" % self.listener.getsockname()[1])
        self.peer, _ = self.listener.accept()
        self.peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self._request()
        self.number = 0

    def _more(self):
        data = self.peer.recv(262144)
        while not data:
            # The client opened another connection: it keeps only those it likes.
            self.peer.close()
            self.peer, _ = self.listener.accept()
            self.peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.buffer = b""
            data = self.peer.recv(262144)
        self.buffer += data

    def _request(self):
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, rest = self.buffer.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        self.buffer = rest
        while len(self.buffer) < length:
            self._more()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return head, body

    def invoke(self, event):
        """The answer and the seconds from handing over the event to having read the answer."""
        self.number += 1
        start = time.perf_counter()
        self.peer.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: 00000000-0000-0000-0000-%012d\r\n"
            b"Lambda-Runtime-Deadline-Ms: %d\r\nLambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:000000000000:function:echo\r\n"
            b"Content-Length: %d\r\n\r\n" % (self.number, int(time.time() * 1000) + 60000, len(event)) + event)
        _, body = self._request()
        seconds = time.perf_counter() - start
        self.peer.sendall(b'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"status":"OK"}')
        self._request()
        return body, seconds

    def first_answer(self, event):
        """Seconds from the start of the process to its first answer."""
        self.invoke(event)
        return time.perf_counter() - self.started

    def close(self):
        self.process.kill()
        self.process.wait()
        self.peer.close()
        self.listener.close()


class StandardLoop:
    """The same by `http.server`, one thread beside the one that waits for answers."""

    def __init__(self, code, handler):
        events, answers = queue.Queue(), queue.Queue()
        self.events, self.answers = events, answers

        class API(http.server.BaseHTTPRequestHandler):
            protocol_version, disable_nagle_algorithm, wbufsize = "HTTP/1.1", True, -1

            def answer(self, status, body, fields):
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", "Content-Length": len(body), **fields}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                self.answer(200, events.get(), {
                    "Lambda-Runtime-Aws-Request-Id": "00000000-0000-0000-0000-000000000000",
                    "Lambda-Runtime-Deadline-Ms": int(time.time() * 1000) + 60000,
                    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:echo"})

            def do_POST(self):
                answers.put(self.rfile.read(int(self.headers["Content-Length"])))
                self.answer(202, b'{"status":"OK"}', {})

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), API)
        self.server.daemon_threads, self.server.handle_error = True, lambda *_: None
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.process = environment(code, handler, "127.0.0.1:%d" % self.server.server_port)

    def invoke(self, event):
        """The answer and the seconds from handing over the event to having the answer."""
        start = time.perf_counter()
        self.events.put(event)
        body = self.answers.get(timeout=60)
        return body, time.perf_counter() - start

    def close(self):
        self.process.kill()
        self.process.wait()
        self.server.shutdown()
        self.server.server_close()
