"""Every refusal names what to type next, and means by it the file and the command that were at hand."""

from __future__ import annotations

import json

import pytest

from tests.support import Home

HELLO = "[tasks.hello]\nrun = 'echo hello'\n"


@pytest.mark.parametrize(
    ("words", "help_"),
    [
        (["run", "hello", "-p", "10"], "qctl run --help"),
        (["worker", "-Q", ""], "qctl worker --help"),
        (["history", "--state", "done"], "qctl history --help"),
        (["--file"], "qctl --help"),
    ],
)
def test_a_slip_without_advice_of_its_own_leads_to_the_help_of_its_command(
    home: Home, words: list[str], help_: str
) -> None:
    home.write("tasks.toml", HELLO)
    answer = home.run(*words)
    assert (answer.code, answer.stderr.splitlines()[-1]) == (2, f"  help: {help_}")


def test_advice_means_the_file_that_was_named(home: Home) -> None:
    home.write("tasks.toml", HELLO)
    other = home.write("other.toml", "[tasks.broken]\nrun = 7\n")
    for words, help_ in (
        (["run", "broken"], f"qctl --file {other} check"),
        (["run", "nothing"], f"qctl --file {other} task list"),
    ):
        answer = home.run("--file", str(other), *words)
        assert answer.stderr.splitlines()[-1] == f"  help: {help_}", answer
    missing = home.run("--file", "/nonexist", "run", "hello")
    assert missing.code == 78
    assert "/nonexist: cannot read it: No such file" in missing.stderr
    assert "--file or QCTL_FILE names it" in missing.stderr
    assert "qctl check" not in missing.stderr


def test_no_file_at_all_is_not_a_file_that_was_not_found(home: Home) -> None:
    home.write("tasks.toml", HELLO)
    assert home.run("--file", "/dev/null", "task", "list").stdout == "/dev/null declares no tasks\n"
    checked = home.run("--file", "/dev/null", "check")
    assert (checked.code, "here or above" in checked.stdout) == (78, False)
    assert "declares no tasks" in checked.stdout


def test_a_check_in_a_pipeline_needs_no_redis_and_leaves_nothing_behind(home: Home) -> None:
    """R12: JSON, and an exit status."""
    home.write("tasks.toml", '[qctl]\nredis = "redis://127.0.0.1:1"\n[tasks.a]\nrun = "true"\nschedule = "@daily"\n')
    before = sorted(home.folder.rglob("*"))

    good = home.run("check", "-o", "json")

    assert (good.code, json.loads(good.stdout)["tasks"]) == (0, {"declared": 1, "usable": 1})
    assert sorted(home.folder.rglob("*")) == before
    home.write("tasks.toml", '[tasks.a]\nrun = "true"\nschedule = "0 0 31 2 *"\n')
    bad = home.run("check", "-o", "json")
    assert (bad.code, json.loads(bad.stdout)["errors"]) == (78, 1)
