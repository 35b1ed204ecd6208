"""Waiting, following and naming, while a worker played by hand does its part."""

from __future__ import annotations

import socket
from contextlib import suppress
from itertools import accumulate
from threading import Thread, Timer

import pytest
import redis

from qctl.client import Client, JobFailed, following, open_client
from qctl.client.waiting import LostWhileWaiting, lost_while_waiting
from qctl.clock import monotonic
from qctl.config import Config
from qctl.config.requests import Options, Request
from qctl.errors import NoSuchJob, NotFound, RedisUnreachable, WaitTimeout
from qctl.model.attempt import Value, ValueKind
from qctl.model.call import PIPELINE
from qctl.model.output import GAP, STDERR, STDOUT, Chunk, encode_chunks, pack
from qctl.model.state import Outcome, State
from qctl.model.workflow.expression import parse
from qctl.python.job_handle import JobHandle
from qctl.store import LIVE_BATCH, Store
from qctl.store.values import OutputReport
from tests.support import PrivateRedis, eventually
from tests.support.store_seed import SeedWorker, a_record


def submitted(client: Client, **options: object) -> str:
    return client.submit([Request(task="greet", options=Options(**options))])[0].id  # type: ignore[arg-type]


def test_a_wait_ends_with_the_job_and_not_before(client: Client, worker: SeedWorker) -> None:
    job = submitted(client)
    seen: list[State] = []

    def wait() -> None:
        for (now,) in client.watch([job], look=600.0):
            seen.append(now.state)
            if now.ended:
                return

    waiting = Thread(target=wait)
    waiting.start()
    eventually(lambda: seen == [State.QUEUED], within=60.0)
    worker.complete(worker.take())
    waiting.join(60.0)  # told, and not found at the next look, which is ten minutes later
    assert not waiting.is_alive()
    assert seen == [State.QUEUED, State.ENDED]


def test_a_wait_ends_at_its_deadline_where_the_server_has_fallen_silent(client: Client, config: Config) -> None:
    """However long an exchange may take otherwise."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        began = monotonic()
        with open_client(config, url, timeout=60.0) as unheard, pytest.raises(LostWhileWaiting):
            unheard.wait(["abc"], timeout=0.2)
        assert monotonic() - began < 20


def test_a_wait_that_loses_its_server_to_a_full_disk_names_the_disk_first() -> None:
    full = RedisUnreachable(url="unix:///s/redis.sock", reason="No space left on device", help="df -h /s")
    away = RedisUnreachable(url="redis://db1", reason="no answer")

    assert lost_while_waiting(["abc"], full, full).advice == "df -h /s\nqctl wait abc"
    assert lost_while_waiting(["abc"], away, away).advice == "qctl wait abc"


def test_a_wait_for_any_one_ends_with_the_first(client: Client, worker: SeedWorker) -> None:
    first, second = submitted(client), submitted(client)
    worker.complete(worker.take())
    done = client.wait([first, second], timeout=5, any_one=True)
    assert [job.ended for job in done] == [True, False]


def test_a_wait_that_is_not_met_says_so_and_leaves_the_job(client: Client) -> None:
    job = submitted(client)
    with pytest.raises(WaitTimeout) as passed:
        client.wait([job], timeout=0)
    assert passed.value.exit_code == 75
    assert client.job(job).state is State.QUEUED


def test_a_wait_in_vain_says_whom_the_job_waits_for(client: Client, store: Store) -> None:
    """Until somebody is there who would run it, nothing goes on."""

    def told(*jobs: str) -> tuple[str, str]:
        with pytest.raises(WaitTimeout) as caught:
            client.wait(jobs, timeout=0)
        return str(caught.value).partition("; ")[2], caught.value.advice

    job = submitted(client)
    flow, *_ = client.submit([Request(task=PIPELINE, tree=parse("greet | greet"))])
    nobody = "it waits, for no worker runs"
    assert told(job) == (nobody, f"qctl up -d        starts one\nqctl wait {job}")
    assert told(flow.id)[0] == told(f"{flow.id}.2")[0] == nobody

    store.do(store.verbs.register("w2", {"label": "w2", "queues": ["night"]}, {}))
    unread = ("it waits, for no live worker reads queue default", f"qctl worker -Q default\nqctl wait {job}")
    assert told(job) == unread
    assert told(f"{flow.id}.2")[0] == unread[0]
    store.do(store.verbs.unregister("w2"))

    worker = SeedWorker(store, "w3").register()
    assert told(job)[0] == "it goes on"
    worker.take()
    assert told(job) == ("it goes on", f"qctl wait {job}")


def test_a_wait_in_vain_says_that_no_worker_has_the_task(client: Client, store: Store) -> None:
    job = submitted(client)
    store.do(store.verbs.register("w4", {"label": "w4", "catalog": "others"}, {}, {"other": {}}))

    with pytest.raises(WaitTimeout, match="it waits, for no live worker has task greet") as caught:
        client.wait([job], timeout=0)
    assert caught.value.advice == f"qctl doctor        names what workers lack\nqctl wait {job}"


def test_a_wait_ends_when_it_was_said_to_and_not_at_the_next_look(client: Client) -> None:
    job = submitted(client)
    deadline = monotonic() + 0.1
    looks = client.watch([job], look=600.0, deadline=deadline)
    while monotonic() < deadline:  # a look may have taken longer than that by itself
        next(looks)


def test_a_wait_outlives_a_server_that_is_busy_for_a_while(
    client: Client, config: Config, namespace: str, redis_server: PrivateRedis, redis_url: str
) -> None:
    """Fault 38: somebody's script holds Redis for longer than one question may take."""
    job = submitted(client)
    with (
        redis.Redis(unix_socket_path=str(redis_server.socket)) as other,
        open_client(config, redis_url, namespace, timeout=0.05) as hasty,
    ):
        other.config_set("lua-time-limit", 20)
        busy = Thread(target=run_for_ever, args=(redis_server,))
        busy.start()
        eventually(lambda: is_busy(other), within=60.0)
        end = Timer(0.5, other.script_kill)
        end.start()
        assert [now.state for now in next(hasty.watch([job], 0.02))] == [State.QUEUED]
        end.join()
        busy.join()
        other.config_set("lua-time-limit", 5000)


def is_busy(client: redis.Redis) -> bool:
    """Whether a script holds the server."""
    try:
        client.ping()
    except redis.RedisError as error:
        return "BUSY" in str(error)
    return False


def run_for_ever(server: PrivateRedis) -> None:
    """Somebody's script that never ends, until it is killed."""
    with redis.Redis(unix_socket_path=str(server.socket)) as client, suppress(redis.RedisError):
        client.eval("while true do end", 0)


def test_waiting_for_an_unknown_job_ends_at_once(client: Client) -> None:
    with pytest.raises(NoSuchJob):
        client.wait(["0000none"], timeout=5)


@pytest.mark.parametrize(
    ("value", "got"),
    [
        (Value(ValueKind.JSON, b'{"a": [1, null]}'), {"a": [1, None]}),
        (Value(ValueKind.BYTES, b"two\nlines\n"), "two\nlines"),
        (Value(ValueKind.BYTES, b"\xff\x00"), b"\xff\x00"),
        (Value(ValueKind.BYTES, b"x" * 5000), "x" * 5000),
        (None, None),
    ],
)
def test_get_answers_the_value_in_python(client: Client, worker: SeedWorker, value: Value | None, got: object) -> None:
    job = JobHandle(submitted(client), lambda: client)
    worker.complete(worker.take(), value=value)
    assert job.get(timeout=5) == got
    assert (job.state, job.outcome) == (State.ENDED, Outcome.SUCCEEDED)


def test_get_of_a_failed_job_raises_and_says_why(client: Client, worker: SeedWorker) -> None:
    job = JobHandle(submitted(client), lambda: client)
    record = a_record(outcome="failed", error_type="ValueError", error_message="no such colour")
    worker.bury(worker.take(), record=record)
    with pytest.raises(JobFailed, match=r"greet.*failed.*ValueError: no such colour"):
        job.get(timeout=5)


def test_following_yields_every_byte_once_from_live_chunks_to_the_kept_log(client: Client, worker: SeedWorker) -> None:
    """L7: what was seen live is not repeated, what came after the last look is not missed."""
    job = submitted(client)
    claim = worker.take()
    told = [Chunk(1, STDOUT, b"one\n"), Chunk(2, STDERR, b"two\n")]
    worker.store.do(worker.store.verbs.report("w1", [OutputReport(job, 1, 1, 0, encode_chunks(told))]))
    pieces = client.follow(job)
    seen = [next(pieces), next(pieces)]
    kept = [Chunk(1, STDOUT, b"one\n"), Chunk(2, STDERR, b"two\nthree\n"), Chunk(3, STDOUT, b"four")]
    worker.complete(claim, log=pack(kept))
    seen += list(pieces)
    assert [(piece.chunk.stream, piece.chunk.data) for piece in seen] == [
        (STDOUT, b"one\n"),
        (STDERR, b"two\n"),
        (STDERR, b"three\n"),
        (STDOUT, b"four"),
    ]


def test_a_follower_stays_through_two_hours_of_silence(
    client: Client, worker: SeedWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """L8: on a clock that the test moves."""
    monkeypatch.setattr(following, "LOOK_AGAIN", 60.0)
    job, passed = submitted(client), 0.0
    claim = worker.take()

    def pause(seconds: float) -> None:
        nonlocal passed
        passed += seconds
        if passed == 7200.0:
            said = OutputReport(job, 1, 1, 0, encode_chunks([Chunk(9, STDOUT, b"still here\n")]))
            worker.store.do(worker.store.verbs.report("w1", [said]))
        elif passed > 7200.0:
            worker.complete(claim, log=pack([Chunk(9, STDOUT, b"still here\n")]))

    assert [piece.chunk.data for piece in following.follow(job, client.reading, pause)] == [b"still here\n"]


def test_following_tells_how_much_was_dropped(client: Client, worker: SeedWorker) -> None:
    job = submitted(client)
    worker.complete(
        worker.take(), log=pack([Chunk(1, STDOUT, b"head"), Chunk(2, GAP, b"100"), Chunk(3, STDOUT, b"tail")], 100)
    )
    assert [(p.chunk.stream, p.chunk.data) for p in client.logs(job)] == [
        (STDOUT, b"head"),
        (GAP, b"100"),
        (STDOUT, b"tail"),
    ]


def test_a_late_follower_of_a_trimmed_stream_is_told_of_the_gap(client: Client, worker: SeedWorker) -> None:
    job = submitted(client)
    worker.take()
    late = OutputReport(job, 1, 1, 500, encode_chunks([Chunk(9, STDOUT, b"now\n")]))
    worker.store.do(worker.store.verbs.report("w1", [late]))
    assert [(p.chunk.stream, p.chunk.data) for p in client.logs(job)] == [(GAP, b"500"), (STDOUT, b"now\n")]


def test_the_newest_of_many_live_lines_is_shown_at_the_first_look(client: Client, worker: SeedWorker) -> None:
    job = submitted(client)
    claim = worker.take()
    said = [b"%d\n" % number for number in range(LIVE_BATCH + 5)]
    starts = accumulate((len(line) for line in said), initial=0)
    for start, line in zip(starts, said, strict=False):
        chunk = encode_chunks([Chunk(5, STDOUT, line)])
        worker.store.do(worker.store.verbs.report("w1", [OutputReport(job, claim.fence, 1, start, chunk)]))

    assert b"".join(piece.chunk.data for piece in client.logs(job)) == b"".join(said)


def test_logs_go_through_all_attempts_in_order(client: Client, worker: SeedWorker) -> None:
    job = submitted(client)
    worker.retry(worker.take(), delay_ms=0, log=pack([Chunk(1, STDERR, b"no luck\n")]))
    worker.store.do(worker.store.verbs.promote())
    worker.complete(worker.take(), log=pack([Chunk(2, STDOUT, b"done\n")]))
    assert [(piece.attempt, piece.chunk.data) for piece in client.logs(job)] == [(1, b"no luck\n"), (2, b"done\n")]


def test_a_job_is_named_by_its_beginning_where_that_is_unique(client: Client) -> None:
    submitted(client, id="7kq2aaaa")
    submitted(client, id="7kq3bbbb")
    submitted(client, id="7kq3cccc")
    assert client.resolve("7kq2") == "7kq2aaaa"
    assert client.resolve("7kq3c") == "7kq3cccc"
    with pytest.raises(NotFound, match="7kq3 begins 2 ids"):
        client.resolve("7kq3")
    with pytest.raises(NoSuchJob):
        client.resolve("7kq9")
    with pytest.raises(NoSuchJob):
        client.resolve("7k")


def test_a_job_is_named_by_its_place(client: Client, worker: SeedWorker) -> None:
    bad = submitted(client)
    worker.bury(worker.take())
    mail = client.submit([Request(task="mail-out")])[0].id
    last = submitted(client)
    assert client.resolve("@last") == last
    assert client.resolve("@last:mail-out") == mail
    assert client.resolve("@failed") == bad
    with pytest.raises(NoSuchJob):
        client.resolve("@last:nobody")
    with pytest.raises(NotFound):
        client.resolve("@first")
