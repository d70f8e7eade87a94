"""SMTP gateways at the command line: what an administrator makes, sees and is refused."""
import json
import subprocess

from mailroom import BINARY, ROOT, TEMPLATE, Server


def gateway(server, verb, *words, **more):
    return server.run("gateway", verb, *words, **more)


def test_a_gateway_from_its_making_to_its_end(server):
    gateway(server, "create", "--name", "vault", "--host", "smtp.vault.example", "--user", "acme", "--password-file", "-",
            stdin=b"Very Secret 1\nnot this line\n")
    gateway(server, "create", "--name", "plain", "--host", "192.0.2.7", "--port", "25")
    shown = json.loads(gateway(server, "show", "--name", "vault", "--json"))
    assert shown == {"Name": "vault", "HostName": "smtp.vault.example", "Port": 587, "UserName": "acme", "HasPassword": True}
    table = gateway(server, "list")
    assert "NAME" in table and "vault" in table and "192.0.2.7" in table and "Very Secret" not in table
    assert [one["Name"] for one in json.loads(gateway(server, "list", "--json"))] == ["plain", "vault"]
    gateway(server, "update", "--name", "vault", "--port", "465")
    assert json.loads(gateway(server, "show", "--name", "vault", "--json")) == {**shown, "Port": 465}
    gateway(server, "update", "--name", "vault", "--user", "")
    assert not json.loads(gateway(server, "show", "--name", "vault", "--json"))["HasPassword"]
    for name in ("vault", "plain"):
        gateway(server, "delete", "--name", name)
    assert json.loads(gateway(server, "list", "--json")) == []


def test_a_rule_holds_its_gateway(server):
    rule = ["--direction", "outbound", "--name", "out", "--sender", "*", "--recipient", "*", "--action", "smtp-gateway", "--gateway", "held"]
    done = server.run("rule", "create", *rule, check=False)
    assert done.returncode == 0 and b"there is no SMTP gateway held yet: mailroom gateway create --name held" in done.stderr
    gateway(server, "create", "--name", "held", "--host", "smtp.held.example")
    done = server.run("rule", "update", *rule, check=False)
    assert done.returncode == 0 and b"no SMTP gateway" not in done.stderr
    assert "smtp-gateway held" in server.run("rule", "list", "--direction", "outbound")
    done = gateway(server, "delete", "--name", "held", check=False)
    assert done.returncode == 1 and b"outbound rule out sends through SMTP gateway held" in done.stderr
    assert done.stderr.count(b"\n") == 1
    server.run("rule", "delete", "--direction", "outbound", "--name", "out")
    gateway(server, "delete", "--name", "held")


def test_wrong_words_are_told(server):
    for words, code, told in [
        (["create", "--name", "x"], 2, b"--host is missing"),
        (["create", "--host", "x.example"], 2, b"--name is missing"),
        (["create", "--name", "x", "--host", "x.example", "--port", "smtp"], 2, b"--port takes a number"),
        (["create", "--name", "x", "--host", "no host"], 1, b"HostName is neither a host name nor an IP address"),
        (["create", "--name", "x", "--host", "x.example", "--port", "65536"], 1, b"Port has to be 1 to 65535"),
        (["create", "--name", "x", "--host", "x.example", "--user", "u"], 1, b"UserName and Password go together"),
        (["show", "--name", "none"], 1, b"there is no SMTP gateway none"),
        (["enable", "--name", "x"], 2, b"gateway has no enable"),
    ]:
        done = gateway(server, *words, check=False)
        assert done.returncode == code and told in done.stderr, (words, done.stderr)
    shown = subprocess.run([BINARY, "gateway", "--help"], capture_output=True, cwd=ROOT, timeout=30).stdout.decode()
    assert "--password-file FILE" in shown and "example:" in shown


def test_a_password_outlives_a_kill_sealed_and_is_in_no_log(tmp_path):
    server = Server(data=str(tmp_path / "data")).start()
    try:
        gateway(server, "create", "--name", "vault", "--host", "smtp.vault.example", "--user", "acme77", "--password-file", "-",
                stdin=b"Very-Secret-77\n")
        server.kill()
        for file in tmp_path.rglob("*"):
            if file.is_file():
                octets = file.read_bytes().lower()
                assert not [word for word in (b"very-secret-77", b"acme77") if word in octets], file
        server.start()
        assert json.loads(gateway(server, "show", "--name", "vault", "--json"))["HasPassword"]
        # A template from before grants nothing for them: rules go on.
        older = tmp_path / "older.yaml"
        older.write_text(TEMPLATE.replace("Stacks: write\n            Records: write\n", "Stacks: write\n"))
        assert older.read_text() != TEMPLATE
        server.run("deploy", str(older))
        done = gateway(server, "list", check=False)
        assert done.returncode == 1 and b"grants Administration no { Records: write }" in done.stderr
        assert server.run("rule", "list") is not None
    finally:
        server.stop()
