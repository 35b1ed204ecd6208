"""What qctl does not do: it calls nobody but its Redis, fetches nothing, and bundles nothing up for anybody."""

from __future__ import annotations

import ast
import json
import os
import pwd
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import Home
from tests.support.command_line import SOURCE

TASKS = """
[tasks.hello]
run = 'echo hello'
schedule = "0 3 * * *"
"""
#: Standard and well-known modules that speak to somebody over a network. `socket` itself is only for Redis, see below.
CALLERS = {"http", "urllib.request", "ftplib", "smtplib", "imaplib", "poplib", "telnetlib", "xmlrpc", "socketserver"}
CALLERS |= {"requests", "httpx", "aiohttp", "urllib3", "webbrowser"}
#: Tasks that people may call, not parts of qctl: each names its URL itself.
EXAMPLES = "examples"
#: In each process of Python, from its start: notes whom it calls.
HOOK = """
import os, sys
def note(event, args):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        said = repr(args[1] if event in ("socket.connect", "socket.sendto") else args[0])
        with open(os.environ["QCTL_TEST_CALLS"], "a") as calls:
            calls.write(f"{event} {said}\\n")
sys.addaudithook(note)
"""


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


def test_nothing_of_qctl_can_fetch_a_url() -> None:
    """Attacks 53 and 54: a notice goes to a command of yours. There is no webhook with an address."""
    found = {
        f"{file.relative_to(SOURCE)}: {name}"
        for file in (SOURCE / "qctl").rglob("*.py")
        if EXAMPLES not in file.parts
        for name in imported(file)
        if name in CALLERS or name.split(".")[0] in CALLERS
    }
    assert found == set()


def test_a_notice_has_no_url(home: Home) -> None:
    """Attacks 53 and 54: the key is not there, and says what there is."""
    home.write("tasks.toml", '[notify.ops]\nurl = "http://169.254.169.254/"\n')
    answer = home.run("check")
    assert answer.code == 78
    assert "unknown key `url`" in answer.stdout
    assert "command" in answer.stdout


def test_no_process_of_it_calls_anybody_but_redis(home: Home) -> None:
    """Attack 58: no update check, no telemetry. Commands, worker, beat and slots call the socket of our server."""
    home.write("tasks.toml", TASKS)
    home.write("site/sitecustomize.py", HOOK)
    calls = home.work / "calls"
    env = {"PYTHONPATH": f"{home.work}/site:{SOURCE}", "QCTL_TEST_CALLS": str(calls)}
    commands = (
        ("--version",),
        ("check",),
        ("up", "-d", "--name", "w"),
        ("run", "hello", "--wait"),
        ("ps", "-a"),
        ("schedule", "next"),
        ("doctor",),
        ("status",),
        ("top", "--once"),
        ("down", "--now"),
    )
    for words in commands:
        assert home.run_in_earnest(*words, env=env).code in (0, 1), words
    seen = set(calls.read_text().splitlines())
    ours = {f"socket.connect {str(home.state / 'redis.sock')!r}"}
    assert {line for line in seen if "/qctl-runs-" not in line} == ours


def test_who_did_something_is_told_by_his_rights_and_not_by_what_he_says(site: Home) -> None:
    """Attack 60: neither by the environment nor with lines of its own in the feed, which nothing rewrites."""
    env = {"USER": "mallory\nFAKE", "LOGNAME": "mallory", "SUDO_USER": "mallory", "QCTL_BY": "mallory"}
    me = f"{pwd.getpwuid(os.geteuid()).pw_name}@{os.uname().nodename}"
    job = site.run_in_earnest("run", "hello", env=env).stdout.strip()
    before = site.run("events").stdout
    assert site.run_in_earnest("cancel", job, "--reason", "x\nFAKE line", "-y", env=env).code == 0
    shown = site.run("show", job, "-o", "json").stdout
    assert json.loads(shown)["by"] == me
    assert "mallory" not in shown
    after = site.run("events").stdout
    assert after.startswith(before.rstrip("\n").splitlines()[0])
    assert not any(line.startswith("FAKE") for line in (after + site.run("show", job).stdout).splitlines())


@pytest.mark.parametrize("words", [("doctor", "--bundle"), ("bug-report",)])
def test_no_command_bundles_up_what_it_finds(home: Home, words: tuple[str, ...]) -> None:
    """Attack 62: there is none; `doctor` prints, and what it prints has no passwords."""
    assert home.run(*words).code == 2
