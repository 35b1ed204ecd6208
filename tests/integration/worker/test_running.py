"""A worker runs what is submitted: order, queues, due times, retries, limits."""

from __future__ import annotations

import sys
from pathlib import Path

from qctl.model.call import Kind
from qctl.model.output import unpack
from qctl.model.state import Outcome, Reason, State
from tests.integration.worker.workshop import MARK, Workshop
from tests.support import eventually

TALKS = """
def talks():
    print("first", flush=True)
    current.progress(0.5, "half")
    while not os.path.exists(os.environ["RECORD"] + ".open"):
        time.sleep(0.02)
    print("last")
"""
#: A worker that finds no work by itself for ten minutes: it has to be called.
WAITS_TO_BE_CALLED = """
import qctl.engine.claiming
qctl.engine.claiming.LOOK = 600.0
import qctl.engine.attention, qctl.engine.listener
qctl.engine.attention.REFRESH = qctl.engine.listener.BLOCKED = 600.0
"""
#: A worker that gives nothing back because its slot gets no core for a tenth of a second: others would come before it.
PATIENT = "import qctl.engine.backlog\nqctl.engine.backlog.PATIENCE = 600.0\n"
LONG = 1800.0  #: seconds of a lease: no heartbeat comes meanwhile
MARKED = f"[tasks.marked]\nrun = '''{MARK}'''\n"


def test_a_shell_task_and_a_python_task_run_and_leave_value_output_and_record(shop: Workshop) -> None:
    shop.declare("""
[tasks.hello]
run = "echo hello $name; echo oops >&2"
params.name = {}
[tasks.say]
call = "jobs:fails_twice"
retries = 3
backoff = "10ms"
""")
    shell = shop.submit("hello", params={"name": "world"})
    python = shop.submit("say", Kind.CALL)
    shop.worker()

    first, second = shop.ended(shell), shop.ended(python)

    value = shop.read.value(shell)
    assert (first.outcome, value and value.data) == (Outcome.SUCCEEDED, b"hello world\n")
    assert first.attempts[0].worker == "w0"
    assert first.attempts[0].log_lines == 2
    assert shop.read.output(shell, 1)[0]
    assert (second.outcome, second.failures, len(second.attempts)) == (Outcome.SUCCEEDED, 2, 3)
    assert [attempt.outcome for attempt in second.attempts] == ["failed", "failed", "succeeded"]
    assert second.max_attempts == 4


def test_priorities_are_exact_and_each_is_first_in_first_out(shop: Workshop) -> None:
    shop.declare(MARKED)
    ids = {priority: shop.submit_many("marked", 3, priority=priority) for priority in (0, 5, 9)}

    shop.worker(slots=1, first=PATIENT, until_empty=True).wait()

    assert shop.marks() == ids[9] + ids[5] + ids[0]


def test_strict_queues_are_emptied_one_after_the_other(shop: Workshop) -> None:
    shop.declare(MARKED)
    low = shop.submit_many("marked", 5, queue="low")
    high = shop.submit_many("marked", 5, queue="high")
    other = shop.submit_many("marked", 1, queue="other")

    shop.worker(slots=1, queues="high,low", first=PATIENT, until_empty=True).wait()

    assert shop.marks() == high + low
    assert shop.read.job(other[0]).state is State.QUEUED


def test_weighted_queues_get_their_shares_and_what_others_leave(shop: Workshop) -> None:
    shop.declare(MARKED)
    a, b = set(shop.submit_many("marked", 30, queue="a")), set(shop.submit_many("marked", 30, queue="b"))

    shop.worker(slots=1, queues="a=3,b=1", until_empty=True).wait()

    marks = shop.marks()
    assert len(marks) == 60
    assert sum(id_ in a for id_ in marks[:20]) in range(13, 18)
    assert set(marks) == a | b


def test_without_queues_named_every_queue_is_read_and_new_ones_too(shop: Workshop) -> None:
    shop.declare(MARKED)
    shop.ready_worker(first=WAITS_TO_BE_CALLED, lease=LONG)

    late = shop.submit("marked", queue="never-seen-before")

    assert shop.ended(late).outcome is Outcome.SUCCEEDED


def test_an_idle_worker_is_woken_and_does_not_wait_for_its_next_look(shop: Workshop) -> None:
    shop.declare(MARKED)
    shop.ready_worker(queues="default", first=WAITS_TO_BE_CALLED, lease=LONG)

    for _ in range(6):
        assert shop.ended(shop.submit("marked")).outcome is Outcome.SUCCEEDED


def test_a_countdown_is_kept_and_not_overslept(shop: Workshop) -> None:
    shop.declare(MARKED)
    shop.ready_worker(first=WAITS_TO_BE_CALLED, lease=LONG)

    job = shop.ended(shop.submit("marked", delay_ms=400))

    assert job.started_ms is not None
    assert job.started_ms - job.enqueued_ms >= 400


def test_a_job_that_expired_before_its_start_never_runs(shop: Workshop) -> None:
    shop.declare(MARKED)
    id_ = shop.submit("marked", expires_ms=1)
    eventually(lambda: shop.read.now_ms() > shop.read.job(id_).enqueued_ms + 1)
    shop.worker(until_empty=True).wait()

    assert shop.read.job(id_).outcome is Outcome.EXPIRED
    assert not shop.runs()


def test_the_retries_of_a_call_beat_the_tasks_and_failures_end_as_failed(shop: Workshop) -> None:
    shop.declare(f"[tasks.bad]\nrun = '''{MARK}; exit 3'''\nretries = 5\nbackoff = \"10ms\"\n")

    job_id = shop.submit("bad", retries=1)
    shop.worker()
    job = shop.ended(job_id)

    assert (job.outcome, job.reason, job.failures) == (Outcome.FAILED, Reason.EXIT, 2)
    assert job.last is not None
    assert job.last.exit_code == 3
    assert shop.runs()[job_id] == 2


def test_a_hard_limit_ends_a_job_that_ignores_its_signal(shop: Workshop) -> None:
    """Fault 16, P17: TERM, grace, KILL; `timeout`, not `failed`; no later than limit and grace and a second."""
    shop.declare(
        "[tasks.stubborn]\nrun = '''trap \"\" TERM; sleep 60 & sleep 60'''\ntimeout = \"300ms\"\ngrace = \"200ms\"\n"
        '[tasks.deaf]\ncall = "jobs:deaf"\ntimeout = "300ms"\ngrace = "200ms"\n'
    )
    shell, python = shop.submit("stubborn"), shop.submit("deaf", Kind.CALL)
    shop.worker()

    for id_ in (shell, python):
        job = shop.ended(id_)
        assert (job.outcome, job.reason) == (Outcome.TIMEOUT, Reason.TIMEOUT)
        assert job.last is not None
        assert 300 <= job.last.ended_ms - job.last.started_ms < 1500


def test_the_limit_over_all_attempts_ends_the_retries(shop: Workshop) -> None:
    """P19."""
    shop.declare(f"""
[tasks.bad]
run = '''{MARK}; exit 1'''
retries = 100
backoff = "100ms"
jitter = false
total_timeout = "1s"
""")
    id_ = shop.submit("bad")
    shop.worker()

    job = shop.ended(id_)

    assert job.outcome is Outcome.FAILED
    assert 2 <= shop.runs()[id_] <= 4


def test_a_held_gil_neither_stops_the_lease_nor_the_hard_limit(shop: Workshop) -> None:
    """Fault 17: it is renewed all along, for more than three leases, and nobody runs the job again."""
    shop.declare("""
[tasks.hold]
call = "jobs:holds_the_gil"
params.seconds = { type = "int", default = 60 }
timeout = "3s"
grace = "200ms"
""")
    id_ = shop.submit("hold", Kind.CALL)
    workers = [shop.ready_worker(lease=1.0), shop.ready_worker(lease=1.0)]
    shop.running(id_)
    before = {worker.label: worker.beat for worker in shop.read.workers()}

    job = shop.ended(id_)

    assert job.outcome is Outcome.TIMEOUT
    assert {worker.label for worker in shop.read.workers() if worker.beat > before[worker.label] + 3} == before.keys()
    assert not [record for worker in workers for record in worker.records("reclaim")]
    assert job.losses == 0
    assert shop.runs()[id_] == 1


def test_long_jobs_are_not_hoarded_by_a_worker_that_is_busy(shop: Workshop) -> None:
    shop.declare(f"[tasks.long]\nrun = '''{MARK}; sleep 60'''\n" + MARKED)
    shop.worker()
    ids = shop.submit_many("long", 5)
    shop.eventually(lambda: len(shop.runs()) == 2)

    eventually(lambda: shop.owned() == 2)

    assert [shop.read.job(id_).state for id_ in ids[2:]] == [State.QUEUED] * 3


def test_a_short_job_behind_long_ones_goes_back_to_its_old_place(shop: Workshop) -> None:
    """What is not begun within 100 ms while all slots are busy is released, uncharged."""
    shop.declare('[tasks.noop]\ncall = "jobs:noop"\n[tasks.sleeps]\ncall = "jobs:sleeps"\n')
    shop.ready_worker()
    for id_ in shop.submit_many("noop", 200, Kind.CALL):
        shop.ended(id_)
    batch = [*shop.submit_many("sleeps", 2, Kind.CALL), *shop.submit_many("noop", 50, Kind.CALL)]

    eventually(lambda: len(shop.runs()) == 2)
    eventually(lambda: shop.owned() == 2)

    waiting = [shop.read.job(id_) for id_ in batch[2:]]
    assert all(job.state is State.QUEUED and job.losses == job.crashes == 0 for job in waiting)
    assert [shop.redis("ZRANGE", shop.store.keys.ready("default"), 0, -1)] == [[id_.encode() for id_ in batch[2:]]]


def test_a_temporary_worker_runs_only_its_jobs_with_their_retries_and_goes(shop: Workshop) -> None:
    twice = f"[tasks.twice]\nrun = '''{MARK}; [ $QCTL_ATTEMPT -gt 1 ]'''\nretries = 1\nbackoff = \"50ms\"\n"
    shop.declare(MARKED + twice)
    before, after = shop.submit("marked"), shop.submit("twice", queue="other")
    wanted = shop.submit("twice", priority=0)

    worker = shop.worker(only=[wanted])

    assert worker.wait() == 0
    assert shop.read.job(wanted).outcome is Outcome.SUCCEEDED
    assert shop.runs() == {wanted: 2}
    assert [shop.read.job(id_).state for id_ in (before, after)] == [State.QUEUED] * 2


def test_output_and_progress_can_be_watched_while_a_job_runs_and_are_kept_whole_afterwards(shop: Workshop) -> None:
    shop.declare('[tasks.talks]\ncall = "jobs:talks"\n')
    (shop.folder / "jobs.py").write_text((shop.folder / "jobs.py").read_text() + TALKS)
    id_ = shop.submit("talks", Kind.CALL)
    shop.ready_worker()

    eventually(lambda: b"first" in b"".join(live.chunk for live in shop.read.output(id_, 1)[1]), within=5.0)
    eventually(lambda: shop.read.job(id_).progress == 0.5)
    assert shop.read.job(id_).progress_text == "half"
    assert shop.read.job(id_).state is State.RUNNING
    Path(f"{shop.record}.open").touch()

    assert shop.ended(id_).outcome is Outcome.SUCCEEDED
    packed, live = shop.read.output(id_, 1)
    assert packed is not None
    assert (unpack(packed).text(), live) == (b"first\nlast\n", [])


def test_what_a_job_submits_under_a_key_that_is_no_name_is_refused(shop: Workshop) -> None:
    """A key becomes part of a Redis key, whoever names it."""
    (shop.folder / "asks.py").write_text(
        "import json, os, socket\n"
        "one = {'id': 'abcd1234', 'task': 'asks', 'body': '{}', 'key': 'x}:y z'}\n"
        "with socket.socket(socket.AF_UNIX) as worker:\n"
        "    worker.connect(os.environ['QCTL_RUN_DIR'] + '/qctl.sock')\n"
        "    worker.sendall(json.dumps({'submit': [one]}).encode() + b'\\n')\n"
        "    print(json.loads(worker.recv(4096))['error'], flush=True)\n"
    )
    shop.declare(f"[tasks.asks]\nrun = '''{sys.executable} {shop.folder}/asks.py >> $RECORD'''\n")
    id_ = shop.submit("asks")
    shop.worker()

    assert shop.ended(id_).outcome is Outcome.SUCCEEDED
    assert "key 'x}:y z' is no name" in shop.record.read_text()
    assert shop.read.jobs(["abcd1234"]) == []


def test_a_worker_of_one_slot_says_so_in_the_singular(shop: Workshop) -> None:
    shop.declare(MARKED)

    assert shop.worker(slots=1).says("start")["message"].endswith("starts: 1 slot")
