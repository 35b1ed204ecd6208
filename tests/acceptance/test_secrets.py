"""Secrets, from the shell to the store and back: attacks 33, 34 and 35."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
import redis

from tests.support import Home, written
from tests.support.terminal import Terminal

TOKEN = "tok-7h15-15-53cr37"
TASKS = f"""
[tasks.login]
run = 'echo "using $token"; printf %s "$token" > "$mark"; while test -e "$mark.wait"; do sleep 0.02; done'
params.token = {{ secret = true }}
params.mark = {{ type = "path" }}

[tasks.fails]
run = 'echo "$token is wrong" >&2; exit 3'
params.token = {{ secret = true }}

[tasks.inner]
run = 'printf %s "$token" | {sys.executable} -m qctl run login token=@- "mark=$mark"'
params.token = {{ secret = true }}
params.mark = {{ type = "path" }}
env = {{ PYTHONPATH = "{Path(__file__).parents[2]}" }}

[tasks.many]
run = 'true'
unique = "params"
params.token = {{ secret = true }}
"""


@pytest.fixture
def mark(manned: Home) -> Path:
    return manned.work / "mark"


def everything_in(server: redis.Redis) -> bytes:
    """Every key of the server, as it stands in its files."""
    return b"".join((server.dump(key) or b"") + key for key in server.scan_iter())


def command_lines() -> str:
    """Every command line of this machine."""
    found = []
    for name in os.listdir("/proc"):
        try:
            found.append(Path(f"/proc/{name}/cmdline").read_text(errors="replace"))
        except OSError:
            continue
    return "\n".join(found)


def test_a_secret_reaches_its_job_and_nothing_else(manned: Home, mark: Path, redis_client: redis.Redis) -> None:
    """Attack 35: no listing, document, event or process list has it; while it waits one key has, after its end none."""
    wait = mark.with_suffix(".wait")
    wait.touch()
    job = manned.run("run", "login", "token=@-", f"mark={mark}", input=TOKEN + "\n").stdout.strip()

    assert written(mark) == TOKEN
    assert TOKEN not in command_lines()
    assert [key for key in redis_client.scan_iter() if TOKEN.encode() in (redis_client.dump(key) or b"")] == [
        key for key in redis_client.scan_iter() if b":secret:" in key
    ]
    wait.unlink()
    assert manned.run("wait", job).code == 0

    commands = [["show", job], ["show", job, "-o", "json"], ["history"], ["history", "-o", "json"], ["logs", job]]
    commands += [["events", "-o", "jsonl"], ["ps", "-a", "-o", "wide"], ["task", "show", "login", "-o", "json"]]
    for words in commands:
        answer = manned.run(*words)
        assert answer.code == 0
        assert TOKEN not in answer.stdout + answer.stderr
    assert manned.run("logs", job).stdout == "using ***\n"
    assert json.loads(manned.run("show", job, "-o", "json").stdout)["params"] == {"token": "***", "mark": str(mark)}
    assert TOKEN.encode() not in everything_in(redis_client)


@pytest.mark.parametrize("word", [f"token={TOKEN}", f'token:="{TOKEN}"'])
def test_a_secret_on_the_command_line_is_refused(site: Home, word: str) -> None:
    """Attack 33: everybody reads command lines. The advice works as it stands, and does not repeat the secret."""
    answer = site.run("run", "fails", word)

    assert answer.code == 2
    assert TOKEN not in answer.stderr
    assert "fails: parameter `token` is secret, and every user of this machine can read a command line" in answer.stderr
    assert "qctl run fails token=@FILE, or token=@- to read it from stdin" in answer.stderr


def test_at_a_terminal_it_is_asked_for_and_not_shown(manned: Home, mark: Path) -> None:
    terminal = Terminal(manned, "run", "login", f"mark={mark}", "--wait")
    terminal.wait_for("login: token (not shown): ")
    terminal.press(f"{TOKEN}\n".encode())

    assert terminal.end() == 0
    assert TOKEN not in terminal.screen
    assert mark.read_text() == TOKEN


def test_without_a_terminal_a_missing_secret_says_how_to_give_it(site: Home) -> None:
    answer = site.run("run", "fails")

    assert answer.code == 2
    assert "qctl run fails token=@FILE" in answer.stderr


def test_a_job_that_has_ended_cannot_run_again_without_its_secret(manned: Home) -> None:
    job = manned.run("run", "fails", "token=@-", input=TOKEN).stdout.strip()
    assert manned.run("wait", job).code == 3
    assert manned.run("logs", job).stdout == "*** is wrong\n"

    for words in (["retry", job], ["retry", job, "--new"]):
        again = manned.run(*words)
        assert again.code == 5
        assert f"{job} cannot run again: its secret token went with its end" in again.stderr
    assert manned.run("retry", job, "--dry-run").stdout.startswith(f"{job} fails: not queued")


def test_the_way_to_run_it_again_gives_its_secret_again(manned: Home, mark: Path) -> None:
    failed = manned.run("run", "fails", "token=@-", "-w", input=TOKEN)
    assert failed.stderr.splitlines()[-1].endswith(" · again: qctl run fails token=@FILE")
    assert "Next       qctl run fails token=@FILE · qctl logs" in manned.run("show", "@last").stdout
    assert manned.run("run", "login", "token=@-", f"mark={mark}", "-w", input=TOKEN).code == 0
    assert "qctl run login token=@FILE …\n" in manned.run("show", "@last").stdout
    assert "Run it      qctl run fails token=@FILE\n" in manned.run("task", "show", "fails").stdout


@pytest.mark.parametrize("words", [["many"], ["many", "token={}"]])
def test_a_line_that_is_read_may_be_a_secret(site: Home, words: list[str]) -> None:
    """Neither a file nor stdin is a command line."""
    planned = site.run("run", *words, "--each", "-", "--dry-run", "-o", "json", input=f"{TOKEN}\n")
    assert [plan["params"] for plan in json.loads(planned.stdout)["items"]] == [{"token": "***"}]
    answer = site.run("run", *words, "--each", "-", input=f"{TOKEN}\n")
    assert (answer.code, len(answer.stdout.split())) == (0, 1), answer


def test_a_secret_of_which_a_part_is_on_the_command_line_is_refused(site: Home) -> None:
    answer = site.run("run", "many", "token=prefix-{}", "--each", "-", input=f"{TOKEN}\n")
    assert (answer.code, "every user of this machine can read a command line" in answer.stderr) == (2, True)


def test_a_job_may_submit_one_without_knowing_that_it_is_secret(
    manned: Home, mark: Path, redis_client: redis.Redis
) -> None:
    """A job runs in its user's home, where no tasks.toml is found: its worker knows which parameters are secret."""
    outer = manned.run("run", "inner", "token=@-", f"mark={mark}", "--wait", input=TOKEN)

    assert outer.code == 0
    inner = outer.stdout.strip()
    assert manned.run("wait", inner).code == 0
    assert mark.read_text() == TOKEN
    assert json.loads(manned.run("show", inner, "-o", "json").stdout)["params"]["token"] == "***"
    assert TOKEN.encode() not in everything_in(redis_client)


def test_a_machine_without_the_file_learns_from_the_workers_what_is_secret(
    manned: Home, mark: Path, redis_client: redis.Redis
) -> None:
    elsewhere = manned.folder / "elsewhere"
    elsewhere.mkdir()

    answer = manned.run("run", "login", "token=@-", f"mark={mark}", "--wait", "-o", "json", input=TOKEN, cwd=elsewhere)

    assert answer.code == 0
    assert json.loads(answer.stdout)["params"]["token"] == "***"
    assert mark.read_text() == TOKEN
    assert TOKEN.encode() not in everything_in(redis_client)


def test_what_makes_a_job_unique_does_not_depend_on_its_secrets(site: Home) -> None:
    """Else the name that says so could be tried out against a list of likely ones."""
    assert site.run("run", "many", "token=@-", input="first-token").code == 0
    assert site.run("run", "many", "token=@-", input="second-token").code == 5


def test_a_dry_run_shows_that_there_is_one(site: Home) -> None:
    answer = site.run("run", "fails", "token=@-", "--dry-run", "-o", "json", input=TOKEN)

    assert json.loads(answer.stdout)["params"] == {"token": "***"}


def test_a_secret_in_the_words_of_exec_is_an_error(home: Home) -> None:
    """Attack 33: a command's words are what every user can read."""
    home.write("tasks.toml", '[tasks.t]\nexec = ["curl", "-H", "X: {token}"]\nparams.token = { secret = true }')

    answer = home.run("check")

    assert answer.code == 78
    assert "error[Q027]: the secret `token` would stand in the process list, in `exec` of task `t`" in answer.stdout
