"""`--each -` under a key that is somebody else's: that job's id is the answer, and nothing of it is touched."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.support import Home

TASKS = """
[tasks.hello]
run = 'echo "hello $name"'
params.name = {}

[tasks.say]
run = "cat"
"""
MANY = "".join(f"{number}\n" for number in range(700))


@pytest.fixture
def site() -> Iterator[Home]:
    home = Home()
    home.write("tasks.toml", TASKS)
    yield home
    home.run("down")
    assert home.remove() == []


@pytest.mark.parametrize(
    ("words", "stdin", "jobs"),
    [
        (("group", "hello", "--each", "-"), MANY[: MANY.index("600\n")], 600),
        (("chain", "hello x", "say"), "", 2),
        (("run", "hello", "name=x"), "", 0),
    ],
    ids=["a-group", "a-chain", "a-job"],
)
def test_lines_for_a_key_that_is_held_are_added_to_nothing(
    site: Home, words: tuple[str, ...], stdin: str, jobs: int
) -> None:
    """C44"""
    held = site.run(*words, "--key", "k", input=stdin).stdout.strip()

    for more in ((), ("--if-exists", "skip")):
        answer = site.run("group", "hello", "--each", "-", "--key", "k", *more, input=MANY)
        assert (answer.code, answer.stdout) == (0, "" if more else f"{held}\n"), answer
        assert f"key k belongs to job {held}" in answer.stderr

    found = json.loads(site.run("show", held, "-o", "json").stdout)
    assert (len(found["children"]), found["state"]) == (jobs, "running" if jobs else "queued")
