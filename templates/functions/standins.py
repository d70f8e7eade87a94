"""What the tests of these functions use in place of AWS: clients that answer from memory, and messages to feed them.

No network and no packages: `python3 -m unittest` in a function's folder is enough. Copy this file along when you take
a function elsewhere.
"""
import io
import json
import pathlib
import re
import sys
import types


class ClientError(Exception):
    """Looks like botocore's: functions read `response["Error"]["Code"]`."""

    def __init__(self, code):
        super().__init__(code)
        self.response = {"Error": {"Code": code, "Message": code}}


def load(test_file):
    """Imports `src/app.py` of the test's folder, with or without boto3 on this machine, and gives it fresh."""
    exceptions = types.ModuleType("botocore.exceptions")
    exceptions.ClientError = ClientError
    botocore = types.ModuleType("botocore")
    botocore.exceptions = exceptions
    sys.modules.update({"boto3": types.ModuleType("boto3"), "botocore": botocore, "botocore.exceptions": exceptions})
    source = str(pathlib.Path(test_file).resolve().parent / "src")
    sys.path[:] = [source] + [path for path in sys.path if path != source]
    sys.modules.pop("app", None)
    import app
    return app


def use(app, **services):
    """Gives the function these clients; a service it was not given is an error of the test."""
    app.client = lambda name: services[name]


def event(test_file, **changes):
    """The folder's `event.json`, with top-level members changed."""
    sample = json.loads((pathlib.Path(test_file).resolve().parent / "event.json").read_text())
    return {**sample, **changes}


def mail_from(address):
    """An envelope from this address, for `event(..., envelope=...)`."""
    return {"mailFrom": {"address": address}, "recipients": [{"address": "alice@acme.example"}]}


CONTEXT = types.SimpleNamespace(aws_request_id="00000000-0000-0000-0000-000000000000", function_name="test",
                                get_remaining_time_in_millis=lambda: 10_000)


class Flow:
    """The message flow API with one message in transit."""

    def __init__(self, content=b"", bucket=None, get_fails=None, put_fails=None):
        self.content, self.bucket, self.get_fails, self.put_fails = content, bucket, get_fails, put_fails
        self.puts = []

    def get_raw_message_content(self, messageId):
        if self.get_fails:
            raise ClientError(self.get_fails)
        return {"messageContent": io.BytesIO(self.content)}

    def put_raw_message_content(self, messageId, content):
        if self.put_fails:
            raise ClientError(self.put_fails)
        place = content["s3Reference"]
        if not re.fullmatch(r"[a-zA-Z0-9/-]{1,1024}", place["key"]):
            raise ClientError("ValidationException")
        self.content = self.bucket.objects[place["bucket"], place["key"]]
        self.puts.append(messageId)


class Bucket:
    """The object store."""

    def __init__(self, **objects):
        self.objects = {tuple(name.split("/", 1)): content for name, content in objects.items()}
        self.fails = None

    def put_object(self, Bucket, Key, Body=b"", IfNoneMatch=None, **_):
        if self.fails:
            raise ClientError(self.fails)
        if IfNoneMatch == "*" and (Bucket, Key) in self.objects:
            raise ClientError("PreconditionFailed")
        self.objects[Bucket, Key] = Body.encode() if isinstance(Body, str) else bytes(Body)
        return {"ETag": '"0"', "VersionId": "1"}

    def get_object(self, Bucket, Key, **_):
        if self.fails:
            raise ClientError(self.fails)
        if (Bucket, Key) not in self.objects:
            raise ClientError("NoSuchKey")
        return {"Body": io.BytesIO(self.objects[Bucket, Key])}

    def delete_object(self, Bucket, Key):
        self.objects.pop((Bucket, Key), None)

    def list_objects_v2(self, Bucket, Prefix, MaxKeys=1000):
        # Numbered as they were made: that is their time.
        found = [{"Key": key, "LastModified": number} for number, (bucket, key) in enumerate(self.objects)
                 if bucket == Bucket and key.startswith(Prefix)]
        found.sort(key=lambda one: one["Key"])
        return {"Contents": found[:MaxKeys], "IsTruncated": len(found) > MaxKeys}

    @property
    def keys(self):
        return sorted(key for _, key in self.objects)


class Mailer:
    """SES v2: remembers what was sent."""

    def __init__(self, fails=None):
        self.sent, self.fails = [], fails

    def send_email(self, FromEmailAddress, Destination, Content):
        if self.fails:
            raise ClientError(self.fails)
        self.sent.append((FromEmailAddress, Destination["ToAddresses"], Content["Raw"]["Data"]))
        return {"MessageId": "1"}


class Secrets:
    """Secrets Manager with one secret."""

    def __init__(self, text):
        self.text, self.asked = text, 0

    def get_secret_value(self, SecretId):
        self.asked += 1
        return {"SecretString": self.text}


def message(body=b"Hello Alice", headers=b"Content-Type: text/plain; charset=utf-8", subject=b"Hello", trace=b""):
    """A message as it is in transit: CRLF lines."""
    head = [trace, b"From: Bob <bob@outside.example>", b"To: alice@acme.example"]
    head += [b"Subject: " + subject] if subject is not None else []
    head += [b"Date: Fri, 20 Nov 2026 12:00:00 +0000", b"Message-ID: <1@outside.example>", b"MIME-Version: 1.0", headers]
    text = b"\n".join(line for line in head if line) + b"\n\n" + body + b"\n"
    return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
