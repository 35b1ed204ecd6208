"""The unit's text: words that systemd reads as they were meant, and a check by systemd's own reader."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from qctl.cli.systemd.unit import Service, unit_text


def service(*command: str, **options: Any) -> Service:
    chosen = {"about": "qctl worker", "for_user": False, "drain_s": 300.0, "grace_s": 10.0, **options}
    return Service(command=command or ("/usr/bin/qctl", "worker"), **chosen)


def line(text: str, key: str) -> str:
    (found,) = [line for line in text.splitlines() if line.startswith(f"{key}=")]
    return found.partition("=")[2]


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("/srv/tasks.toml", "/srv/tasks.toml"),
        ("high,low", "high,low"),
        ("/srv/my tasks.toml", '"/srv/my tasks.toml"'),
        ("/srv/100%/t", "/srv/100%%/t"),
        ("/srv/$HOME/t", "/srv/$$HOME/t"),
        ("it's", '"it\'s"'),
        ('say "hi"', r'"say \"hi\""'),
        ("back\\slash", r'"back\\slash"'),
        ("a;b", '"a;b"'),
        ("two\nlines", r'"two\nlines"'),
        ("\udcff", r'"\xff"'),
        ("", '""'),
    ],
)
def test_a_word_is_written_so_that_systemd_reads_what_was_meant(word: str, written: str) -> None:
    assert line(unit_text(service("/usr/bin/qctl", word)), "ExecStart") == f"/usr/bin/qctl {written}"


def test_a_variable_in_the_programs_path_is_none_and_one_of_the_environment_is_quoted() -> None:
    text = unit_text(service("/a $b/qctl", environment={"XDG_STATE_HOME": "/x 50%"}))

    assert line(text, "ExecStart") == '"/a $b/qctl"'
    assert line(text, "Environment") == '"XDG_STATE_HOME=/x 50%%"'


@pytest.mark.parametrize("name", ["/srv/a\nExecStartPre=/bin/evil", "/srv/a\\"])
def test_no_files_name_becomes_a_setting_of_its_own(name: str) -> None:
    text = unit_text(service(about=f"qctl worker for {name}"))

    assert line(text, "Description").startswith("qctl worker for /srv/a?")
    assert "\nExecStartPre=" not in text


@pytest.mark.parametrize(("drain", "stop"), [(300.0, "340"), (0.0, "40"), (math.inf, "infinity")])
def test_stopping_may_take_as_long_as_the_drain_and_the_longest_grace(drain: float, stop: str) -> None:
    assert line(unit_text(service(drain_s=drain)), "TimeoutStopSec") == stop


def test_who_starts_it() -> None:
    assert line(unit_text(service()), "WantedBy") == "multi-user.target"
    user = unit_text(service(for_user=True))
    assert line(user, "WantedBy") == "default.target"
    assert "network-online.target" not in user
    assert line(user, "Delegate") == line(unit_text(service()), "Delegate") == "memory pids"
    assert "\nRestrictRealtime=" not in user  # it would imply NoNewPrivileges=, which breaks sudo in jobs


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="this machine has no systemd-analyze")
@pytest.mark.parametrize("for_user", [False, True])
@pytest.mark.parametrize("folder", ["plain", "we ird; 100% $HOME #1", "'q' \"d\" \\s"])
def test_systemd_finds_nothing_to_say_against_the_unit(tmp_path: Path, for_user: bool, folder: str) -> None:
    """Fault 83. The program's path is looked up by systemd: a badly written one is not found."""
    program = tmp_path / folder / "qctl"
    program.parent.mkdir()
    program.symlink_to(sys.executable)
    command = (str(program), "--file", str(tmp_path / folder / "tasks.toml"), "worker")
    unit = tmp_path / "qctl.service"
    environment = {"XDG_STATE_HOME": str(program.parent)}
    unit.write_text(unit_text(service(*command, for_user=for_user, about=folder, environment=environment)))

    checked = subprocess.run(
        ["systemd-analyze", *(["--user"] if for_user else []), "verify", str(unit)],
        capture_output=True,
        text=True,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "SYSTEMD_LOG_LEVEL": "warning"},
        check=False,
    )

    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_unit_lets_the_worker_end_its_jobs_and_leaves_nothing() -> None:
    """Fault 83: SIGTERM to the worker alone, time for the drain, then what is left; a sign of life; OOM of a job."""
    text = unit_text(service(drain_s=300.0, grace_s=10.0))

    said = {key: line(text, key) for key in ("KillMode", "Type", "NotifyAccess", "OOMPolicy", "Restart")}
    assert said == {
        "KillMode": "mixed",
        "Type": "notify",
        "NotifyAccess": "main",
        "OOMPolicy": "continue",
        "Restart": "on-failure",
    }
    assert int(line(text, "TimeoutStopSec")) > 300 + 10
    assert int(line(text, "WatchdogSec")) == 60
