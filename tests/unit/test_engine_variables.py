"""Variables that are written in place: what Python, C code and commands see of them, and what they cost."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest

from qctl.engine.processes.variables import Variables


@pytest.fixture
def variables() -> Iterator[Variables]:
    """Some of this process's own."""
    variables = Variables()
    yield variables
    variables.remove()


def seen_by_a_command(name: str) -> str:
    return subprocess.run(["/bin/sh", "-c", f'printf %s "${{{name}-unset}}"'], capture_output=True).stdout.decode(
        errors="surrogateescape"
    )


@pytest.mark.parametrize("value", ["", "a", "b c", "x" * 127, "y" * 70_000, "z", "naïve \udcff"])
def test_a_value_of_any_length_is_seen_in_python_and_in_commands(variables: Variables, value: str) -> None:
    variables.update({"QCTL_TEST": "what was there before"})

    variables.update({"QCTL_TEST": value})

    assert os.environ["QCTL_TEST"] == value
    assert seen_by_a_command("QCTL_TEST") == value


def test_what_is_removed_is_gone_for_both_and_can_be_set_anew(variables: Variables) -> None:
    variables.update({"QCTL_TEST": "one"})
    variables.remove()

    assert "QCTL_TEST" not in os.environ
    assert seen_by_a_command("QCTL_TEST") == "unset"

    variables.update({"QCTL_TEST": "two"})
    assert seen_by_a_command("QCTL_TEST") == "two"


def test_a_variable_that_a_task_has_deleted_is_removed_without_complaint(variables: Variables) -> None:
    variables.update({"QCTL_TEST": "one"})
    del os.environ["QCTL_TEST"]

    variables.remove()

    assert seen_by_a_command("QCTL_TEST") == "unset"


def test_a_hundred_thousand_values_take_no_memory(variables: Variables) -> None:
    def resident_kb() -> int:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024

    variables.update({"QCTL_TEST": "0" * 26})
    before = resident_kb()

    for number in range(100_000):
        variables.set(b"QCTL_TEST", b"%026d" % number)

    assert resident_kb() - before < 1000
    assert seen_by_a_command("QCTL_TEST") == f"{99_999:026d}"
