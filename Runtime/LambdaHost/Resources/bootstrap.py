"""Runs a handler behind the Lambda Runtime API (2018-06-01) in plain Python: what the managed Python runtimes do."""
import importlib
import json
import logging
import os
import select
import socket
import struct
import sys
import time
import traceback

VERSION = "%d.%d" % sys.version_info[:2]


class Settings:
    """What the variables say. Read when an environment starts, not when this file is loaded: that may be long before."""
    root = ""
    log_json = False
    context = {}
    # Made once: a call of json's own functions makes one each time.
    writer = reader = None

    @classmethod
    def read(cls):
        cls.root = os.environ["LAMBDA_TASK_ROOT"]
        # 3.12 and newer write results as UTF-8, older ones as escapes.
        version = os.environ.get("AWS_EXECUTION_ENV", "python3.12").rsplit("python", 1)[-1]
        as_utf8 = tuple(int(part) for part in version.split(".")) >= (3, 12)
        cls.writer = json.JSONEncoder(ensure_ascii=not as_utf8, default=write_number)
        cls.reader = json.JSONDecoder()
        cls.log_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
        # What every event's context says alike.
        cls.context = {name: os.environ.get("AWS_LAMBDA_" + variable) for name, variable in (
            ("function_name", "FUNCTION_NAME"), ("function_version", "FUNCTION_VERSION"),
            ("memory_limit_in_mb", "FUNCTION_MEMORY_SIZE"), ("log_group_name", "LOG_GROUP_NAME"),
            ("log_stream_name", "LOG_STREAM_NAME"))}


class Event:
    """One event: what the Runtime API says in header fields, and the octets."""
    __slots__ = ("request", "deadline", "arn", "trace", "client", "awake", "body")

    def __init__(self, request, deadline, arn, trace, client, awake, body):
        self.request, self.deadline, self.arn, self.trace = request, deadline, arn, trace
        self.client, self.awake, self.body = client, awake, body


class Channel:
    """The private line to the host: frames of two lengths and what they count (EventChannel.swift)."""
    lengths = struct.Struct("<II")
    loaded, result, error, init_error = range(4)

    def __init__(self, descriptor):
        os.set_inheritable(descriptor, False)
        self.descriptor = descriptor
        self.input = select.poll()
        self.input.register(descriptor, select.POLLIN)
        # Nanoseconds to wait awake, as the last event said. The clock is taken before a function can replace it.
        self.awake, self.clock = 0, time.perf_counter_ns

    def say(self, kind, body=b""):
        data = self.lengths.pack(kind, len(body)) + body
        sent = os.write(self.descriptor, data)
        while sent < len(data):
            sent += os.write(self.descriptor, memoryview(data)[sent:])

    def next(self):
        if self.awake:
            # The next event may come sooner than a core that fell asleep comes back. Whoever has work goes first.
            end = self.clock() + self.awake
            while not self.input.poll(0) and self.clock() < end:
                os.sched_yield()
        data = os.read(self.descriptor, 65536)
        if len(data) < 8:
            data = self.more(data, 8)
        head, size = self.lengths.unpack_from(data)
        head += 8
        if len(data) < head + size:
            data = self.more(data, head + size)
        event = Event(*data[8:head].decode().split("\0"), data[head:])
        self.awake = int(event.awake)
        return event

    def more(self, data, size):
        data = bytearray(data)
        while len(data) < size:
            piece = os.read(self.descriptor, min(size - len(data), 1 << 20))
            if not piece:
                os._exit(0)  # The host is gone, and with it whoever would hear of an error.
            data += piece
        return bytes(data)

    def answer(self, event, body, failure=None, kind=None):
        self.say(self.error if failure else self.result, body)

    def failed(self, body):
        self.say(self.init_error, encode(body))


class Host:
    """The host's Runtime API: one connection, used for everything."""

    def __init__(self, place):
        host, port = place.rsplit(":", 1)
        self.place = place
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input = self.socket.makefile("rb")

    def ask(self, method, path, body=None, headers=()):
        head = ["%s /2018-06-01/runtime/%s HTTP/1.1" % (method, path), "Host: " + self.place]
        head += ["%s: %s" % field for field in headers]
        if body is not None:
            head.append("Content-Length: %d" % len(body))
        self.socket.sendall(("\r\n".join(head) + "\r\n\r\n").encode() + (body or b""))
        line = self.input.readline()
        if not line:
            os._exit(0)  # As above.
        fields = {}
        while True:
            field = self.input.readline().rstrip(b"\r\n")
            if not field:
                break
            name, _, value = field.partition(b":")
            fields[name.decode().lower()] = value.strip().decode()
        return int(line.split()[1]), fields, self.input.read(int(fields.get("content-length", 0)))

    def next(self):
        status, fields, body = self.ask("GET", "invocation/next")
        if status != 200:
            sys.exit(1)
        names = ("aws-request-id", "deadline-ms", "invoked-function-arn", "trace-id", "client-context")
        return Event(*(fields.get("lambda-runtime-" + name) for name in names), None, body)

    def answer(self, event, body, failure=None, kind="application/json"):
        more = [("Lambda-Runtime-Function-Error-Type", failure["errorType"])] + cause(failure) if failure else []
        path = "invocation/%s/%s" % (event.request, "error" if failure else "response")
        self.ask("POST", path, body, [("Content-Type", kind)] + more)

    def failed(self, body):
        self.ask("POST", "init/error", encode(body), [("Lambda-Runtime-Function-Error-Type", body["errorType"])])


class Identity:
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    def __init__(self, values):
        self.cognito_identity_id = values.get("cognitoIdentityId")
        self.cognito_identity_pool_id = values.get("cognitoIdentityPoolId")


class Client:
    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


class ClientContext:
    __slots__ = ("custom", "env", "client")

    def __init__(self, values):
        self.custom = values.get("custom")
        self.env = values.get("env")
        self.client = None
        if values.get("client"):
            self.client = Client()
            for name in Client.__slots__:
                setattr(self.client, name, values["client"].get(name))


class Context:
    def __init__(self, event):
        self.aws_request_id = event.request
        self.invoked_function_arn = event.arn
        self.tenant_id = None
        self.__dict__.update(Settings.context)
        self.client_context = ClientContext(json.loads(event.client)) if event.client else None
        self.identity = Identity({})
        self._deadline = event.deadline

    def get_remaining_time_in_millis(self):
        return max(0, int(int(self._deadline) - time.time() * 1000))

    def log(self, text):
        sys.stdout.write(str(text))

    def __repr__(self):
        return "LambdaContext([%s])" % ",".join("%s=%s" % (name, value) for name, value in vars(self).items() if name[0] != "_")


class Failure(Exception):
    """What stops a function from being loaded or answered, by the names Lambda gives it."""

    def __init__(self, kind, text, trace=()):
        Exception.__init__(self, text)
        self.body = error_body(text, kind, list(trace))


def error_body(text, kind, trace, request=None):
    body = {"errorMessage": text, "errorType": kind}
    if request is not None:
        body["requestId"] = request
    body["stackTrace"] = trace
    return body


def record(text):
    """Writes several lines as one record: the host turns the carriage returns back into line ends."""
    sys.stdout.write(text.rstrip("\n").replace("\r\n", "\n").replace("\n", "\r") + "\n")
    sys.stdout.flush()


def log_error(body):
    if Settings.log_json:
        entry = {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "log_level": "ERROR"}
        return record(json.dumps({**entry, **body}))
    lines = ["[ERROR] %s: %s" % (body["errorType"], body["errorMessage"])]
    if body["stackTrace"]:
        lines.append("Traceback (most recent call last):")
        # No-break spaces: a viewer of log lines trims ordinary ones.
        for entry in body["stackTrace"]:
            lines += [line.replace(" ", "\u00a0", len(line) - len(line.lstrip())) for line in entry.rstrip("\n").split("\n")]
    record("\n".join(lines))


class Handler(logging.Handler):
    def emit(self, entry):
        try:
            record(self.format(entry))
        except Exception:
            self.handleError(entry)


class RequestID(logging.Filter):
    current = None

    def filter(self, entry):
        entry.aws_request_id = RequestID.current or ""
        return True


class JSONFormatter(logging.Formatter):
    usual = set(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {"message", "asctime", "aws_request_id", "taskName"}

    def format(self, entry):
        line = {
            "timestamp": self.formatTime(entry, "%Y-%m-%dT%H:%M:%SZ"), "level": entry.levelname,
            "message": entry.getMessage(), "logger": entry.name, "requestId": entry.aws_request_id or None}
        if entry.exc_info:
            kind, problem, trace = entry.exc_info
            line["errorType"], line["errorMessage"] = kind.__name__, str(problem)
            line["stackTrace"] = traceback.format_tb(trace)
            line["location"] = "%s:%s:%d" % (entry.pathname, entry.funcName, entry.lineno)
        line.update((name, value) for name, value in vars(entry).items() if name not in self.usual)
        return json.dumps({name: value for name, value in line.items() if value is not None}, ensure_ascii=False, default=str)


def set_up_logging():
    handler = Handler()
    if Settings.log_json:
        handler.setFormatter(JSONFormatter())
    else:
        handler.setFormatter(logging.Formatter("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"))
    handler.formatter.converter = time.gmtime
    handler.addFilter(RequestID())
    logging.getLogger().addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL")
    if level:
        logging.getLogger().setLevel({"TRACE": "NOTSET", "FATAL": "CRITICAL"}.get(level, level))


def load(text):
    try:
        module_name, name = text.rsplit(".", 1)
    except ValueError as problem:
        raise Failure("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (text, problem))
    module_name = module_name.replace("/", ".")
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Failure("Runtime.BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name)
    try:
        module = importlib.import_module(module_name)
    except ImportError as problem:
        raise Failure("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, problem))
    except SyntaxError as problem:
        trace = ['  File "%s" Line %s\n    %s\n' % (problem.filename, problem.lineno, (problem.text or "").strip())]
        raise Failure("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, problem), trace)
    try:
        return getattr(module, name)
    except AttributeError:
        raise Failure("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (name, module_name))


def write_number(value):
    from decimal import Decimal
    if isinstance(value, Decimal):
        return int(value) if value.as_tuple().exponent == 0 else float(value)
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


def answer(handle, event, context):
    try:
        value = Settings.reader.decode(event.decode("utf-8"))
    except Exception as problem:
        raise Failure("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % problem)
    result = handle(value, context)
    if isinstance(result, (bytes, bytearray)):
        return bytes(result), "application/unknown"
    try:
        return Settings.writer.encode(result).encode("utf-8"), "application/json"
    except Exception as problem:
        raise Failure("Runtime.MarshalError", "Unable to marshal response: %s" % problem)


def body_of(problem, request):
    """The error body of what a handler raised, without the frames of this file."""
    if isinstance(problem, Failure):
        if request is not None:
            problem.body = error_body(problem.body["errorMessage"], problem.body["errorType"], problem.body["stackTrace"], request)
        return problem.body
    frames = [frame for frame in traceback.extract_tb(problem.__traceback__) if frame.filename != __file__ and "importlib" not in frame.filename]
    return error_body(str(problem), type(problem).__name__, traceback.format_list(frames), request)


def encode(body):
    return Settings.writer.encode(body).encode("utf-8", "replace")


def cause(body):
    """What tracing shows; left out where it would be more than a header may be."""
    text = json.dumps({
        "working_directory": os.getcwd(), "exceptions": [{"message": body["errorMessage"], "type": body["errorType"], "stack": []}], "paths": []})
    return [("Lambda-Runtime-Function-XRay-Error-Cause", text)] if len(text) < 1048576 else []


class EndpointForOldBoto3:
    """boto3 before 1.28 does not know AWS_ENDPOINT_URL: where botocore is imported, its sessions are taught."""
    found = False

    def find_spec(self, name, path=None, target=None):
        if name != "botocore.session" or self.found:
            return None
        self.found = True
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            import botocore
            if tuple(int(part) for part in botocore.__version__.split(".")[:2]) < (1, 31):
                create = module.Session.create_client

                def create_client(self, *words, **values):
                    if values.get("endpoint_url") is None and len(words) < 6:
                        values["endpoint_url"] = os.environ.get("AWS_ENDPOINT_URL")
                    return create(self, *words, **values)
                module.Session.create_client = create_client
        spec.loader.exec_module = exec_module
        return spec

    @classmethod
    def set_up(cls):
        import importlib.util
        if not any(isinstance(finder, cls) for finder in sys.meta_path):
            sys.meta_path.insert(0, cls())


def main():
    Settings.read()
    sys.path.pop(0)  # This file's own folder: it comes back behind layers, by PYTHONPATH.
    for place in ("/opt/python/lib/python%s/site-packages" % VERSION, "/opt/python"):
        if os.path.isdir(place) and place not in sys.path:
            sys.path.insert(0, place)
    sys.path.insert(0, Settings.root)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    EndpointForOldBoto3.set_up()
    set_up_logging()
    channel = os.environ.pop("_MAILROOM_CHANNEL", None)
    host = Channel(int(channel)) if channel else Host(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handle = load(os.environ["_HANDLER"])
    except Exception as problem:
        body = body_of(problem, None)
        log_error(body)
        host.failed(body)
        sys.exit(1)
    if channel:
        host.say(Channel.loaded)
    while True:
        event = host.next()
        RequestID.current = event.request
        if event.trace:
            os.environ["_X_AMZN_TRACE_ID"] = event.trace
        else:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        kind, failure = "application/json", None
        try:
            body, kind = answer(handle, event.body, Context(event))
        except Exception as problem:
            failure = body_of(problem, event.request)
            log_error(failure)
            body = encode(failure)
        sys.stdout.flush()
        sys.stderr.flush()
        host.answer(event, body, failure, kind)


if __name__ == "__main__":
    # A handler that imports __main__'s names by accident must not find two of everything.
    sys.modules.setdefault("bootstrap", sys.modules["__main__"])
    if sys.argv[1:] == ["--parent"]:
        import mailroom_parent
        EndpointForOldBoto3.set_up()
        mailroom_parent.serve()
    main()
