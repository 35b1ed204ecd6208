"""A job prints what no terminal should be given, and the terminal of its worker goes away."""

from __future__ import annotations

import json

from tests.support import Home, eventually
from tests.support.terminal import Terminal

TASKS = r"""
[tasks.noise]
run = '''
head -c 100000 /dev/urandom
printf '\n'
head -c 3000000 /dev/zero | tr '\0' x
printf '\033[31mred \033]0;owned\007 nul \000 no utf \377\376 end\n'
exit 3
'''
[tasks.hello]
run = "echo hello"
"""
END = b"\x1b[31mred \x1b]0;owned\x07 nul \x00 no utf \xff\xfe end\n"


def test_bytes_of_any_kind_are_kept_as_they_are_and_drive_no_terminal(manned: Home) -> None:
    """Fault 26: raw to a file, escaped to a person, valid in JSON, whatever command shows them."""
    job = manned.run("run", "noise").stdout.strip()
    assert manned.run("wait", job, "--timeout", "30s").code == 3

    raw = manned.run("logs", job).stdout.encode("utf-8", "surrogateescape")
    assert raw.endswith(END)
    for words in (("logs", job, "-o", "jsonl"), ("show", job, "-o", "json"), ("errors", "-o", "json")):
        told = manned.run(*words)
        assert told.code == 0, words
        for text in told.stdout.splitlines():
            json.loads(text)
    for shown in (("logs", job), ("show", job), ("errors",)):
        terminal = Terminal(manned, *shown, "--color", "never", "--no-pager")
        terminal.end()
        assert "\x1b]0;owned" not in terminal.screen, shown
        assert "\x1b[31m" not in terminal.screen, shown
        assert "\x00" not in terminal.screen, shown
        assert "Traceback" not in terminal.screen, shown


def test_a_worker_goes_on_when_its_terminal_is_closed(site: Home) -> None:
    """Fault 8: the hang-up is its SIGHUP, which reloads, and what it would say there is lost."""
    terminal = Terminal(site, "worker", "--name", "one", "-c", "1")
    eventually(lambda: site.run("worker", "list", "-q").stdout == "one\n", within=15.0)

    terminal.hang_up()

    try:
        assert site.run("run", "hello", "--wait", "--timeout", "20s").stdout == "hello\n"
        assert terminal.process.poll() is None
        assert site.run("worker", "stop", "one").code == 0
        assert terminal.process.wait(15) == 0
    finally:
        terminal.process.kill()
        terminal.process.wait()
