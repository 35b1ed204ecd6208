"""Words that users of Celery, rq, docker, systemd, cron and pueue type: they work where they mean the same."""

from __future__ import annotations

import json

import pytest

from qctl.cli.table import ALIASES, BY_NAME, CONTROLLED, INSPECTED, OTHERWISE
from tests.support import Home
from tests.support.terminal import Terminal, plain

TASKS = "[tasks.hello]\nrun = 'echo hello'\n"


def test_the_words_that_people_try_first_are_known() -> None:
    """The table of interfaces.md 2.2."""
    tried = """enqueue call start add exec describe inspect info list ls follow tail revoke stop kill
        requeue restart rerun purge queues workers timers cron scheduler tasks lint validate"""
    assert set(tried.split()) <= set(ALIASES)


@pytest.mark.parametrize("word", ALIASES)
def test_another_programs_word_has_the_help_of_the_command_that_it_is(home: Home, word: str) -> None:
    meant = [each for each in ALIASES[word] if not each.startswith("-") and each != "KILL"]
    answer = home.run(word, "--help")
    if not BY_NAME[meant[0]].module:
        assert (answer.code, f"`qctl {meant[0]}` comes in a later version" in answer.stderr) == (2, True)
        return
    assert (answer.code, answer.stderr) == (0, "")
    assert answer.stdout == home.run(*meant, "--help").stdout


@pytest.mark.parametrize("word", INSPECTED)
def test_celerys_inspect_is_understood_by_its_second_word(home: Home, word: str) -> None:
    meant = [each for each in INSPECTED[word] if each in BY_NAME or each in ("list", "ping")]
    answer = home.run("inspect", word, "--help")
    assert (answer.code, answer.stderr) == (0, "")
    assert answer.stdout == home.run(*meant, "--help").stdout


@pytest.mark.parametrize("word", CONTROLLED)
def test_celerys_control_is_understood_by_its_second_word(home: Home, word: str) -> None:
    answer = home.run("control", word, "--help")
    assert (answer.code, answer.stderr) == (0, "")
    assert answer.stdout == home.run(*CONTROLLED[word], "--help").stdout


@pytest.mark.parametrize("word", OTHERWISE)
def test_a_word_that_means_something_else_is_explained_in_one_line(home: Home, word: str) -> None:
    answer = home.run(word, "x")
    assert (answer.code, answer.stdout) == (2, "")
    first, *more = answer.stderr.splitlines()
    assert first.startswith(f"error[Q002]: there is no `qctl {word}`: ")
    assert more
    for line in more:
        command = line.replace("help:", "").split("qctl ")[1].split()[0]
        assert command == "--version" or BY_NAME[command].module, line


def test_no_word_stands_in_two_tables_and_none_in_the_help(home: Home) -> None:
    words = [*ALIASES, *OTHERWISE]
    assert len(words) == len(set(words))
    assert not set(words) & set(BY_NAME)
    assert "revoke" not in home.run("--help").stdout


def test_they_do_what_the_command_does(site: Home) -> None:
    job = site.run("enqueue", "hello", "-q").stdout.strip()
    assert json.loads(site.run("inspect", job, "-o", "json").stdout)["id"] == job
    assert site.run("inspect", "reserved", "-q").stdout == f"{job}\n"
    assert site.run("tasks", "-q").stdout == "hello\n"
    assert site.run("queues", "-q").stdout == "default\n"
    assert site.run("revoke", job).code == 0
    assert json.loads(site.run("info", job, "-o", "json").stdout)["outcome"] == "cancelled"


def test_a_person_is_told_once_what_it_is_called_here_and_a_script_is_not(site: Home) -> None:
    assert site.run("tasks").stderr == ""
    terminal = Terminal(site, "tasks")
    assert terminal.end() == 0
    assert [line for line in plain(terminal.screen) if "is `qctl" in line] == ["`qctl tasks` is `qctl task list`"]
