"""Replies of Redis that break off in their middle, to a `qctl run` and to a `qctl beat` (faults 46 and 49)."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from qctl.model.occurrence import End
from qctl.store import Reading, ScheduleReading, Store
from qctl.store.command import script
from tests.support import Home, eventually
from tests.support.proxy import Proxy

TASKS = """
[tasks.hello]
run = 'echo hello'

[tasks.tick]
run = 'true'
schedule = { cron = "* * * * * *", overlap = "allow" }
"""


@pytest.fixture
def site(shared_home: Home) -> Home:
    shared_home.write("tasks.toml", TASKS)
    return shared_home


@pytest.mark.parametrize("after", [0, 3])
def test_a_run_whose_answer_was_cut_answers_the_id_of_the_one_job(
    site: Home, proxy: Proxy, store: Store, after: int
) -> None:
    """Fault 46: exit code 0, for the job is there."""
    site.run("run", "hello")  # from now on the script of a submit is known, and there is one answer to it
    (before,) = Reading(store).active(10)
    proxy.cut(b"hello", after=after)
    answer = site.run("run", "hello", "-o", "json", env={"QCTL_REDIS": proxy.url})
    assert proxy.cuts_made == 1
    assert answer.code == 0, answer
    assert {job.id for job in Reading(store).active(10)} == {before.id, json.loads(answer.stdout)["id"]}


def test_a_beat_whose_answers_are_cut_fires_each_instant_once(site: Home, proxy: Proxy, store: Store) -> None:
    """Fault 49: what it asks for again has the same ids, and its cursor has moved."""
    proxy.cut(script("fire").sha, times=2)
    proxy.cut(script("fire").sha, times=2, after=5)
    beat = site.start("beat", env={"QCTL_REDIS": proxy.url})
    reading = ScheduleReading(store)
    eventually(lambda: proxy.cuts_made == 4, within=20.0)
    cut_off = len(reading.ledger("tick", 1000))
    eventually(lambda: len(reading.ledger("tick", 1000)) >= cut_off + 2, within=20.0)
    assert beat.stop().code == 0

    rows = [row for row in reading.ledger("tick", 1000) if row.end is End.FIRED]
    assert max(Counter(row.at_ms for row in rows).values()) == 1
    assert {job.id for job in Reading(store).active(1000)} == {row.job for row in rows}
    assert len({row.job for row in rows}) == len(rows)
