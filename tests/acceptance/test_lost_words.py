"""Streams that cannot be written to: what is found and the exit code stay what they are."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support import Home


@pytest.mark.parametrize("lost", [">/dev/full", "| true"])
def test_an_error_for_programs_that_nobody_reads_is_told_and_keeps_its_code(home: Home, lost: str) -> None:
    home.write("tasks.toml", '[tasks.hello]\nrun = "echo hello"\n')
    command = f"PYTHONUNBUFFERED= {sys.executable} -m qctl task show nope -o json {lost}; exit ${{PIPESTATUS[0]}}"
    answer = _shell(home, command)
    assert answer.returncode == 4, answer
    assert b"error[Q004]: no task `nope`" in answer.stderr
    assert b"Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("words", "code", "found"),
    [("run hello --local", 0, b"hello\n"), ("run --local -- sh -c 'exit 7'", 7, b""), ("task show nope", 4, b"")],
)
def test_a_full_disk_under_stderr_takes_nothing_of_what_is_found(
    home: Home, words: str, code: int, found: bytes
) -> None:
    home.write("tasks.toml", '[tasks.hello]\nrun = "echo hello"\n')
    answer = _shell(home, f"PYTHONUNBUFFERED= {sys.executable} -m qctl {words} 2>/dev/full")
    assert (answer.returncode, answer.stdout) == (code, found)


def _shell(home: Home, command: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, env=home.environment(), cwd=home.work, check=False
    )
