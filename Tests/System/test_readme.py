"""The README's first five minutes are run as they stand; `…` stands for what differs from run to run."""
import os
import pathlib
import re
import subprocess

import pytest
from mailroom import BINARY, PATIENCE, ROOT, Server


def transcript():
    """Commands of the README's console block, each with the lines it is said to print."""
    block = re.search(r"```console\n(.*?)```", (ROOT / "README.md").read_text(), re.S)[1]
    steps = []
    for line in block.splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        else:
            steps[-1][1].append(line)
    return steps


def matches(expected, printed):
    pattern = ".*?".join(re.escape(part) for part in expected.split("…"))
    return re.fullmatch(pattern, printed, re.S)


def test_the_first_five_minutes(tmp_path):
    (tmp_path / "templates").symlink_to(ROOT / "templates")
    release = tmp_path / ".build/release"
    release.mkdir(parents=True)
    (release / "mailroom").symlink_to(os.path.abspath(BINARY))
    with Server(data=str(tmp_path / ".mailroom"), log=str(tmp_path / "log")) as server:
        environment = dict(os.environ, PWD=str(tmp_path), PATH=f"{release}:{os.environ['PATH']}")
        steps = transcript()
        assert len(steps) >= 8
        for command, expected in steps:
            if command.startswith("export PATH"):
                continue
            command = command.replace("127.0.0.1:2525", ":".join(map(str, server.place("mx"))))
            if command == "mailroom trace last":
                server.wait_for(1)
            done = subprocess.run(command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=PATIENCE)
            assert done.returncode == 0, (command, done.stdout, done.stderr)
            printed = done.stdout.rstrip("\n")
            assert matches("\n".join(expected), printed), f"$ {command}\n{printed}"
