"""Completion in the real bash, zsh and fish, on a terminal: what is typed, Tab, and what the shell makes of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from qctl.store import open_store
from tests.support import Home, PrivateRedis
from tests.support.shells import SHELLS, Shell, is_installed
from tests.support.store_seed import a_job, submit

TASKS = r"""
[tasks.backup-db]
doc = "Dump: the main database"
run = "true"
params.keep = { type = "int", default = 14, help = "days" }
params.mode.default = "fast"
params.mode.choices = ["fast", "two words", "d$(touch pwned)\"; `x` 'q'", "\u001b]0;owned\u0007"]

[tasks.gzip]
run = "true"
doc = "\u001b]0;owned\u0007 packs"

[queues.batch]
"""


@pytest.fixture(scope="module")
def site(redis_server: PrivateRedis) -> Iterator[Home]:
    """A folder with tasks and files, over a Redis with two jobs; all tests of the module share it."""
    home = Home(redis_server.url, "completion")
    home.write("tasks.toml", TASKS)
    home.write("file name.txt", "")
    home.write("broken/tasks.toml", "[tasks")
    store = open_store(redis_server.url, "completion")
    submit(store, a_job("0abc1234", "backup-db", b'{"task":"backup-db"}'), a_job("0xyz1234", queue="archive"))
    store.close()
    home.run("task", "list")
    yield home
    assert home.remove() == []


@pytest.fixture(scope="module", params=SHELLS)
def shell(site: Home, request: pytest.FixtureRequest) -> Iterator[Shell]:
    name = str(request.param)
    if not is_installed(name):
        pytest.skip(f"{name} is not installed here; CI installs it")
    opened = Shell(name, site)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("qctl ru", "run"),
        ("qctl queue pa", "queue pause"),
        ("qctl ps --st", "ps --state"),
        ("qctl ps --state fai", "ps --state failed"),
        ("qctl ps --state=fai", "ps --state=failed"),
        ("qctl -o js", "-o json"),
        ("qctl check -o sa", "check -o sarif"),
        ("qctl run backup-db --if-exists repl", "run backup-db --if-exists replace"),
        ("qctl help exit-co", "help exit-codes"),
        ("qctl help queue pu", "help queue purge"),
        ("qctl help Q01", "help Q01"),
        ("qctl --no-in", "--no-input"),
        ("qctl enq", "enq"),
        ("qctl install systemd --us", "install systemd --user"),
    ],
)
def test_commands_options_and_their_choices_are_completed(shell: Shell, typed: str, words: str) -> None:
    assert shell.completed(typed) == ["qctl", *words.split()]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("qctl ps --tree --tre", "ps --tree --tre"),
        ("qctl run -Q batch --queu", "run -Q batch --queu"),
        ("qctl history --limit=3 --lim", "history --limit=3 --lim"),
        ("qctl ps -o json --outp", "ps -o json --outp"),
        ("qctl -o json ps --outp", "-o json ps --outp"),
        ("qctl --output=json queue --utc list --ut", "--output=json queue --utc list --ut"),
        ("qctl run --label a=b --lab", "run --label a=b --label"),
        ("qctl history --state failed --sta", "history --state failed --state"),
    ],
)
def test_an_option_that_stands_in_the_line_is_offered_again_only_where_it_may_stand_twice(
    shell: Shell, typed: str, words: str
) -> None:
    """Under none of its names; and there it is no more than what is already typed."""
    assert shell.completed(typed) == ["qctl", *words.split()]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("qctl run b", "run backup-db"),
        ("qctl -o json run b", "-o json run backup-db"),
        ("qctl enqueue b", "enqueue backup-db"),
        ("qctl run --queue batch b", "run --queue batch backup-db"),
        ("qctl run backup-db k", "run backup-db keep="),
        ("qctl run backup-db mode=f", "run backup-db mode=fast"),
        ("qctl run backup-db keep=3 m", "run backup-db keep=3 mode="),
        ("qctl wait @last:g", "wait @last:gzip"),
        ("qctl history task:g", "history task:gzip"),
    ],
)
def test_tasks_and_their_parameters_are_completed(shell: Shell, typed: str, words: str) -> None:
    assert shell.completed(typed) == ["qctl", *words.split()]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("qctl logs 0ab", "logs 0abc1234"),
        ("qctl logs -f --lines 3 0ab", "logs -f --lines 3 0abc1234"),
        ("qctl cancel 0x", "cancel 0xyz1234"),
        ("qctl show @la", "show @last"),
        ("qctl queue pause arc", "queue pause archive"),
        ("qctl run backup-db -Q ba", "run backup-db -Q batch"),
        ("qctl ps queue:arc", "ps queue:archive"),
        ("qctl ps -sta", "ps -sta"),
        ("qctl ps -- -sta", "ps -- -state:"),
        ("qctl queue pause archive arc", "queue pause archive arc"),
        ("qctl --redis unix:///nowhere.sock logs 0ab", "--redis unix:///nowhere.sock logs 0ab"),
        ("qctl --redis unix:///nowhere.sock queue pause ba", "--redis unix:///nowhere.sock queue pause batch"),
    ],
)
def test_what_redis_knows_is_completed_and_without_it_nothing_is_said(shell: Shell, typed: str, words: str) -> None:
    shell.completes(typed, ["qctl", *words.split()])


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("qctl run 'backup-db | g", ["run", "backup-db | gzip"]),
        ('qctl run "[gzip, b', ["run", "[gzip, backup-db"]),
        ("qctl run backup-db mode=tw", ["run", "backup-db", "mode=two words"]),
        ("qctl run backup-db mode=d", ["run", "backup-db", "mode=d$(touch pwned)\"; `x` 'q'"]),
        ("qctl --file fil", ["--file", "file name.txt"]),
        ("qctl import crontab fil", ["import", "crontab", "file name.txt"]),
        ("qctl run -- ls fil", ["run", "--", "ls", "file name.txt"]),
        ("qctl run backup-db keep=fil", ["run", "backup-db", "keep=file name.txt"]),
        ("qctl run backup-db keep=@fil", ["run", "backup-db", "keep=@file name.txt"]),
        ("qctl -C broken run b", ["-C", "broken", "run", "b"]),
    ],
)
def test_quotes_blanks_and_signs_are_those_of_one_word(shell: Shell, site: Home, typed: str, words: list[str]) -> None:
    assert shell.completed(typed) == ["qctl", *words]
    assert not (site.work / "pwned").exists()


def test_a_redis_that_is_stopped_is_passed_over_in_silence_while_it_is(
    shell: Shell, redis_server: PrivateRedis
) -> None:
    """The prompt is back before Redis has said a word; what the file knows is offered nevertheless."""
    os.kill(redis_server.pid, signal.SIGSTOP)
    try:
        assert shell.completed("qctl logs 0ab") == ["qctl", "logs", "0ab"]
        assert shell.completed("qctl queue pause ba") == ["qctl", "queue", "pause", "batch"]
    finally:
        os.kill(redis_server.pid, signal.SIGCONT)
    shell.completes("qctl logs 0ab", ["qctl", "logs", "0abc1234"])


def test_a_word_in_the_middle_of_a_line_is_completed(shell: Shell) -> None:
    to_the_left = "\x1b[D" * len(" ba keep=3")
    assert shell.completed(f"qctl ru ba keep=3{to_the_left}") == ["qctl", "run", "ba", "keep=3"]
    assert shell.completed("qctl run ba keep=3" + "\x1b[D" * len(" keep=3")) == ["qctl", "run", "backup-db", "keep=3"]


LOADED_BY_HAND = {
    "bash": "bind 'set enable-bracketed-paste off'; source <(qctl completion bash)",
    "zsh": "unset zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; source <(qctl completion zsh)",
    "fish": "qctl completion fish | source",
}


def test_the_script_can_be_loaded_into_the_shell_at_hand(shell: Shell, site: Home) -> None:
    another = Shell(shell.name, site, LOADED_BY_HAND[shell.name])
    try:
        assert another.completed("qctl run b") == ["qctl", "run", "backup-db"]
    finally:
        another.close()


def test_what_may_follow_is_listed_with_what_it_is(shell: Shell) -> None:
    shell.lists("qctl r", "retry", "run ended jobs again", "rm")
    shell.lists("qctl logs ", "0abc1234", "backup-db queued", "@last")
    shell.lists("qctl run backup-db ", "keep=", "days")


def test_text_of_tasks_does_not_drive_the_terminal(shell: Shell) -> None:
    said = shell.lists("qctl run ", "backup-db", "Dump: the main database", "^[]0;owned^G packs")
    said += shell.lists("qctl run backup-db mode=", "fast")
    assert "\x1b]0;owned" not in said
