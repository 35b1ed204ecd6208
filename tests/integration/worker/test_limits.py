"""Limits over several workers, judged by an outside record of when jobs began and ended."""

from __future__ import annotations

from qctl.model.state import Outcome
from tests.integration.worker.workshop import MARK, Workshop
from tests.support import eventually

RECORD = 'date +"$QCTL_TASK start %s.%N" >> "$RECORD"; sleep {seconds}; date +"$QCTL_TASK end %s.%N" >> "$RECORD"'


def moments(shop: Workshop, word: str) -> list[float]:
    """When jobs began, or ended, by the record; in order."""
    lines = [line.split() for line in shop.record.read_text().splitlines()]
    return sorted(float(at) for _, said, at in lines if said == word)


def most_at_once(shop: Workshop) -> int:
    """How many ran at the same time at most."""
    changes = sorted([(at, 1) for at in moments(shop, "start")] + [(at, -1) for at in moments(shop, "end")])
    level, highest = 0, 0
    for _, step in changes:
        level += step
        highest = max(highest, level)
    return highest


def test_no_more_jobs_of_a_task_run_at_once_than_it_says_however_many_workers_there_are(shop: Workshop) -> None:
    shop.declare(f"[tasks.narrow]\nrun = '''{RECORD.format(seconds=0.05)}'''\nmax_running = 2\n")
    for _ in range(3):
        shop.ready_worker()

    ids = shop.submit_many("narrow", 15)

    for id_ in ids:
        shop.ended(id_)
    assert len(moments(shop, "end")) == 15
    assert most_at_once(shop) == 2


def test_two_tasks_of_one_lock_never_run_beside_each_other(shop: Workshop) -> None:
    """O11: whoever comes second waits."""
    text = RECORD.format(seconds=0.03)
    shop.declare("".join(f"[tasks.{name}]\nrun = '''{text}'''\nlock = 'db'\n" for name in ("dump", "vacuum")))
    for _ in range(3):
        shop.ready_worker()

    ids = shop.submit_many("dump", 6) + shop.submit_many("vacuum", 6)

    for id_ in ids:
        shop.ended(id_)
    assert most_at_once(shop) == 1


def test_who_waits_for_a_lock_longer_than_he_may_is_passed_over(shop: Workshop) -> None:
    """O11: with `expires` the second is skipped."""
    shop.declare(
        f"[tasks.dump]\nrun = '''{MARK}; sleep 60'''\nlock = 'db'\ngrace = '300ms'\n"
        f"[tasks.vacuum]\nrun = '''{MARK}'''\nlock = 'db'\n"
    )
    shop.ready_worker()
    first = shop.submit("dump")
    shop.running(first)

    second = shop.submit("vacuum", expires_ms=100)
    eventually(lambda: shop.read.now_ms() > shop.read.job(second).enqueued_ms + 100)
    shop.store.do(shop.store.verbs.cancel([first], {}))

    assert shop.ended(second).outcome is Outcome.EXPIRED
    assert set(shop.runs()) == {first}


def test_in_no_window_more_attempts_start_than_the_rate_says_retries_counted(shop: Workshop) -> None:
    """Three workers, and every job fails once."""
    text = RECORD.format(seconds=0) + '; test "$QCTL_ATTEMPT" = 2'
    shop.declare(
        f"[tasks.paced]\nrun = '''{text}'''\nrate_limit = '5/s'\nretries = 1\nbackoff = '10ms'\njitter = false\n"
    )
    for _ in range(3):
        shop.ready_worker()

    ids = shop.submit_many("paced", 9)

    for id_ in ids:
        shop.ended(id_)
    starts = moments(shop, "start")
    assert len(starts) == 18
    windows = [later - earlier for earlier, later in zip(starts, starts[5:], strict=False)]
    assert min(windows) > 1.0, "of any six starts the first and the last are more than a second apart"


def test_a_queue_gives_no_more_than_its_own_limits_say(shop: Workshop) -> None:
    shop.declare(f"[queues.default]\nmax_running = 1\n[tasks.any]\nrun = '''{RECORD.format(seconds=0.03)}'''\n")
    for _ in range(3):
        shop.ready_worker()

    ids = shop.submit_many("any", 8)

    for id_ in ids:
        shop.ended(id_)
    assert most_at_once(shop) == 1


def test_a_job_of_a_killed_worker_gives_its_place_back(shop: Workshop) -> None:
    """The one that waited behind it comes first: what was lost is queued anew."""
    shop.declare(f"[tasks.alone]\nrun = '''{MARK}; sleep 60'''\nmax_running = 1\n")
    victim = shop.ready_worker()
    first = shop.submit("alone")
    shop.running(first)
    second = shop.submit("alone")
    shop.ready_worker()

    victim.process.kill()
    victim.process.wait()

    shop.running(second)
    eventually(lambda: shop.read.job(first).parked_by == "task:alone")
    assert shop.read.job(first).losses == 1
