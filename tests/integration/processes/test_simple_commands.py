"""Commands that need no shell: what they are given, and what is said of them, is as if one had started them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qctl.model.state import Reason
from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import shell, value

EITHER_WAY = pytest.mark.parametrize("options", [{}, {"nice": 1}], ids=["spawned", "forked"])


@EITHER_WAY
def test_a_simple_command_is_executed_without_a_shell(hire: Hire, options: dict[str, Any]) -> None:
    """P1: a shell would only fork it. Its process is the attempt's own (P9), not the child of one."""
    crew = hire(shell("cat /proc/self/stat", **options), shell("cat /proc/self/stat; :", "more", **options))

    alone, below = (value(crew.run(name)).split() for name in ("sh", "more"))

    assert alone[0] == alone[4] == alone[5]
    assert below[0] != below[4] == below[5]


@EITHER_WAY
def test_a_simple_command_finds_the_variables_that_a_shell_would_give_it(
    hire: Hire, tmp_path: Path, options: dict[str, Any]
) -> None:
    """P3, P4."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    there = {"cwd": str(tmp_path / "link"), "env": {"A": "1"}, **options}
    crew = hire(shell("env -0", **there), shell("exec env -0; :", **there, name="by-shell"))

    direct, by_shell = (
        dict(pair.split("=", 1) for pair in value(crew.run(name)).decode().split("\0") if pair)
        for name in ("sh", "by-shell")
    )
    of_the_job = {"QCTL_JOB_ID", "QCTL_TASK", "QCTL_FENCE", "_", "SHLVL", "OLDPWD"}
    assert direct["PWD"] == str(tmp_path / "real")
    assert {name: direct[name] for name in direct.keys() - of_the_job} == {
        name: by_shell[name] for name in by_shell.keys() - of_the_job
    }


@EITHER_WAY
def test_what_a_simple_command_lacks_the_shell_says(hire: Hire, tmp_path: Path, options: dict[str, Any]) -> None:
    script = tmp_path / "script"
    script.write_text('echo "$0 $1"\n')
    script.chmod(0o755)
    crew = hire(shell("no-such-program a", **options), shell(f"{script} b", "script", **options))

    gone, without_interpreter = crew.run("sh"), crew.run("script")

    assert (gone.reason, gone.exit_code) == (Reason.EXIT, 127)
    assert gone.error is not None
    assert "not found" in gone.error.message
    assert value(without_interpreter) == f"{script} b\n".encode()


def test_a_simple_command_that_is_killed_is_told_by_its_signal(hire: Hire, tmp_path: Path) -> None:
    """P14: not by 128 and more, as a shell between would tell it."""
    program = tmp_path / "killed"
    program.write_text("#!/bin/sh\nkill -SEGV $$\n")
    program.chmod(0o755)
    crew = hire(shell(f"{program} now"))

    ended = crew.run("sh")

    assert (ended.reason, ended.signal, ended.exit_code) == (Reason.SIGNAL, 11, None)


@pytest.mark.parametrize("text", ["-x", "+x", "-", "--"])
def test_a_text_that_looks_like_an_option_is_run_and_not_the_name_of_its_task(hire: Hire, text: str) -> None:
    """P1: `sh -c -x NAME` would run NAME."""
    crew = hire(shell(text, "echo"))

    ended = crew.run("echo")

    assert (ended.reason, ended.exit_code) == (Reason.EXIT, 127)
    assert ended.error is not None
    assert f"{text}: " in ended.error.message
