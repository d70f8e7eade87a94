"""Hot redeploy: the template is what the system does."""
import pathlib
import smtplib

import pytest
from mailroom import TEMPLATE, MovedClock, Server, message, until, without


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    return MovedClock(tmp_path_factory.mktemp("clock"))


@pytest.fixture(scope="module")
def server(clock):
    with Server(clock=clock) as running:
        yield running


@pytest.fixture
def deploy(server, tmp_path):
    def run(text, *flags, check=True):
        path = tmp_path / "mailroom.yaml"
        path.write_text(text)
        return server.run("deploy", str(path), *flags, check=check)
    yield run
    # What is not given keeps its value.
    run(TEMPLATE, "--parameter", "ContentMax=40MiB", "--parameter", "ProbesFrom=127.0.0.0/8, ::1", "--parameter", "Postmaster=")


def test_a_limit_changes_without_restart_or_dropped_connection(server, deploy):
    with server.smtp() as old:
        old.ehlo()
        assert old.esmtp_features["size"] == str(40 << 20)
        deploy(TEMPLATE, "--parameter", "ContentMax=1MiB")
        assert old.noop()[0] == 250
        with server.smtp() as new:
            new.ehlo()
            assert new.esmtp_features["size"] == str(1 << 20)


def test_parameters_that_are_not_given_keep_their_value(server, deploy):
    deploy(TEMPLATE, "--parameter", "ContentMax=2MiB")
    deploy(TEMPLATE, "--parameter", "ProbesFrom=10.0.0.0/8")
    out = deploy(TEMPLATE, "--parameter", "ContentMax=3MiB", "--dry-run")
    assert "ContentMax  2MiB -> 3MiB" in out and "ProbesFrom" not in out
    # One that a template does not have any more is forgotten.
    deploy(TEMPLATE.replace("!Ref ProbesFrom", "10.0.0.0/8").replace("  ProbesFrom:\n    Type: String", "  Other:\n    Type: String"))
    with server.smtp() as client:
        client.ehlo()
        assert client.esmtp_features["size"] == str(2 << 20)


def test_a_dry_run_changes_nothing(server, deploy):
    out = deploy(TEMPLATE, "--parameter", "ContentMax=2MiB", "--dry-run")
    # What is different, and nothing else.
    assert out.splitlines() == [
        "  ~ Mailroom::Function MXReceive  Events.Message.Properties.ContentMax  40MiB -> 2MiB",
        "  ~ Mailroom::Function Mailbox  Events.Commands.Properties.ContentMax  40MiB -> 2MiB",
        "  ~ Mailroom::Function Submission  Events.Message.Properties.ContentMax  40MiB -> 2MiB",
        "  ~ parameter ContentMax  40MiB -> 2MiB", "dry run: nothing was deployed"]
    with server.smtp() as client:
        client.ehlo()
        assert client.esmtp_features["size"] == str(40 << 20)


def test_a_parameter_that_must_not_be_echoed_is_not_shown_where_it_was_put(server, deploy):
    secret = TEMPLATE.replace("  Postmaster:\n    Type: String", "  Postmaster:\n    Type: String\n    NoEcho: true")
    assert secret != TEMPLATE
    out = deploy(secret, "--parameter", "Postmaster=hidden@demo.mailroom.test", "--dry-run")
    assert "MXReceive" in out and "****" in out and "hidden@" not in out


def test_a_removed_delivery_makes_mail_wait_and_a_restored_one_delivers_it(server, deploy, clock):
    deploy(without(TEMPLATE, "Delivery"))
    server.send(message(subject="patient"))
    assert until(lambda: "routed" in server.run("queue", "list"))
    assert not [c for c in server.contents() if b"patient" in c]
    deploy(TEMPLATE)
    clock.advance(60)
    server.wait_for_subject("patient")


def test_a_removed_route_is_404(server, deploy):
    import urllib.error
    import urllib.request
    url = server.http("/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress=alice@demo.mailroom.test")
    assert urllib.request.urlopen(url).status == 200
    deploy(without(TEMPLATE, "Autoconfig"))
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url)
    assert caught.value.code == 404


def test_a_bad_template_is_refused_with_every_line_and_the_system_runs_on(server, deploy):
    bad = TEMPLATE.replace("Handler: Delivery", "Handler: Delivry").replace("Timeout:", "Timeuot:", 1)
    done = deploy(bad, check=False)
    assert done.returncode == 1
    text = done.stderr.decode()
    assert text.count("mailroom.yaml:") >= 2 and "did you mean Delivery?" in text and "did you mean Timeout?" in text
    before = len(server.contents())
    server.send(message(subject="still here"))
    server.wait_for(before + 1)


def test_networks_that_are_none_are_refused_with_their_line(server, deploy):
    done = deploy(TEMPLATE, "--parameter", "ProbesFrom=10.0.0.0/8, intranet", check=False)
    assert done.returncode == 1 and b"ProbesFrom is a list of networks" in done.stderr
    deploy(TEMPLATE, "--parameter", "ProbesFrom=10.0.0.0/8, 2001:db8::/32")


def test_a_restart_runs_what_was_deployed(deploy, server):
    deploy(TEMPLATE, "--parameter", "ContentMax=3MiB")
    server.stop()
    server.start()
    with server.smtp() as client:
        client.ehlo()
        assert client.esmtp_features["size"] == str(3 << 20)


def test_a_smaller_batch_under_load_takes_nothing_down(server, deploy):
    """A deploy that made the batch smaller than what was in flight once ended the process."""
    import threading
    stop, sent, problems = threading.Event(), [], []

    def flow():
        with server.smtp() as client:
            client.ehlo()
            while not stop.is_set():
                try:
                    client.sendmail("sender@outside.example", [server.bob["email"]], message(subject="batch"))
                    sent.append(1)
                except Exception as problem:
                    problems.append(problem)
                    return

    before = len(server.contents(user=server.bob))
    threads = [threading.Thread(target=flow) for _ in range(16)]
    for thread in threads:
        thread.start()
    for size in (1, 64, 2, 64):
        deploy(TEMPLATE.replace("Queue: !Ref Inbound, BatchSize: 64", f"Queue: !Ref Inbound, BatchSize: {size}"))
    stop.set()
    for thread in threads:
        thread.join()
    assert not problems and sent
    assert len(server.wait_for(before + len(sent), user=server.bob)) == before + len(sent)
