"""The embedded server is killed again and again while jobs are submitted: what was acknowledged is there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any, Final
from unittest.mock import patch

from qctl.store import Command, open_store
from qctl.store.embedded import ensure, running, stop
from tests.support import Home, chosen_server, eventually

SUBMITTERS: Final = 3
BETWEEN: Final = (1, 40)  #: jobs that are acknowledged between two kills
_SUBMIT: Final = """
import os, sys
from qctl import Qctl
from qctl.errors import QctlError

record = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND)
while True:
    try:
        job = Qctl().send("noop")
    except QctlError as error:  # nobody knows whether there is such a job now, or it was refused
        print(error, file=sys.stderr)
        continue
    os.write(record, job.id.encode() + b"\\n")
"""


def killed_servers(seed: int, kills: int) -> dict[str, Any]:
    """Kill the server so often. Answers how many acknowledged jobs are not there afterwards."""
    with patch.dict(os.environ, QCTL_REDIS_SERVER=os.fspath(chosen_server())):
        return _killed_servers(seed, kills)


def _killed_servers(seed: int, kills: int) -> dict[str, Any]:
    home = Home()
    home.write("tasks.toml", '[tasks.noop]\nrun = "true"\n')
    record = home.folder / "acknowledged"
    record.touch()
    command = [sys.executable, "-c", _SUBMIT, os.fspath(record)]
    log = (home.folder / "submitters.log").open("wb")
    began = time.monotonic()
    ensure(home.state)
    submitters = [
        subprocess.Popen(command, env=home.environment(), cwd=home.work, stdin=subprocess.DEVNULL, stderr=log)
        for _ in range(SUBMITTERS)
    ]
    try:
        _kill_often(home.state, record, Random(seed), kills)
        for one in submitters:
            one.kill()
            one.wait()
        return {"kills": kills, "seconds": round(time.monotonic() - began, 1)} | _compared(home.state, record)
    finally:
        for one in submitters:
            one.kill()
            one.wait()
        log.close()
        stop(home.state)
        home.remove()


def _kill_often(state: Path, record: Path, dice: Random, kills: int) -> None:
    for _ in range(kills):
        enough = len(_acknowledged(record)) + dice.randint(*BETWEEN)
        eventually(lambda least=enough: len(_acknowledged(record)) >= least, within=60.0, every=0.002)  # type: ignore[misc]
        server = eventually(lambda: running(state), within=30.0)
        assert server is not None
        os.kill(server.pid, signal.SIGKILL)


def _compared(state: Path, record: Path) -> dict[str, Any]:
    store = open_store(ensure(state), "qctl", timeout=10.0)
    try:
        sent = _acknowledged(record)
        lost: list[str] = []
        for at in range(0, len(sent), 500):
            part = sent[at : at + 500]
            there = store.do_all([Command(("EXISTS", store.keys.job(id_)), int) for id_ in part])
            lost += [id_ for id_, is_there in zip(part, there, strict=True) if not is_there]
        waiting = store.do(Command(("ZCARD", store.keys.ready("default")), int))
    finally:
        store.close()
    return {"acknowledged": len(sent), "unacknowledged": waiting - len(sent), "lost": len(lost), "found": lost[:8]}


def _acknowledged(record: Path) -> list[str]:
    return record.read_text().split()
