import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import mailroom  # noqa: E402


@pytest.fixture(scope="module")
def server():
    with mailroom.Server() as running:
        yield running
