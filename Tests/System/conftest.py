import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import mailroom  # noqa: E402


@pytest.fixture(scope="module")
def server():
    with mailroom.Server() as running:
        yield running


@pytest.fixture(scope="module")
def stacks():
    """A system that deploys users' functions."""
    with mailroom.Server() as running:
        if running.run("delete", "--help", check=False, data=False).returncode != 0:
            pytest.skip("this build deploys no users' functions yet")
        yield running
