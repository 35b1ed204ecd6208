"""What a wait writes: the value alone, a warning where there is none to write, and the end after the output."""

from __future__ import annotations

import pytest

from tests.support import Home

TASKS = """
[tasks.flood]
run = "head -c 17000000 /dev/zero"

[tasks.flood-file]
run = 'head -c 17000000 /dev/zero >"$QCTL_RESULT"'

[tasks.silent]
run = "true"

[tasks.last-words]
run = 'for i in 1 2 3; do echo "line $i" >&2; done'
"""


@pytest.mark.parametrize(
    ("task", "said"),
    [("flood", "stdout is 17000000 bytes, more than 16 MB"), ("flood-file", "$QCTL_RESULT is more than 16 MB")],
)
def test_a_value_too_large_to_keep_is_warned_of(manned: Home, task: str, said: str) -> None:
    answer = manned.run("run", task, "--wait", "-q")
    assert (answer.code, answer.stdout) == (0, "")
    assert f"warning: {said}; no value is kept: qctl logs " in answer.stderr
    here = manned.run("run", task, "--local", "--wait")
    assert (here.code, here.stdout) == (0, "")
    assert f"warning: {said}" in here.stderr


def test_a_job_without_a_value_is_no_matter(manned: Home) -> None:
    assert manned.run("run", "silent", "--wait", "-q").stderr == ""


def test_all_output_of_a_followed_job_stands_before_its_end(manned: Home) -> None:
    said = manned.run("run", "last-words", "--follow").stderr.splitlines()
    end = next(place for place, line in enumerate(said) if " succeeded exit=0 " in line)
    assert [line for line in said[:end] if line.startswith("line ")] == ["line 1", "line 2", "line 3"]


def test_a_job_that_ran_by_another_definition_than_the_one_that_was_meant_is_warned_of(manned: Home) -> None:
    """As after an edit that the worker has not taken up yet, but at any speed: this file is none of its own."""
    manned.write("edited.toml", "[tasks.silent]\nrun = 'echo edited'\n")
    answer = manned.run("--file", "edited.toml", "run", "silent", "--wait", "-q")
    assert (answer.code, answer.stdout) == (0, "")
    assert "warning: silent ran by another definition than this file's" in answer.stderr
