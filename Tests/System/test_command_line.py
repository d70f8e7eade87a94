"""The command line: what a person and a script see."""
import io
import json
import re
import subprocess
import zipfile

import pytest
from mailroom import BINARY, PATIENCE, ROOT, message, until


def test_send_and_trace(server):
    answer = json.loads(server.run("send", "--to", server.alice["email"], "--subject", "Grüße", "--body", "It works", "--json"))
    assert answer["reply"].startswith("250 2.0.0")
    server.wait_for(1)
    trace = until(lambda: [one for one in [json.loads(server.run("trace", answer["queueId"], "--json"))]
                           if "Delivery" in [span["Function"] for span in one["Spans"]]])[0]
    assert [s["Function"] for s in trace["Spans"]] == ["MXReceive", "RuleEvaluation", "Delivery"]
    for span in trace["Spans"]:
        assert span["Decision"] and span["Reason"] and span["Milliseconds"] >= 0 and span["Version"] >= 1
    text = server.run("trace", "last")
    assert "MXReceive" in text and "delivered" in text


def test_trace_by_message_id(server):
    content = message(subject="by id")
    server.send(content)
    header = re.search(rb"Message-ID: <(.*?)>", content)[1].decode()
    assert header in server.run("trace", header)
    assert header in server.run("trace", f"<{header}>")


SAMPLES = [line.split()[:2] for line in subprocess.run([BINARY, "event"], capture_output=True, cwd=ROOT, text=True).stdout.splitlines()[1:]]


@pytest.fixture(scope="module")
def hello(server):
    """The function that samples about users' functions name, called by schedules too."""
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return event\n")
    client = server.boto3("lambda")
    client.create_function(FunctionName="hello", Runtime="python3.12", Handler="app.handler", Role="arn:aws:iam::000000000000:role/r",
                           Timeout=60, Code={"ZipFile": octets.getvalue()})
    client.add_permission(FunctionName="hello", StatementId="s", Action="lambda:InvokeFunction", Principal="events.amazonaws.com")


def test_every_built_in_function_has_a_sample_event(server):
    """What `mailroom event … | mailroom invoke …` can be tried with."""
    bound = {one["Handler"] for one in json.loads(server.run("functions", "--json")) if "(" not in one["Handler"]}
    assert len(bound) > 20 and bound <= {function for _, function in SAMPLES}, bound


@pytest.mark.parametrize("sample,function", [s for s in SAMPLES if s[1] != "-"])
def test_every_sample_event_invokes_its_function(server, hello, sample, function):
    event = server.run("event", sample)
    done = server.run("invoke", function, "--event", "-", stdin=event.encode(), check=False)
    assert done.returncode == 0, done.stderr
    json.loads(done.stdout)


@pytest.mark.parametrize("sample", [s[0] for s in SAMPLES if s[1] == "-"])
def test_every_sample_for_users_functions_is_one_json_document(sample):
    done = subprocess.run([BINARY, "event", sample], capture_output=True, cwd=ROOT)
    assert done.returncode == 0 and isinstance(json.loads(done.stdout), dict)


def test_mxreceive_by_hand_delivers(server):
    before = len(server.contents(user=server.bob))
    event = server.run("event", "smtp-message", "--set", "envelope.recipients.0.forwardPath=bob@demo.mailroom.test")
    answer = json.loads(server.run("invoke", "MXReceive", "--event", "-", stdin=event.encode()))
    assert answer["reply"]["code"] == 250
    server.wait_for(before + 1, user=server.bob)


def test_invoke_async_runs_later(server):
    event = server.run("event", "housekeeping")
    assert server.run("invoke", "Housekeeping", "--event", "-", "--async", stdin=event.encode()).strip()


def test_a_room_from_first_to_last(server):
    def shown():
        return json.loads(server.run("resource", "show", "blue-room", "--json"))
    made = json.loads(server.run(
        "resource", "create", "blue-room@demo.mailroom.test", "--description", "12 seats", "--json"))
    assert made["ResourceId"].startswith("r-")
    assert (shown()["Type"], shown()["State"], shown()["Description"]) == ("ROOM", "ENABLED", "12 seats")
    server.send(message(subject="book it"), to="blue-room@demo.mailroom.test")
    server.run("resource", "update", "blue-room", "--type", "equipment", "--description", "a projector", "--hidden", "true")
    assert (shown()["Type"], shown()["Description"], shown()["HiddenFromGlobalAddressList"]) == ("EQUIPMENT", "a projector", True)
    assert "blue-room@demo.mailroom.test" in server.run("resource", "list")
    done = server.run("resource", "delete", "blue-room", check=False)
    assert done.returncode == 1 and b"disable" in done.stderr
    server.run("resource", "disable", "blue-room")
    assert shown()["State"] == "DISABLED"
    server.run("resource", "enable", "blue-room")
    server.run("resource", "disable", "blue-room")
    server.run("resource", "delete", "blue-room")
    assert "blue-room" not in server.run("resource", "list")
    assert server.run("resource", "paint", "blue-room", check=False).returncode == 2
    assert server.run("resource", "create", "x@demo.mailroom.test", "--hidden", "maybe", check=False).returncode == 2


def test_bad_events_name_the_place(server):
    done = server.run("invoke", "MXReceive", "--event", "-", stdin=b'{"session":{}}', check=False)
    assert done.returncode == 1 and b"missing" in done.stderr


@pytest.mark.parametrize("words,code,expected", [
    (["frobnicate"], 2, b"no verb frobnicate"),
    (["sned"], 2, b"did you mean send?"),
    (["send", "--too", "x"], 2, b"did you mean --to?"),
    (["trace"], 2, b"the message is missing"),
    (["trace", "last", "--data", "/nonexistent"], 1, b"mailroom dev"),
    (["event", "smtp-mesage"], 2, b"did you mean smtp-message?"),
])
def test_wrong_words_are_answered_with_the_next_step(words, code, expected):
    done = subprocess.run([BINARY, *words], capture_output=True, cwd=ROOT)
    assert (done.returncode, expected in done.stderr) == (code, True), done.stderr
    assert done.stderr.count(b"\n") == 1


def test_every_verb_has_help_with_an_example():
    overview = subprocess.run([BINARY, "--help"], capture_output=True, cwd=ROOT, text=True).stdout
    verbs = re.findall(r"^  (\w+)  ", overview, re.M)
    assert {"dev", "serve", "deploy", "functions", "invoke", "event", "send", "trace", "logs", "check", "env", "org", "user",
            "group", "domain", "rule", "journal"} <= set(verbs)
    for verb in verbs:
        help_text = subprocess.run([BINARY, verb, "--help"], capture_output=True, cwd=ROOT, text=True)
        assert help_text.returncode == 0 and "example:" in help_text.stdout


def test_functions_lists_what_the_template_binds(server):
    names = {f["Name"] for f in json.loads(server.run("functions", "--json"))}
    assert {"MXReceive", "RuleEvaluation", "Delivery", "Journaling", "MessageFlow", "AutoDiscover", "Mailbox"} <= names


def test_logs_of_a_function(server):
    server.send(message(subject="logged"))
    server.wait_for(1)
    assert until(lambda: "function=MXReceive" in server.run("logs", "MXReceive"))


def test_logs_go_on_with_f_as_with_follow(server, hello):
    assert "-f, --follow" in server.run("logs", "--help", data=False)
    client = server.boto3("lambda")
    client.invoke(FunctionName="hello", Payload=b"{}")
    for words in (["logs", "hello", "-f"], ["logs", "-f", "hello"], ["logs", "--follow", "hello"]):
        with subprocess.Popen([BINARY, *words, "--data", server.directory], stdout=subprocess.PIPE, text=True) as following:
            try:
                # What there was is told: from here on it is what comes.
                assert following.stdout.readline()
                request = client.invoke(FunctionName="hello", Payload=b"{}")["ResponseMetadata"]["RequestId"]
                assert any(f"REPORT RequestId: {request}" in line for line in following.stdout), words
            finally:
                following.kill()


def test_check_reports_each_thing(server):
    done = server.run("check", check=False)
    text = done.stdout.decode()
    assert "OK" in text and "disk" in text and "certificate" in text


def test_a_second_process_on_the_data_directory_is_refused(server):
    done = subprocess.run([BINARY, "dev", "--data", server.directory, "--ports", "auto"], capture_output=True, cwd=ROOT, timeout=PATIENCE)
    assert done.returncode == 1 and str(server.process.pid).encode() in done.stderr


def test_a_port_in_use_is_named(server):
    port = server.place("mx")[1]
    done = subprocess.run(
        [BINARY, "dev", "--data", server.directory + "-other", "--ports", "auto", "--port", f"mx={port}"],
        capture_output=True, cwd=ROOT, timeout=PATIENCE)
    assert done.returncode == 1 and str(port).encode() in done.stderr, done.stderr


def test_a_user_is_made_with_aliases_and_a_quota_and_shown_with_them(server):
    server.run("user", "create", "frida@demo.mailroom.test", "--alias", "f@demo.mailroom.test", "--quota-mb", "7")
    shown = dict(line.split(None, 1) for line in server.run("user", "show", "frida@demo.mailroom.test").splitlines())
    # WorkMail counts the primary address among them.
    assert shown["Aliases"] == "f@demo.mailroom.test, frida@demo.mailroom.test" and re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", shown["EnabledDate"]), shown
    organization = server.card["organization"]["id"]
    client = server.boto3("workmail")
    user = client.describe_user(OrganizationId=organization, UserId="frida@demo.mailroom.test")["UserId"]
    assert client.get_mailbox_details(OrganizationId=organization, UserId=user)["MailboxQuota"] == 7


@pytest.mark.parametrize("words", [
    ["logs", "hello", "again"], ["env", "again"], ["user", "list", "again"], ["user", "show", "bob", "again"], ["trace", "last", "again"],
    ["queue", "redrive", "1", "again"], ["send", "again"], ["org", "show", "demo", "again"]])
def test_a_word_too_many_is_refused_and_not_passed_over(server, words):
    done = subprocess.run([BINARY, *words, "--data", server.directory], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 2 and "'again'" in done.stderr and f"mailroom {words[0]} --help" in done.stderr, done.stderr
