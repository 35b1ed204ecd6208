"""The parts of a look beside the jobs: how the instance is, rates, errors, schedules, events, one job, its output."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import redis

from qctl.client import Client
from qctl.client.flow import read_flow
from qctl.client.watching import Want
from qctl.client.watching.looking import Looker
from qctl.model.output import Chunk, encode_chunks, pack
from qctl.store import Store
from qctl.store.values import OutputReport
from tests.support.schedule_seed import NAME, SeedBeat
from tests.support.store_seed import SeedWorker, a_job, a_record, end_long_ago, submit
from tests.support.workflow_seed import Crew, a_workflow, chain, send


def test_how_an_instance_is_agrees_with_what_status_tells(
    store: Store, worker: SeedWorker, looker: Looker, client: Client
) -> None:
    submit(store, "one", "two", a_job("later", queue="batch", delay_ms=60_000), a_job("b", queue="batch"))
    worker.bury(worker.take())
    worker.take([("default", 1)])
    client.queueing.pause(["batch"], "a reason", "ana", None)
    SeedWorker(store, "w2").register()
    store.do(store.verbs.unregister("w2"))
    looker.look(Want())
    SeedWorker(store, "w3").register()
    seen, told = looker.look(Want()).health, client.health()
    assert seen is not None
    assert (seen.workers, seen.gone, seen.queues) == (told.workers, told.gone, told.queues)
    assert (seen.unread, dict(seen.paused)) == (told.unread, told.paused)
    assert (seen.running, seen.ready, seen.redis_version) == (1, 1, told.redis_version)
    assert looker.look(Want()).rates is not None
    assert Looker(client).look(Want()).health.failed_last_day == told.failed_last_day == 1  # type: ignore[union-attr]


def test_queues_workers_and_jobs_that_come_and_go_are_seen_at_the_next_look(store: Store, looker: Looker) -> None:
    looker.look(Want())
    worker = SeedWorker(store, "new").register()
    submit(store, a_job("one", queue="q1"))
    health = looker.look(Want()).health
    assert health is not None
    assert ([w.id for w in health.workers], [(q.name, q.ready) for q in health.queues]) == (["new"], [("q1", 1)])
    worker.complete(worker.take())
    store.do(store.verbs.unregister("new"))
    health = looker.look(Want()).health
    assert health is not None
    assert (health.workers, [(q.name, q.ready, q.running) for q in health.queues]) == ((), [("q1", 0, 0)])


def test_time_is_that_of_the_server(looker: Looker, client: Client) -> None:
    before = client.reading.now_ms()
    assert before <= looker.look(Want()).now_ms <= client.reading.now_ms()


def test_rates_tell_of_the_last_hour_and_of_each_queue(
    store: Store, worker: SeedWorker, looker: Looker, client: Client
) -> None:
    submit(store, *(a_job(f"j{n}", queue="q") for n in range(10)))
    claims = worker.claim(9)
    for claim in claims[:6]:
        worker.complete(claim)
    worker.bury(claims[6])
    rates = looker.look(Want()).rates
    assert rates is not None
    assert (len(rates.succeeded), sum(rates.succeeded), sum(rates.failed)) == (60, 6, 1)
    assert any(wait is not None for wait in rates.wait_p95_ms[-2:])
    assert set(rates.wait_p95_ms[:-2]) == {None}
    assert 2.0 <= rates.enqueued_per_minute["q"] <= 2.5
    assert 1.4 <= rates.ended_per_minute["q"] <= 1.75
    assert looker.look(Want(rates=False)).rates is None
    flow = read_flow(client, client.reading.now_ms())  # in one look, as `queue list` has it
    assert 2.0 <= flow.into["q"] <= 2.5
    assert 1.4 <= flow.out["q"] <= 1.75


def test_a_minute_that_was_read_while_it_ran_is_read_to_its_end(
    store: Store, worker: SeedWorker, looker: Looker, redis_client: redis.Redis
) -> None:
    minute = looker.look(Want()).now_ms // 60_000
    redis_client.hincrby(store.keys.stats(minute), "failed:tidy", 7)
    redis_client.hincrby(store.keys.stats(minute - 1), "failed:tidy", 1)  # over, and read by now
    looker._minutes._next = 0.0
    seen = looker.look(Want())
    assert seen.health is not None
    assert seen.health.failed_last_day == 7
    redis_client.expire(store.keys.stats(minute), 60)
    redis_client.expire(store.keys.stats(minute - 1), 60)


def test_the_same_error_is_told_once_and_only_of_the_last_day(store: Store, worker: SeedWorker, looker: Looker) -> None:
    submit(store, *(f"j{n}" for n in range(4)))
    for claim in worker.claim(4):
        said = f"no host {claim.id[1:]}"
        worker.bury(claim, record=a_record(1, "failed", exit_code=22, error_type="exit", error_message=said))
    end_long_ago(store, "j0", 90_000_000)
    (group,) = looker.look(Want(errors=True)).errors
    assert (group.count, group.newest.exit_code) == (3, 22)
    assert looker.look(Want()).errors == ()


def test_events_are_the_newest_first_and_each_is_told_once(store: Store, looker: Looker) -> None:
    submit(store, "one")
    first = looker.look(Want(events=True)).events
    submit(store, "two")
    submit(store, "three")
    again = looker.look(Want(events=True)).events
    assert [event.jobs for event in again] == [("three",), ("two",), ("one",)]
    assert again[2:] == first
    for n in range(250):
        submit(store, f"j{n}")
    events = looker.look(Want(events=True)).events
    assert (len(events), events[0].jobs, events[199].jobs) == (200, ("j249",), ("j50",))


def test_schedules_are_read_anew_when_one_has_changed(store: Store, looker: Looker) -> None:
    want = Want(schedules=True)
    seen = looker.look(want)
    assert seen.fleet is not None
    assert seen.fleet.schedules == ()
    beat = SeedBeat(store, "b1")
    beat.pulse()
    beat.declare()
    seen = looker.look(want)
    assert seen.fleet is not None
    assert [known.name for known in seen.fleet.schedules] == [NAME]
    assert looker.look(Want()).fleet is None


def test_a_job_is_told_with_its_attempts_output_and_dependents(
    store: Store, worker: SeedWorker, looker: Looker
) -> None:
    submit(store, "one")
    submit(store, a_job("after", after=("one",)))
    claim = worker.take()
    chunk = encode_chunks([Chunk(1, "o", b"first\nlast\n")])
    store.do(store.verbs.report("w1", [OutputReport("one", claim.fence, 1, 0, chunk)]))
    seen = looker.look(Want(job="one")).job
    assert seen is not None
    assert [line.strip() for line in seen.output] == ["first", "last"]
    assert (seen.job.state, seen.around.dependents, seen.typical_s) == ("running", ["after"], None)
    worker.bury(claim, log=pack([Chunk(1, "o", b"first\nlast\n"), Chunk(2, "e", b"died\n")]))
    seen = looker.look(Want(job="one")).job
    assert seen is not None
    assert [line.strip() for line in seen.output] == ["first", "last", "died"]
    assert seen.job.outcome == "failed"
    other = looker.look(Want(job="after")).job
    assert other is not None
    assert (other.output, other.job.outcome) == ((), "skipped")


def test_of_a_failed_workflow_the_job_that_failed_speaks(store: Store, crew: Crew, looker: Looker) -> None:
    send(store, a_workflow(chain("a", "b")))
    crew.look()
    crew.fail("1", log=pack([Chunk(1, "e", b"no space\n")]))
    seen = looker.look(Want(job="w")).job
    assert seen is not None
    assert seen.workflow is not None
    assert (set(seen.workflow.nodes), seen.speaks) == ({"1", "2"}, "w.1")
    assert [line.strip() for line in seen.output] == ["no space"]


def test_of_a_running_workflow_the_job_speaks_that_began_last(store: Store, crew: Crew, looker: Looker) -> None:
    send(store, a_workflow(chain("a", "b")))
    crew.look()
    for node, text in (("1", b"dumping\n"), ("2", b"packing\n")):
        crew.look()
        claim, chunks = crew.claims[node], encode_chunks([Chunk(1, "o", text)])
        store.do(store.verbs.report("w1", [OutputReport(claim.id, claim.fence, 1, 0, chunks)]))
        seen = looker.look(Want(job="w")).job
        assert seen is not None
        assert (seen.speaks, [line.strip() for line in seen.output]) == (f"w.{node}", [text.decode().strip()])
        crew.end(node, log=pack([Chunk(1, "o", text)]))
    ended = looker.look(Want(job="w")).job
    assert ended is not None
    assert ended.speaks == ""


def test_a_running_job_is_told_with_what_its_task_usually_takes(
    store: Store, worker: SeedWorker, looker: Looker
) -> None:
    submit(store, *(f"j{n}" for n in range(6)))
    for n, claim in enumerate(worker.claim(5)):
        worker.complete(claim, record=a_record(1, times=(1000, 1000 * (n + 2))))
    worker.take()
    seen = looker.look(Want(job="j5")).job
    assert seen is not None
    assert seen.typical_s == 3.0


def test_a_job_that_is_gone_is_told_as_gone_wherever_it_is_wanted(
    store: Store, worker: SeedWorker, looker: Looker
) -> None:
    """Forgotten meanwhile, or never there."""
    submit(store, "one")
    worker.complete(worker.take(), log=pack([Chunk(1, "o", b"said\n")]))
    want = Want(job="one", log="one")
    seen = looker.look(want)
    assert (seen.gone, len(seen.log)) == (False, 1)
    store.do(store.verbs.remove(["one"]))
    seen = looker.look(want)
    assert (seen.gone, seen.job, seen.trouble) == (True, None, "")
    seen = looker.look(Want(job="never", log="never"))
    assert (seen.gone, seen.job, seen.log) == (True, None, ())


def told(looker: Looker, job: str, most: int = 1000) -> tuple[str, int]:
    seen = looker.look(Want(jobs=False, log=job, log_lines=most))
    return b"".join(piece.chunk.data for piece in seen.log).decode(), seen.log_dropped


@pytest.fixture
def write(store: Store, worker: SeedWorker) -> Callable[[bytes], None]:
    """Lets a running job write, one entry of its stream at a time."""
    submit(store, "one", "two")
    claim = worker.take()
    written = 0

    def write(data: bytes) -> None:
        nonlocal written
        report = OutputReport("one", claim.fence, 1, written, encode_chunks([Chunk(1, "o", data)]))
        store.do(store.verbs.report("w1", [report]))
        written += len(data)

    return write


def test_output_is_followed_and_only_the_newest_lines_are_kept(looker: Looker, write: Callable[[bytes], None]) -> None:
    for n in range(5):
        write(b"line %d\n" % n)
    assert told(looker, "one", 3) == ("line 2\nline 3\nline 4\n", 2)
    write(b"line 5\n")
    assert told(looker, "one", 3) == ("line 3\nline 4\nline 5\n", 3)
    assert told(looker, "one", 9)[0].startswith("line 0\n"), "more lines are wanted than are kept"
    assert told(looker, "two") == ("", 0)
    assert told(looker, "one", 1) == ("line 5\n", 5)
    write(b"line 6\nline 7\nline ")
    assert told(looker, "one", 1) == ("line 7\nline ", 7)
    write(b"8\n")
    assert told(looker, "one", 1) == ("line 8\n", 8)


def test_of_output_without_lines_a_bounded_part_is_kept(looker: Looker, write: Callable[[bytes], None]) -> None:
    for _ in range(6):
        write(b"." * 250_000)
    assert len(told(looker, "one")[0]) <= 1 << 20


def test_output_that_nobody_can_read_is_no_error(
    store: Store, looker: Looker, write: Callable[[bytes], None], redis_client: redis.Redis
) -> None:
    write(b"sound\n")
    redis_client.xadd(store.keys.log("one", 1), {"o": 6, "d": b"nonsense that is no chunk at all"})
    assert told(looker, "one")[0] == "sound\n"
