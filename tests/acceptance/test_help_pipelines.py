"""`qctl help pipelines`: every command in it runs, with the tasks that stand in it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import pytest

from qctl.cli.topics.pipelines import EXAMPLE
from qctl.cli.topics.pipelines import TEXT as PIPELINES
from tests.support import Home
from tests.support.staffed import staffed

#: What stands before a pipe, and the command.
TYPED = re.findall(r"^  (?:(printf '.*?') \| )?qctl (.*)$", PIPELINES, re.MULTILINE)


@pytest.fixture(scope="module")
def example() -> Iterator[Home]:
    """A home with the tasks of the text, and a worker for all of its commands."""
    with staffed(EXAMPLE) as home:
        yield home


@pytest.mark.parametrize(("before", "command"), TYPED)
def test_every_command_runs(example: Home, before: str, command: str) -> None:
    stdin = shlex.split(before)[1].replace("\\n", "\n") if before else ""

    answer = example.run(*shlex.split(command), input=stdin, timeout=30)

    assert answer.code == 0, answer


def test_the_tasks_are_without_a_fault_and_there_are_commands(example: Home) -> None:
    assert len(TYPED) == 13
    assert example.run("check", "--strict").code == 0


@pytest.mark.parametrize(
    ("pipeline", "value"),
    [
        ("[dump(db=a), dump(db=b)] | report", '["rows of a","rows of b"]'),
        ("dump(db=main) | check(word=cash)? | report", ""),
        ('dump(db=each(["a", "b"])) | report', '["rows of a","rows of b"]'),
    ],
)
def test_values_go_as_the_text_says(example: Home, pipeline: str, value: str) -> None:
    assert f"'{pipeline}'" in PIPELINES
    answer = example.run("run", pipeline, "--wait", timeout=30)

    assert answer.stdout.strip() == value
