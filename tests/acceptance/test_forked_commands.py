"""What forks commands for the other tests answers as the command does."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from qctl.cli.table import COMMANDS
from tests.support import Home
from tests.support.command_line import SOURCE


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (("--version",), b""),
        (("nonsense",), b""),
        (("check", "-o", "json"), b""),
        (("config", "-o", "json"), b""),
        (("import", "crontab", "-"), b"0 3 * * * /opt/\xff\n"),
        (("run", "no\udcffname"), b""),
    ],
)
def test_a_command_that_is_forked_answers_as_one_that_is_started(
    home: Home, words: tuple[str, ...], given: bytes
) -> None:
    home.write("tasks.toml", "[tasks.hello]\nrun = 'echo hello'\n")
    env = {"QCTL_NAMESPACE": "other", "TZ": "Asia/Tokyo"}

    assert home.run(*words, env=env, input=given) == home.run_in_earnest(*words, env=env, input=given)


#: An ordinary call of each command that there is, one after the other.
CALLS = {
    "run": "run hello",
    "show": "show @last",
    "cancel": "cancel @last",
    "wait": "wait @last",
    "retry": "retry @last",
    "chain": "chain hello hello",
    "group": "group hello hello",
    "chord": "chord hello hello --then hello",
    "progress": "progress 0.5",
    "ps": "ps",
    "logs": "logs @last",
    "history": "history",
    "up": "up --dry-run",
    "down": "down --dry-run",
    "status": "status",
    "worker": "worker --dry-run",
    "queue": "queue list",
    "init": "init --dry-run",
    "check": "check",
    "task": "task list",
    "top": "top --once",
    "help": "help pipelines",
    "stats": "stats",
    "events": "events",
    "errors": "errors",
    "rm": "rm --dry-run --query task:hello",
    "doctor": "doctor",
    "schedule": "schedule list",
    "beat": "beat --dry-run",
    "notify": "notify list",
    "pause": "pause --all",
    "resume": "resume --all",
    "install": "install systemd --dry-run",
    "uninstall": "uninstall systemd --dry-run",
    "import": "import crontab -",
    "export": "export crontab",
    "schema": "schema job",
    "config": "config",
    "env": "env hello",
    "completion": "completion bash",
}
#: How they end, where that is not well.
ENDS = {
    "wait": 6,  # it was cancelled
    "progress": 2,  # this is no job
    "down": 2,  # the server is none of its own
    "status": 1,  # there is no worker
    "doctor": 1,
}


def test_an_ordinary_call_of_each_command_ends_well_as_a_process_of_its_own(shared_home: Home) -> None:
    """What is wrong only where a process has to import all it needs, or at its end, is seen here."""
    assert {row.name for row in COMMANDS if row.module} == CALLS.keys()
    shared_home.write("tasks.toml", "[tasks.hello]\nrun = 'echo hello'\n")

    for name, call in CALLS.items():
        answer = shared_home.run_in_earnest(*call.split(), input=b"0 3 * * * /opt/backup\n")
        assert answer.code == ENDS.get(name, 0), f"{name}\n{answer}"
        assert "Traceback" not in answer.stderr, f"{name}\n{answer}"


@pytest.mark.parametrize(
    ("before", "code", "out", "err"),
    [
        ("atexit.register(print, 'at the end')", 3, "said at the end\n", ""),
        ("threading.Thread(target=threading.Event().wait, name='beside').start()", 121, "said ", "left.*: beside"),
        ("sys.stdout = open('/dev/full', 'w')", 120, "", ""),
    ],
)
def test_a_fork_ends_as_a_process_does(before: str, code: int, out: str, err: str) -> None:
    program = f"import atexit, sys, threading; from tests.support import forking; {before}; print('said', end=' ')"

    ended = subprocess.run(
        [sys.executable, "-c", f"{program}; forking.end(3)"], cwd=SOURCE, capture_output=True, text=True, timeout=30
    )

    assert (ended.returncode, ended.stdout) == (code, out)
    assert re.search(err, ended.stderr)


def test_a_command_that_takes_too_long_is_ended_and_the_next_is_answered(shared_home: Home) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        shared_home.run("events", "-f", timeout=0.5)

    assert shared_home.run("--version").code == 0
    assert shared_home.run("--version").code == 0
