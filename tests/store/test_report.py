"""report: changes no state. Progress, and output as it comes."""

from __future__ import annotations

import pytest
import redis

from qctl.store import Reading, Store
from qctl.store.values import OutputReport, ProgressReport
from tests.support.store_seed import SeedWorker, changed, everything, lose, submit

Report = ProgressReport | OutputReport


def report(store: Store, worker: SeedWorker, *reports: Report) -> list[str]:
    return store.do(store.verbs.report(worker.id, reports))


def test_progress_stands_in_the_job_and_nothing_else_is_touched(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, "one")
    worker.take()
    before = everything(store)
    assert report(store, worker, ProgressReport("one", 1, 0.25, "copying a b")) == ["OK"]
    assert changed(before, everything(store)) == {"job:one pg": "0.2500 copying a b"}
    assert (read.job("one").progress, read.job("one").progress_text) == (0.25, "copying a b")
    report(store, worker, ProgressReport("one", 1, None, "almost"))
    assert (read.job("one").progress, read.job("one").progress_text) == (None, "almost")


def test_output_is_readable_while_the_attempt_runs_and_nothing_else_is_touched(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, "one")
    worker.take()
    before = everything(store)

    first, second = report(store, worker, OutputReport("one", 1, 1, 0, b"ab\x00"), OutputReport("one", 1, 1, 3, b"c"))

    assert changed(before, everything(store)) == {"log:one:1": [(b"0", b"ab\x00"), (b"3", b"c")]}
    packed, live = read.output("one", 1)
    assert packed is None
    assert [(one.entry, one.offset, one.chunk) for one in live] == [(first, 0, b"ab\x00"), (second, 3, b"c")]
    assert [one.offset for one in read.output("one", 1, after=first)[1]] == [3]


def test_the_same_output_again_is_not_kept_twice(store: Store, worker: SeedWorker) -> None:
    """Fault 48: the answer was lost, the report is sent again."""
    submit(store, "one")
    worker.take()
    batch = (OutputReport("one", 1, 1, 0, b"ab"), OutputReport("one", 1, 1, 2, b"c"), ProgressReport("one", 1, 1.0))
    answers = report(store, worker, *batch)
    before = everything(store)
    again = report(store, worker, *batch)
    assert again[1] == answers[1]
    assert everything(store) == before


def test_entries_make_room_for_newer_ones(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "one")
    worker.take()
    entries = report(store, worker, *(OutputReport("one", 1, 1, n, b"x") for n in range(4)))
    report(store, worker, OutputReport("one", 1, 1, 4, b"x", drop=tuple(entries[1:3])))
    assert [one.offset for one in read.output("one", 1)[1]] == [0, 3, 4]


def test_the_packed_output_takes_the_place_of_the_live_one(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "one")
    claim = worker.take()
    report(store, worker, OutputReport("one", 1, 1, 0, b"live"))
    worker.complete(claim, log=b"packed")
    assert read.output("one", 1) == (b"packed", [])
    assert everything(store)["output_bytes"] == b"6"


def test_who_lost_the_job_is_fenced_and_changes_nothing(
    store: Store, worker: SeedWorker, other_worker: SeedWorker
) -> None:
    submit(store, "one", "two")
    first, two = worker.claim(2)
    worker.complete(two)
    lose(store, worker)
    other_worker.take()
    before = everything(store)
    late: list[Report] = [ProgressReport("one", first.fence, 1.0), OutputReport("one", first.fence, 1, 0, b"late")]
    ended: list[Report] = [ProgressReport("two", two.fence, 1.0), OutputReport("two", two.fence, 1, 0, b"late")]
    nobody: list[Report] = [ProgressReport("nobody", 1, 1.0)]
    assert report(store, worker, *late, *ended, *nobody) == ["FENCED"] * 5
    assert everything(store) == before


@pytest.mark.damaged("a job's record is deleted")
def test_a_ghost_among_what_runs_gets_no_record(store: Store, worker: SeedWorker, redis_client: redis.Redis) -> None:
    """Fault 81: a report must not bring half a job into being."""
    submit(store, "one")
    worker.take()
    redis_client.delete(store.keys.job("one"))
    before = everything(store)
    assert report(store, worker, ProgressReport("one", 1, 1.0)) == ["FENCED"]
    assert everything(store) == before
