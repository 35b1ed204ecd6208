"""The real `qctl`: its words, its errors and its exit codes, before any job is involved."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from qctl.cli.table import ALIASES, BY_NAME, COMMANDS, GROUPS
from tests.support import Home


def test_help_lists_every_command_by_group_and_those_of_later_versions(home: Home) -> None:
    answer = home.run("--help")
    assert (answer.code, answer.stderr) == (0, "")
    for command in COMMANDS:
        assert f" {command.name}" in answer.stdout
    for group in {command.group for command in COMMANDS if command.module}:
        assert f"\n{group}\n" in answer.stdout
    assert max(map(len, answer.stdout.splitlines())) <= 80
    assert home.run("-h").stdout == answer.stdout


def test_help_and_version_import_neither_parser_nor_terminal_nor_redis(home: Home) -> None:
    program = (
        "import sys; from qctl.cli.main import run; run(sys.argv[1:]); "
        "print({m.split('.')[0] for m in sys.modules} & {'typer', 'rich', 'redis', 'hiredis', 'dataclasses'})"
    )
    for word in ("--help", "--version"):
        ended = subprocess.run(
            [sys.executable, "-c", program, word], capture_output=True, text=True, env=home.environment(), check=True
        )
        assert ended.stdout.splitlines()[-1] == "set()"


def test_each_group_and_alias_of_the_table_exists() -> None:
    assert {command.group for command in COMMANDS} == set(GROUPS)
    assert {words[0] for words in ALIASES.values()} <= set(BY_NAME)
    assert not set(ALIASES) & set(BY_NAME)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["histry"], "did you mean `qctl history`?"),
        (["backup-db"], "qctl run backup-db        if that is a task"),
        (["web"], "`qctl web` comes in a later version"),
        (["metrics"], "`qctl metrics` comes in a later version"),
        (["task", "frob"], "its words: list show"),
        (["--frob"], "there is no flag --frob before the command"),
        (["check", "--frob"], "no such option: --frob"),
        (["-o", "jsn", "check"], "did you mean `json`?"),
        (["check", "-o"], "option '-o' requires an argument"),
        (["bogus"], "qctl run bogus        if that is a task"),
        (["run", "greet", "--bogus"], "no such option: --bogus\n"),
        (["run", "greet", "--prioritty", "3"], "no such option: --prioritty, did you mean `--priority`?"),
        (["worker", "-c", "abc"], "-c: a whole number from 1 up, not `abc`"),
        (["run", "greet", "--retries", "-1"], "--retries: a whole number from 0 up, not `-1`"),
        (["show", ""], "an id is missing"),
        (["task", "list", "-o", "sarif"], "for `qctl check` alone"),
        (["-C", "/nowhere", "check"], "cannot work in /nowhere"),
    ],
)
def test_a_word_that_is_not_understood_exits_2_and_names_the_way_out(home: Home, words: list[str], said: str) -> None:
    answer = home.run(*words)
    assert (answer.code, answer.stdout) == (2, "")
    assert answer.stderr.startswith("error[Q002]: ")
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_error_is_one_json_document_for_those_who_asked_for_json(home: Home) -> None:
    for words in (["-o", "json", "frob"], ["check", "--frob", "-o", "json"], ["task", "show", "x", "--output=json"]):
        answer = home.run(*words)
        document = json.loads(answer.stdout)
        assert document["schema"] == "qctl.error/1"
        assert document["exit"] == answer.code
        assert document["code"] in answer.stderr


def test_global_flags_stand_before_or_after_the_command_or_in_the_environment(home: Home) -> None:
    home.write("tasks.toml", '[tasks.hello]\nrun = "echo hello"\n')
    expected = '{"schema": "qctl.list/1", "items": ['
    assert home.run("-o", "json", "task", "list").stdout.startswith(expected)
    assert home.run("task", "-o", "json", "list").stdout.startswith(expected)
    assert home.run("task", "list", "-ojson").stdout.startswith(expected)
    assert home.run("task", "list", env={"QCTL_OUTPUT": "json"}).stdout.startswith(expected)
    assert home.run("task", "list", "-o", "name", env={"QCTL_OUTPUT": "json"}).stdout == "hello\n"


def test_a_reader_that_goes_away_is_no_matter(home: Home) -> None:
    """Fault 8."""
    command = f"{sys.executable} -m qctl help environment | true; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, env=home.environment(), check=False)
    assert ended.stderr == b""
    assert ended.returncode in (0, 141)


@pytest.mark.parametrize("words", ["--help", "help environment", "ps --help", "task list"])
def test_a_disk_that_is_full_is_told_and_fails(home: Home, words: str) -> None:
    home.write("tasks.toml", '[tasks.hello]\nrun = "echo hello"\n')
    answer = _shell(home, f"{sys.executable} -m qctl {words} >/dev/full")
    assert (answer.returncode, answer.stderr) == (
        1,
        b"error[Q001]: cannot write to stdout: No space left on device\n",
    )


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_standard_stream_that_is_closed_leads_nowhere(home: Home, closed: str) -> None:
    answer = _shell(home, f"{sys.executable} -m qctl --redis redis://127.0.0.1:1 ps {closed}")
    assert (answer.returncode, answer.stdout) == (69, b"")


@pytest.mark.parametrize("words", ["--help", "--version", "help environment", "ps --help", "task list"])
def test_a_stdout_that_is_closed_is_told_and_fails(home: Home, words: str) -> None:
    home.write("tasks.toml", '[tasks.hello]\nrun = "echo hello"\n')
    answer = _shell(home, f"{sys.executable} -m qctl {words} >&-")
    assert (answer.returncode, answer.stderr) == (1, b"error[Q001]: cannot write to stdout: it is closed\n")
    assert _shell(home, f"{sys.executable} -m qctl {words} <&- 2>&-").returncode == 0


def _shell(home: Home, command: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, env=home.environment(), cwd=home.work, check=False
    )


def test_init_tells_why_it_cannot_write(home: Home) -> None:
    answer = home.run("init", "nowhere")
    assert (answer.code, answer.stdout) == (1, "")
    assert answer.stderr == f"error[Q001]: cannot write {home.work}/nowhere/tasks.toml: No such file or directory\n"


def test_init_writes_tasks_that_pass_the_check_and_never_overwrites_one(home: Home) -> None:
    shown = home.run("init", "--dry-run")
    assert not (home.work / "tasks.toml").exists()
    first = home.run("init")
    assert (first.code, first.stdout) == (0, f"{home.work / 'tasks.toml'}\n")
    assert (home.work / "tasks.toml").read_text() == shown.stdout
    second = home.run("init")
    assert (second.code, second.stdout) == (5, "")
    check = home.run("check", "--strict")
    assert (check.code, check.stdout) == (0, "tasks.toml: no problems. 2 of 2 tasks usable\n")
    assert home.run("task", "list", "-q").stdout == "disk-space\ndisk-usage\n"
    assert json.loads(home.run("task", "show", "disk-usage", "-o", "json").stdout)["name"] == "disk-usage"


def test_check_shows_the_line_with_a_caret_and_exits_78(home: Home) -> None:
    home.write("tasks.toml", '[tasks.backup]\nrun = "true"\nschedul = "30 2 * * *"\n\n[tasks.good]\nrun = "true"\n')
    answer = home.run("check")
    assert answer.code == 78
    assert "error[Q014]" in answer.stdout
    assert "^^^^^^^ did you mean `schedule`?" in answer.stdout
    assert "1 of 2 tasks usable" in answer.stdout
    assert home.run("check", env={"LANG": "C"}).stdout.isascii()
    assert json.loads(home.run("check", "-o", "json").stdout)["errors"] == 1
    assert home.run("check", "-o", "github").stdout.startswith("::error file=tasks.toml,line=3")
    broken = home.run("task", "show", "backup")
    assert (broken.code, broken.stdout) == (78, "")
    unknown = home.run("task", "show", "god")
    assert (unknown.code, unknown.stderr.splitlines()[0]) == (4, "error[Q004]: no task `god`, did you mean `good`?")


@pytest.mark.parametrize("topic", ["exit-codes", "environment", "dates", "query", "Q014", "q069"])
def test_help_explains_topics_and_codes(home: Home, topic: str) -> None:
    answer = home.run("help", topic)
    assert (answer.code, answer.stderr) == (0, "")
    assert len(answer.stdout.splitlines()) > 2
    assert home.run("help", "frobnicate").code == 4


def test_help_names_all_that_a_job_finds_in_its_environment(home: Home) -> None:
    said = home.run("help", "environment").stdout
    home.write("tasks.toml", '[tasks.show]\nrun = "env"\nparams.mine = { type = "str", default = "x" }\n')
    shown = dict(line.split("=", 1) for line in home.run("run", "show", "--local").stdout.splitlines())
    of_the_shell = {"PWD", "OLDPWD", "SHLVL", "_"}
    assert [name for name in shown.keys() - of_the_shell - {"mine"} if name not in said] == []
    assert shown["PATH"] in "".join(said.split())


@pytest.mark.parametrize("name", [command.name for command in COMMANDS if command.module])
def test_each_command_has_help_with_examples_first_that_fits_80_columns(home: Home, name: str) -> None:
    answer = home.run(name, "--help")
    assert (answer.code, answer.stderr) == (0, "")
    head, _, rest = answer.stdout.partition("Options:")
    assert f"Usage: qctl {name}" in head
    assert f"  qctl {name}" in head.replace("Usage: qctl", "") or name in ("task", "queue")
    assert "qctl --help" in rest
    assert max(map(len, answer.stdout.splitlines())) <= 80
    assert home.run(name, "-h").stdout == answer.stdout
