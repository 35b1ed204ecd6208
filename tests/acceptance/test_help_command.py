"""`qctl help`: topics, commands and codes; a pager where it is too long; other programs' words explained once."""

from __future__ import annotations

import os

import pytest

from qctl.cli.topics import TOPICS
from tests.support import Home
from tests.support.terminal import Terminal, plain

_PAGER = "sed 's/^/paged: /'"


def test_alone_it_lists_topics_and_where_codes_come_from(home: Home) -> None:
    answer = home.run("help")
    assert (answer.code, answer.stderr) == (0, "")
    for topic in TOPICS:
        assert f"\n  {topic} " in answer.stdout
    assert "Q010-Q029" in answer.stdout
    assert len(answer.stdout.splitlines()) < 24


@pytest.mark.parametrize("words", [["run"], ["queue"], ["queue", "purge"]])
def test_help_of_a_command_is_what_its_flag_says(home: Home, words: list[str]) -> None:
    answer = home.run("help", *words)
    assert (answer.code, answer.stderr) == (0, "")
    assert answer.stdout == home.run(*words, "--help").stdout


def test_a_word_that_is_a_command_and_a_topic_tells_of_both(home: Home) -> None:
    said = home.run("help", "config").stdout
    assert said == f"{home.run('config', '--help').stdout}\n{TOPICS['config']}"
    assert home.run("help", "tasks.toml").stdout == str(TOPICS["config"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["revoke"], "`qctl revoke` is `qctl cancel`\n\nUsage: qctl cancel "),
        (["workers"], "`qctl workers` is `qctl worker list`\n\nUsage: qctl worker list "),
        (["inspect", "active"], "`qctl inspect active` is `qctl ps --state running`\n\nUsage: qctl ps "),
        (["nohup"], "there is no `qctl nohup`: a job outlives the terminal that it was asked from\n\n  qctl run -- "),
        (["crontab"], "When a schedule is due"),
        (["q014"], "Q014\nA key that nobody knows"),
    ],
)
def test_words_of_other_programs_and_codes_are_explained(home: Home, words: list[str], said: str) -> None:
    answer = home.run("help", *words)
    assert (answer.code, answer.stderr) == (0, "")
    assert answer.stdout.startswith(said)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["help", "dats"], 4, "there is no topic dats, did you mean `dates`?"),
        (["help", "Q999"], 4, "there is no topic Q999"),
        (["help", "dates", "today"], 2, "one topic at a time: `today` stands behind dates"),
        (["help", "queue", "prge"], 2, "qctl queue has no `prge`, did you mean `purge`?"),
        (["help", "run", "backup-db"], 2, "qctl run has no `backup-db`"),
        (["queue", "lst"], 2, "qctl queue has no `lst`, did you mean `list`?"),
        (["queue", "show"], 2, "help: qctl queue show --help\n"),
        (["shedule"], 2, "did you mean `qctl schedule`?"),
        (["-l"], 2, "there is no flag -l before the command: `crontab -l` is `qctl schedule list`"),
        (["-e"], 2, "there is no flag -e before the command: `crontab -e` is `qctl schedule edit`"),
        (["celery"], 2, "help: qctl help celery"),
        (["exit-codes"], 2, "help: qctl help exit-codes"),
        (["Q014"], 2, "help: qctl help Q014"),
        (["crontab", "-l"], 2, "`crontab -l` is `qctl schedule list`"),
        (["crontab", "-r"], 2, "qctl schedule rm NAME"),
        (["worker", "-A", "proj"], 2, "no such option: -A: Python tasks are found by `modules` of tasks.toml"),
        (["beat", "-S", "x"], 2, "no such option: -S: schedules stand in tasks.toml"),
        (["--namespce", "x", "ps"], 2, "did you mean `--namespace`?"),
        (["-o", "yaml", "export", "crontab"], 2, "--output is one of table, wide, json, not `yaml`"),
        (["ps", "--limit", "x"], 2, "--limit: a whole number from 1 up, not `x`"),
        (["ps", "-n", "x"], 2, "-n: a whole number from 1 up, not `x`"),
        (["-A", "proj", "worker"], 2, "Python tasks are found by `modules` of tasks.toml"),
        (["--broker=x", "ps"], 2, "a broker is the Redis that `--redis` names"),
    ],
)
def test_what_is_mistyped_is_told_what_to_type(home: Home, words: list[str], code: int, said: str) -> None:
    answer = home.run(*words)
    assert (answer.code, answer.stdout) == (code, "")
    assert said in answer.stderr
    assert "  help: " in answer.stderr or "did you mean" in answer.stderr


@pytest.mark.parametrize(
    ("words", "variables", "paged"),
    [
        (["help", "environment"], {"PAGER": _PAGER}, True),
        (["help", "run"], {"PAGER": _PAGER}, True),
        (["help", "Q014"], {"PAGER": _PAGER}, False),
        (["help", "environment", "--no-pager"], {"PAGER": _PAGER}, False),
        (["help", "environment"], {"PAGER": _PAGER, "QCTL_NO_PAGER": "1"}, False),
        (["help", "environment"], {"PAGER": ""}, False),
        (["help", "environment"], {"PAGER": "nothing-of-this-name"}, False),
        (["help", "environment"], {"PAGER": _PAGER, "TERM": "dumb"}, False),
        (["run", "--help"], {"PAGER": _PAGER}, True),
        (["--help"], {"PAGER": _PAGER}, True),
        (["run", "--help", "--no-pager"], {"PAGER": _PAGER}, False),
        (["run", "--help"], {"PAGER": _PAGER, "QCTL_NO_PAGER": "1"}, False),
        (["wait", "--help"], {"PAGER": _PAGER, "QCTL_OUTPUT": "nonsense"}, True),
    ],
)
def test_a_pager_shows_what_is_longer_than_the_screen(
    home: Home, words: list[str], variables: dict[str, str], paged: bool
) -> None:
    terminal = Terminal(home, *words, extra=variables)
    assert terminal.end() == 0
    lines = [line for line in plain(terminal.screen) if line.strip()]
    assert ("paged: " in terminal.screen) is paged
    assert len(lines) > 2


def test_a_pager_may_be_interrupted_and_qctl_waits_for_its_end(home: Home) -> None:
    pager = "trap 'echo heard' INT; cat > /dev/null; echo ready; read word < /dev/tty; echo 'and ended'"
    terminal = Terminal(home, "help", "environment", extra={"PAGER": pager})
    terminal.wait_for("ready")
    terminal.press(b"\x03")
    terminal.wait_for("heard")
    terminal.press(b"\r")
    assert terminal.end() == 0
    assert "and ended" in terminal.screen


def test_a_pager_that_is_left_early_is_no_failure(home: Home) -> None:
    terminal = Terminal(home, "help", "config", extra={"PAGER": "head -1"})
    assert terminal.end() == 0
    assert len(plain(terminal.screen)) <= 2


@pytest.mark.parametrize("words", [["run", "--help"], ["--help"], ["help", "config"], ["help", "Q014"]])
def test_help_is_as_wide_as_a_narrow_terminal(home: Home, words: list[str]) -> None:
    terminal = Terminal(home, *words, columns=40, extra={"PAGER": ""})
    assert terminal.end() == 0
    assert max(map(len, plain(terminal.screen))) <= 40


@pytest.mark.parametrize("words", [["nohup", "make"], ["-l"]])
def test_what_a_word_is_here_is_folded_on_a_terminal(home: Home, words: list[str]) -> None:
    terminal = Terminal(home, *words)
    assert terminal.end() == 2
    lines = plain(terminal.screen)
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("  ") and "help: " not in line for line in lines)


def test_the_words_of_a_noun_fit_a_terminal_and_none_is_hidden(home: Home) -> None:
    said = home.run("schedule", "xyz").stderr
    assert max(map(len, said.splitlines())) <= 80
    assert "its words: next list history missed run-now enable disable add rm edit\n" in said


def test_an_empty_word_lists_the_topics(home: Home) -> None:
    assert home.run("help", "").stdout == home.run("help").stdout


def test_off_a_terminal_there_is_no_pager(home: Home) -> None:
    assert "paged: " not in home.run("help", "environment", env={"PAGER": _PAGER}).stdout


def _told(home: Home, *words: str) -> list[str]:
    terminal = Terminal(home, *words)
    terminal.end()
    return [line for line in plain(terminal.screen) if "is `qctl" in line]


def test_each_word_is_explained_once_to_each_user(home: Home) -> None:
    home.write("tasks.toml", "[tasks.hello]\nrun = 'true'\n")
    assert _told(home, "tasks") == ["`qctl tasks` is `qctl task list`"]
    assert _told(home, "tasks") == []
    assert _told(home, "task", "ls") == ["`qctl task ls` is `qctl task list`"]
    assert _told(home, "task", "ls") == []
    remembered = home.folder / "cache" / "qctl" / "told-words"
    assert (remembered.read_text(), remembered.stat().st_mode & 0o777) == ("tasks\ntask ls\n", 0o600)
    assert remembered.parent.stat().st_mode & 0o777 == 0o700


def test_where_nothing_can_be_remembered_a_word_is_explained_each_time_and_nothing_fails(home: Home) -> None:
    home.write("tasks.toml", "[tasks.hello]\nrun = 'true'\n")
    (home.folder / "cache").write_text("a file in the way")
    for _ in range(2):
        assert _told(home, "tasks") == ["`qctl tasks` is `qctl task list`"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root writes to a home of others")
def test_root_leaves_nothing_in_the_home_of_another(home: Home) -> None:
    """As by `sudo -E`: the owner could never add to a file of root's."""
    home.write("tasks.toml", "[tasks.hello]\nrun = 'true'\n")
    os.chown(home.folder, 65534, 65534)
    assert len(_told(home, "tasks")) == 1
    assert not (home.folder / "cache").exists()


def test_a_link_in_the_place_of_what_is_remembered_is_not_followed(home: Home) -> None:
    home.write("tasks.toml", "[tasks.hello]\nrun = 'true'\n")
    folder = home.folder / "cache" / "qctl"
    folder.mkdir(parents=True)
    (folder / "told-words").symlink_to(home.folder / "else")
    assert len(_told(home, "tasks")) == 1
    assert not (home.folder / "else").exists()
