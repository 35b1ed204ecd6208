"""What `qctl check` says of schedules and of the commands that they start."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from qctl.config import Problem
from qctl.config.codes import EXPLANATIONS
from qctl.config.report import check_report
from tests.unit.config_files import Files

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def found(files: Files, schedule: str, more: str = "", head: str = "") -> list[Problem]:
    """Warnings of a task with a schedule."""
    text = f"{head}\n[tasks.t]\nrun = 'true'\nschedule = {schedule}\n{more}\n"
    report = check_report(files.load(text), BERLIN)
    assert report.errors == 0, report
    return list(report.problems)


@pytest.mark.parametrize(
    ("written", "code", "words", "piece"),
    [
        ("'*/7 * * * *'", "Q040", "is not every 7 minutes", "*/7"),  # E6
        ("'0 0 13 * 5'", "Q041", "cron takes either", "5"),  # E1
        ("'0 0 1-31 * 1'", "Q041", "is every day", "1"),  # E5
        ("{ cron = '*/20 2 * * *' }", "Q042", "does not run at all on", "'*/20 2 * * *'"),  # D4
        ("['@daily', { cron = '0 0-23 * * *' }]", "Q042", "show 02:00 twice", "0-23"),  # D11
        ("'5/15 * * * *'", "Q043", "Debian's cron and cronie refuse it", "5/15"),  # E9
        ("{ at = 2020-01-01T00:00:00 }", "Q045", "was 2", "2020-01-01T00:00:00"),
    ],
)
def test_a_pitfall_is_warned_of_with_a_caret_under_its_piece(
    files: Files, written: str, code: str, words: str, piece: str
) -> None:
    (problem,) = found(files, written)

    assert (problem.code, problem.line) == (code, 4)
    assert words in problem.message
    line = Path(problem.file).read_text().split("\n")[3]
    assert line[problem.column - 1 :][: problem.width] == piece


def test_the_caret_stands_under_the_field_that_is_meant_and_not_under_one_like_it(files: Files) -> None:
    """E20: the third of three noughts, the second of two eights."""
    assert files.broken("[tasks.t]\nrun = 'true'\nschedule = '0 0 0 * *'\n").column == 17
    assert files.broken("[tasks.t]\nrun = 'true'\nschedule = { cron = '18 0 * * 8' }\n").column == 31
    assert files.broken("[tasks.t]\nrun = 'true'\nschedule = '31 1 31 2 *'\n").column == 18
    assert found(files, "'5 0 13 * 5'")[0].column == 22


def test_where_clocks_never_change_there_is_nothing_to_warn_of(files: Files) -> None:
    """D4: the schedule's own zone counts, then that of [qctl], then the host's."""
    assert found(files, "{ cron = '*/20 2 * * *', timezone = 'UTC' }") == []
    assert found(files, "'*/20 2 * * *'", head="[qctl]\ntimezone = 'Asia/Tokyo'") == []


def test_a_jitter_that_reaches_the_next_start_is_an_error(files: Files) -> None:
    """O15."""
    problem = files.broken("[tasks.t]\nrun = 'true'\nschedule = { cron = '*/5 * * * *', jitter = '5m' }\n")
    assert (problem.code, problem.line, problem.note) == ("Q028", 3, "write less than 5m")
    problem = files.broken("[tasks.t]\nrun = 'true'\nschedule = { every = '90s', jitter = '2m' }\n")
    assert problem.code == "Q028"

    for good in ("{ cron = '*/5 * * * *', jitter = '299s' }", "{ every = '90s', jitter = '1m' }"):
        assert found(files, good) == []
    assert (
        found(files, "{ at = 2099-01-01, jitter = '2d' }") == found(files, "{ cron = '@reboot', jitter = '1h' }") == []
    )


@pytest.mark.parametrize("due", ["cron = '@daily'", "every = '1h'", "at = 2099-01-01", "cron = '@reboot'"])
def test_a_jitter_that_reaches_the_deadline_is_an_error(files: Files, due: str) -> None:
    """What is put off past its deadline would be skipped, each time."""
    task = f"[tasks.t]\nrun = 'true'\nschedule = {{ {due}, jitter = '5m', deadline = '%s' }}\n"
    problem = files.broken(task % "5m")

    assert (problem.code, problem.line, problem.note) == ("Q028", 3, "write less than 5m")
    assert problem.message == "`jitter` of the schedule of task `t` is not shorter than its `deadline`, 5m"
    assert not files.load(task % "6m").broken


def test_a_run_longer_than_the_interval_that_is_not_skipped(files: Files) -> None:
    more = "timeout = '10m'"
    (problem,) = found(files, "{ cron = '*/5 * * * *', overlap = 'queue' }", more)

    assert problem.code == "Q033"
    assert problem.message == '`timeout` of task `t` is longer than the interval, 5m, and overlap = "queue"'
    assert found(files, "{ every = '5m', overlap = 'allow' }", more)[0].code == "Q033"
    assert found(files, "{ every = '5m', overlap = 'skip' }", more) == []
    assert found(files, "{ every = '10m', overlap = 'queue' }", more) == []


def test_a_run_longer_than_the_interval_of_which_nobody_has_said_that_the_next_is_skipped(files: Files) -> None:
    more = "timeout = '10m'"
    (problem,) = found(files, "'every 5m'", more)

    assert (problem.code, problem.line) == ("Q033", 4)
    assert (
        problem.message == "`timeout` of task `t` is longer than the interval, 5m: what is due during a run is skipped"
    )
    assert problem.note == 'write `overlap = "skip"` if that is meant, or a shorter `timeout`'
    assert found(files, "['@hourly', { cron = '* 1 * * *' }]", more)[0].code == "Q033"
    assert found(files, "{ every = '5m', overlap = 'replace' }", more) == found(files, "'every 10m'", more) == []
    assert found(files, "'every 5m'") == []


def test_at_boot_of_which_machine(files: Files) -> None:
    shared = "[qctl]\nredis = 'redis://db1:6379/0'"
    assert [problem.code for problem in found(files, "'@reboot'", head=shared)] == ["Q046"]
    assert found(files, "'@reboot'", "host = 'web1'", head=shared) == found(files, "'@reboot'") == []


@pytest.mark.parametrize(
    ("command", "program"),
    [
        ("run = 'no-such-thing --now'", "no-such-thing"),
        ("run = '''\n# first\nTZ=UTC A=1 no-such-thing | cat'''", "no-such-thing"),
        ("exec = ['no-such-thing', '{p}']\nparams.p = {}", "no-such-thing"),
        ("run = 'env'\nenv.PATH = '/nowhere'", "env"),
    ],
)
def test_a_program_that_a_job_would_not_find(files: Files, command: str, program: str) -> None:
    """P22, before it happens."""
    report = check_report(files.load(f"[tasks.t]\n{command}\n"))

    (problem,) = report.problems
    assert problem.code == "Q044"
    assert f"`{program}` of task `t` is not found" in problem.message


@pytest.mark.parametrize(
    "command",
    [
        *("run = 'cd /tmp && no-such-thing'", "run = '/opt/no-such-thing'", "run = '$PROGRAM now'", "run = 'ls'"),
        *("run = 'if true; then no-such-thing; fi'", "run = 'f() { true; }; f'", "run = '\"$0\" x'", "run = ' ( ls )'"),
        *("exec = ['./script.sh']", "run = 'import x'\nshell = '/usr/bin/python3'", "call = 'os:getcwd'"),
        *("run = 'A=\"$(no-such-thing)\" ls'", "run = 'x=1'", "run = '# nothing'", "exec = ['ls', '-l']"),
    ],
)
def test_what_cannot_be_told_without_a_shell_is_not_guessed_at(files: Files, command: str) -> None:
    assert check_report(files.load(f"[tasks.t]\n{command}\n")).problems == ()


def test_each_code_is_explained() -> None:
    assert {"Q028", "Q033", *(f"Q04{digit}" for digit in range(7))} <= EXPLANATIONS.keys()


@pytest.mark.parametrize(
    ("command", "program"), [("['/nonexistent/mail', 'x']", "/nonexistent/mail"), ("['no-such-mail']", "no-such-mail")]
)
def test_a_notifier_that_is_not_there(files: Files, command: str, program: str) -> None:
    """Nobody would be told of anything, least of all of that."""
    (problem,) = check_report(files.load(f"[tasks.t]\nrun = 'true'\n[notify.ops]\ncommand = {command}\n")).problems
    assert (problem.code, problem.line) == ("Q044", 4)
    assert f"`{program}` of [notify.ops] is not found" in problem.message
    assert not check_report(files.load("[tasks.t]\nrun = 'true'\n[notify.ops]\ncommand = ['cat']\n")).problems
