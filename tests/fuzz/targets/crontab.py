"""Crontabs: no line of one is lost, and what an import writes is TOML that qctl reads, and exports as it was."""

from __future__ import annotations

import os
from typing import Final

from qctl.cli.crontabs.commenting import MARK, commented
from qctl.config import load
from qctl.config.crontab import Circumstances, Draft, Origin, draft_anacrontab, draft_table, render, share_locks
from qctl.config.problems import BadFile
from qctl.model.crontab import (
    CRONIE,
    DEBIAN,
    as_crontab_command,
    as_shell_text,
    read_anacrontab,
    read_table,
    split_command,
)
from qctl.model.crontab.table import numbered
from qctl.model.crontab.variables import read_variable
from tests.fuzz.target import ROOT, Target, as_text, literals

_FILE: Final = "/nowhere/tasks.toml"
_LONG: Final = 8192  #: bytes; of more the writing is as long as all tables of the tasks, and says nothing new
_ANACRON, _USERS, _CRONIE, _MODERNISE = 1, 2, 4, 8


def target(data: bytes) -> None:
    first, text = (data[0] if data else 0), as_text(data[1:])
    daemon = CRONIE if first & _CRONIE else DEBIAN
    about = Circumstances(daemon=daemon, timezone="Europe/Berlin", modernise=bool(first & _MODERNISE))
    origin, draft = Origin(label="crontab", owner="ana"), Draft()
    said = dict(numbered(text))
    if first & _ANACRON:
        periods, bad, notes = read_anacrontab(text)
        numbers = [*(one.number for one in periods), *(one.number for one in bad)]
        variables = {number for number, line in said.items() if read_variable(line.lstrip(), empty=True)}
        draft_anacrontab(draft, periods, bad, notes, origin, about)
    else:
        table = read_table(text, daemon, users=bool(first & _USERS))
        numbers = [*(one.number for one in table.lines), *(one.number for one in table.bad)]
        variables = {number for number, line in said.items() if read_variable(line.lstrip(" \t"), empty=True)}
        draft_table(draft, table, origin, about)
        for line in table.lines:
            _command(line.command)
    assert sorted(numbers) == sorted(set(numbers)), "a line that was read twice"
    assert set(said) - variables <= set(numbers) <= set(said), "a line was lost"
    assert len(draft.tasks) + len(draft.bad) == len(numbers), "a line became nothing"
    share_locks(draft, about)
    if len(data) > _LONG:
        return
    _what_is_written_can_be_read(draft)
    _others_stay(text, {task.number for task in draft.tasks})


def _command(text: str) -> None:
    command, stdin = split_command(text)
    shell = as_shell_text(command, stdin)
    again = as_crontab_command(shell)
    assert again is None or as_shell_text(*split_command(again)) == shell, (text, again)


def _what_is_written_can_be_read(draft: Draft) -> None:
    text = render(draft, "a crontab", "qctl import crontab")
    try:
        config = load(_FILE, {os.path.realpath(_FILE): text})
    except BadFile as refused:
        if len(text) > 100_000:
            return
        raise AssertionError(f"{refused}\n{text}") from refused
    assert set(config.tasks) == {task.name for task in draft.tasks}, (config.problems, text)
    for task in draft.tasks:
        assert config.tasks[task.name].enabled == (not task.reason)
        assert config.tasks[task.name].run == task.keys["run"]


def _others_stay(text: str, gone: set[int]) -> None:
    before, after = text.split("\n"), commented(text, gone).split("\n")
    for number, (old, new) in enumerate(zip(before, after, strict=True), 1):
        assert new == (f"{MARK}{old}" if number in gone else old)


def seeds() -> list[bytes]:
    data = [(ROOT / "tests/data" / name).read_bytes() for name in ("crontab.user", "crontab.system")]
    lines = [line for file in data for line in file.splitlines(keepends=True)]
    found = [*data, *lines, *literals("tests/unit/crontab")]
    return [bytes([place % 16]) + seed for place, seed in enumerate(found)]


CRONTAB: Final = Target(
    name="crontab",
    run=target,
    seeds=seeds,
    pieces=(
        *(
            b"* * * * * ",
            b"* * * * * x\n",
            b"@daily ",
            b"@reboot ",
            b"*/5 ",
            b"1-5 ",
            b"0~30 ",
            b"mon ",
            b"root ",
            b"-n ",
            b"-",
            b"\n",
        ),
        *(b"\t", b" ", b"\r\n", b"%", b"\\%", b"\\", b"#", b"=", b"'", b'"', b"PATH=/bin\n", b"SHELL=/bin/sh\n"),
        *(b"MAILTO=ana\n", b'MAILTO=""\n', b"CRON_TZ=UTC\n", b"RANDOM_DELAY=5\n", b"HOME=/\n", b"A=", b"1 5 backup "),
        *(b"flock -n /run/x ", b"timeout 5m ", b"timeout 9", b"sleep $((RANDOM \\% 60)); ", b">> /var/log/x 2>&1"),
        *(
            b"cd /srv && ",
            b"curl https://x",
            b"sudo -u ana ",
            b"sh -c '",
            b"&",
            b";",
            b"|",
            b"(",
            b")",
            b"START_HOURS_RANGE=3-22\n",
        ),
        *(b"\xd9\xa3", b"\xff", b"\0", b"\x1b", b"\xe2\x80\xa8", b"'''", b"9" * 30),
    ),
    heads=(
        b"\0",
        b"\0* * * * * x ",
        b"\x08* * * * * flock ",
        b"\x08* * * * * timeout 5 x ",
        b"\0* * * * * '",
        b"\x011 5 x y ",
        b"\0A=",
    ),
)
