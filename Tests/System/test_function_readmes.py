"""Every README under templates/functions to the letter, and what `mailroom function new` makes in an empty folder."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
from mailroom import BINARY, ROOT, message, until

READY = sorted(path.parent.name for path in (ROOT / "templates/functions").glob("*/template.yaml"))
SWIFTC = shutil.which("swiftc")


@pytest.fixture
def place(server, tmp_path):
    """An empty folder where `mailroom` finds the running system, as the one that `mailroom dev` was started in."""
    (tmp_path / ".mailroom").symlink_to(server.directory)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/mailroom").symlink_to(BINARY)
    return tmp_path


def shell(server, place, script, **variables):
    keys = server.card["aws"]
    environment = {
        **os.environ, "PATH": f"{place}/bin:{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}",
        "AWS_ENDPOINT_URL": keys["endpoint"], "AWS_ACCESS_KEY_ID": keys["accessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["secretAccessKey"], "AWS_DEFAULT_REGION": "us-east-1", **variables}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=place, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, (script, done.stdout, done.stderr)
    return done.stdout + done.stderr


def blocks(readme):
    return re.findall(r"^```sh\n(.*?)^```", readme.read_text(), re.M | re.S)


def remove_rules(server):
    for direction in ("inbound", "outbound"):
        for rule in json.loads(server.run("rule", "list", "--direction", direction, "--json")):
            if rule["Name"] != "default":
                server.run("rule", "delete", "--direction", direction, "--name", rule["Name"], check=False)


@pytest.mark.parametrize("name", READY)
def test_a_readmes_commands_do_what_they_say(server, place, name):
    if name.endswith("swift") and not SWIFTC:
        pytest.skip("there is no swiftc here")
    (place / "templates").symlink_to(ROOT / "templates")
    (place / "blocklist.txt").write_text("mallory@outside.example\n")
    (script,) = blocks(ROOT / "templates/functions" / name / "README.md")
    # What the deploy prints is what the lines after it name.
    deploy, rest = script.split("mailroom rule create", 1)
    shell(server, place, deploy, DESK_TOKEN="secret")
    stack = re.search(r"--stack (\S+)", deploy)[1]
    outputs = json.loads(server.run("stacks", stack, "--json"))["Outputs"]
    variables = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).upper(): value for key, value in outputs.items()}
    shell(server, place, "mailroom rule create" + rest, **variables)
    remove_rules(server)
    server.run("delete", stack, check=False)


@pytest.mark.parametrize("runtime", ["python", "node", "swift"])
def test_a_new_function_follows_its_own_readme_in_an_empty_folder(server, place, runtime):
    if runtime == "swift" and not SWIFTC:
        pytest.skip("there is no swiftc here")
    made = shell(server, place, f"mailroom function new my-{runtime} --runtime {runtime}")
    folder = place / f"my-{runtime}"
    assert f"next: mailroom deploy my-{runtime}/template.yaml" in made
    texts = {path: path.read_text() for path in folder.rglob("*") if path.is_file()}
    for path, text in texts.items():
        assert "hello-world" not in text and "HelloFunction" not in text and "templates/functions" not in text, path
    (script,) = blocks(folder / "README.md")
    out = shell(server, place, script)
    function = f"my-{runtime}/My{runtime.capitalize()}Function"
    assert f"deployed my-{runtime} as number 1" in out and f"--function {function}" in script
    assert until(lambda: "my-" in server.run("logs", function) or "message" in server.run("logs", function))
    for command in re.findall(r"`((?:python3|node) [^`]*)`", texts[folder / "README.md"]):
        shell(server, folder, command, PATH=os.environ["PATH"])
    for command in re.findall(r"`(mailroom invoke [^`]*)`", texts[folder / "README.md"]):
        assert '"DEFAULT"' in shell(server, place, command)
    server.send(message(subject="passes"))
    assert until(lambda: "delivered" in server.run("trace", "last"))
    remove_rules(server)
    server.run("delete", f"my-{runtime}")
