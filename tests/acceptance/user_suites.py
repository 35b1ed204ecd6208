"""Suites of users that have qctl's fixtures: pytest in a process of its own, as they run it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

import pytest

from tests.support.source import ROOT

TASKS = """
import time
from qctl import task

@task(name="double")
def double(x: int):
    return 2 * x

@task(name="fail")
def fail():
    raise LookupError("of the task itself")

@task(name="sleep")
def sleep(seconds: float):
    time.sleep(seconds)
"""


@contextmanager
def a_suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.Pytester]:
    """A folder for a suite, whose temporary files are in a folder of their own: nothing may be left of them."""
    with TemporaryDirectory(prefix="q") as folder:  # short, for there are sockets in it
        monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setenv("QCTL_REDIS", "redis://127.0.0.1:1/0")  # the user's own, which no test may reach
        monkeypatch.setenv("QCTL_NAMESPACE", "production")
        pytester.makepyfile(app=TASKS)
        yield pytester
        assert left_in(folder) == [], "folders left behind"


def left_in(folder: str) -> list[str]:
    return [name for name in os.listdir(folder) if name.startswith("qctl-")]


def block(name: str) -> str:
    """A program of the README's section on tests."""
    found = re.search(rf"<!-- testing:{name} -->\n```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    assert found is not None, f"the README has no block {name}"
    return found[1]


def run(suite: pytest.Pytester, *words: str) -> pytest.RunResult:
    return suite.runpytest_subprocess("-p", "no:cacheprovider", *words)
