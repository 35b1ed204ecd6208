"""`qctl top` measured on a pseudo-terminal: what forty rows that change at every look cost in bytes and in CPU."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from qctl.store import Store, open_store
from qctl.store.values import Claim, ProgressReport
from tests.support import Home
from tests.support.full_screen import FullScreen
from tests.support.store_seed import SeedWorker, a_job, submit

pytestmark = pytest.mark.bench

ROWS, SECONDS = 40, 20.0


@pytest.fixture
def store(shared_home: Home, redis_url: str) -> Iterator[Store]:
    opened = open_store(redis_url, shared_home.namespace or "qctl")
    yield opened
    opened.close()


def go_on(store: Store, worker: SeedWorker, claims: list[Claim], over: threading.Event) -> None:
    """Let every job come some percent further, each two seconds."""
    done = 0
    while not over.wait(2.0):
        done += 7
        told = [ProgressReport(one.id, one.fence, (done + at) % 100 / 100) for at, one in enumerate(claims)]
        store.do(store.verbs.report(worker.id, told))
        worker.heartbeat()


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_forty_changing_rows_cost_two_kibibytes_a_second_and_little_cpu(shared_home: Home, store: Store) -> None:
    worker = SeedWorker(store).register()
    submit(store, *[a_job(f"load{number:03}") for number in range(ROWS)])
    claims, over = worker.claim(ROWS), threading.Event()
    going = threading.Thread(target=go_on, args=(store, worker, claims, over))
    going.start()
    terminal = FullScreen(shared_home, "top", size=(120, 80))
    try:
        terminal.shows("load039", "%")
        begin, sent, cpu = time.monotonic(), terminal.received, cpu_of(terminal.process.pid)
        while time.monotonic() < begin + SECONDS:
            terminal.read()
        bytes_a_second = (terminal.received - sent) / SECONDS
        share = (cpu_of(terminal.process.pid) - cpu) / SECONDS
        print(f"\n{ROWS} rows at 120x80: {bytes_a_second:,.0f} B/s, {100 * share:.2f} % of a core")
        assert bytes_a_second <= 2048
        assert share <= 0.015
    finally:
        over.set()
        going.join()
        terminal.let_go()
