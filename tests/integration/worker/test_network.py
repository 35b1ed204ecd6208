"""What a network does to workers and callers (faults 46 to 51): each talks to Redis over TCP, through a proxy."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qctl.errors import QctlError
from qctl.model.state import Outcome
from qctl.store import Command, open_store
from qctl.store.command import script
from qctl.store.taken import Taken
from tests.integration.worker.workshop import MARK, Workshop
from tests.support import PrivateRedis, eventually, processes_below, written
from tests.support.invariants import broken_invariants
from tests.support.loopback import free_port, on_port
from tests.support.processes import is_alive
from tests.support.proxy import Proxy
from tests.support.store_seed import submit

MARKED = f"[tasks.marked]\nrun = '''{MARK}'''\n"
#: Writes down which process it is, and goes on until the test opens the gate.
GATED = f"""
[tasks.CHOICE]
run = '''{MARK}; echo $$ > "$RECORD.$QCTL_TASK.$QCTL_ATTEMPT"
while [ ! -e "$RECORD.open" ]; do sleep 0.02; done; echo "$QCTL_ATTEMPT"'''
on_lost_lease = "CHOICE"
"""
VALUES = f"""
[tasks.member]
run = '''{MARK}; printf x'''
[tasks.body]
run = '''{MARK}; cat "$QCTL_INPUT"'''
"""


@pytest.fixture(scope="module")
def server() -> Iterator[PrivateRedis]:
    """A Redis on a port."""
    server = on_port(free_port()).start()
    yield server
    server.remove()


@pytest.fixture
def proxy(server: PrivateRedis) -> Iterator[Proxy]:
    """Stands between those who are tested and that Redis."""
    port = int(server.options[server.options.index("--port") + 1])
    proxy = Proxy(("127.0.0.1", port))
    yield proxy
    proxy.close()


@pytest.fixture
def shop(tmp_path: Path, server: PrivateRedis, namespace: str) -> Iterator[Workshop]:
    """Workers over it; the test itself talks to it undisturbed."""
    workshop = Workshop(tmp_path, server.url, namespace)
    yield workshop
    workshop.close()
    store = open_store(server.url, namespace)
    assert broken_invariants(store) == []
    store.close()
    eventually(lambda: not processes_below(tmp_path), within=5.0)


class TestCallers:
    @pytest.mark.parametrize("after", [0, 1, 5])
    def test_a_submit_whose_reply_was_cut_leaves_one_job_under_its_id(
        self, proxy: Proxy, shop: Workshop, after: int
    ) -> None:
        """Fault 46: whatever has come of the reply by then."""
        caller = open_store(proxy.url, shop.namespace)
        assert submit(caller, "before")[0].taken is Taken.NEW  # from now on the server knows the script
        proxy.cut(script("submit").sha, after=after)
        assert submit(caller, "one")[0].taken is Taken.EXISTS
        assert proxy.cuts_made == 1
        assert sorted(job.id for job in shop.read.active(10)) == ["before", "one"]
        caller.close()

    @pytest.mark.parametrize(
        "trouble",
        [
            lambda proxy: proxy.blackhole(True),
            lambda proxy: proxy.silence(True),
            lambda proxy: proxy.delay(reply=60.0),
            lambda proxy: proxy.refuse(True),
        ],
        ids=["blackhole", "silence", "delay", "refuse"],
    )
    def test_every_call_ends_by_its_timeout(self, proxy: Proxy, trouble: Callable[[Proxy], None]) -> None:
        """Fault 50: on a connection that was good before, and on a new one."""
        known, new = (open_store(proxy.url, timeout=10) for _ in range(2))
        ping: Command[bytes] = Command(("PING",), bytes)
        assert known.do(ping) == b"PONG"
        trouble(proxy)
        for caller in (known, new):
            caller.transport.timeout = 0.2
            began = time.monotonic()
            with pytest.raises(QctlError):
                caller.do(ping)
            assert time.monotonic() - began < 5.0, "the timeout is 0.2 s; the rest is a slow machine's"
        proxy.blackhole(False)
        proxy.silence(False)
        proxy.delay()
        proxy.refuse(False)
        new.transport.timeout = 10
        assert new.do(ping) == b"PONG"
        for caller in (known, new):
            caller.close()

    def test_a_half_closed_connection_is_given_up_for_another(self, proxy: Proxy) -> None:
        caller = open_store(proxy.url, timeout=5.0)
        ping: Command[bytes] = Command(("PING",), bytes)
        assert caller.do(ping) == b"PONG"
        proxy.half_close()
        assert caller.do(ping) == b"PONG"
        assert proxy.accepted == 2
        caller.close()


@pytest.mark.parametrize("after", [1, 40])
def test_a_claim_whose_reply_was_cut_in_its_middle_loses_no_job_and_runs_none_twice(
    proxy: Proxy, shop: Workshop, after: int
) -> None:
    """Fault 47: half of an answer is none; the same turn is asked again."""
    shop.declare(MARKED)
    proxy.cut(script("claim").sha, after=after)
    ids = shop.submit_many("marked", 20)
    shop.worker(redis=proxy.url, until_empty=True).wait()
    assert proxy.cuts_made == 1
    assert shop.runs() == dict.fromkeys(ids, 1)
    assert all(job.outcome is Outcome.SUCCEEDED and job.losses == 0 for job in shop.read.jobs(ids))


def test_a_groups_body_starts_once_whichever_replies_about_its_members_were_cut(proxy: Proxy, shop: Workshop) -> None:
    """Fault 48: a member's end that is told again is no other member's."""
    shop.declare(VALUES)
    proxy.cut(script("complete").sha, times=3, after=1)
    workflow = shop.compose("[member, member, member] | body")
    worker = shop.worker(redis=proxy.url, slots=1)
    assert shop.ended(workflow).outcome is Outcome.SUCCEEDED
    assert proxy.cuts_made == 3
    assert set(shop.runs().values()) == {1}
    assert len(shop.runs()) == 4
    value = shop.read.value(f"{workflow}.4")
    assert value is not None
    assert value.data == b'["x","x","x"]\n'
    worker.stop()


def test_a_worker_in_a_blackhole_trusts_nothing_and_reconnects(proxy: Proxy, shop: Workshop) -> None:
    """Fault 50: before its lease is over it stops what is to be stopped, and lets the rest go on, to no effect."""
    shop.declare(GATED.replace("CHOICE", "stop") + GATED.replace("CHOICE", "continue"))
    ids = {task: shop.submit(task) for task in ("stop", "continue")}
    first = shop.ready_worker(redis=proxy.url, lease=1.0)
    leaders = {task: int(written(Path(f"{shop.record}.{task}.1"))) for task in ids}

    proxy.blackhole(True)
    first.says("silence")
    eventually(lambda: not is_alive(leaders["stop"]))
    assert is_alive(leaders["continue"])
    second = shop.ready_worker(lease=1.0)
    eventually(lambda: all(shop.runs()[id_] == 2 for id_ in ids.values()))
    assert is_alive(leaders["continue"])
    Path(f"{shop.record}.open").touch()
    jobs = [shop.ended(id_) for id_ in ids.values()]
    proxy.blackhole(False)

    eventually(lambda: [one for one in shop.read.workers() if one.label == "w0" and not one.condemned])
    eventually(lambda: shop.owned() == 0)
    assert [(job.outcome, job.losses) for job in jobs] == [(Outcome.SUCCEEDED, 1)] * 2
    assert [shop.read.job(job.id) for job in jobs] == jobs
    assert [value and value.data for value in map(shop.read.value, ids.values())] == [b"2\n"] * 2
    second.stop()
    assert shop.ended(shop.submit("stop")).outcome is Outcome.SUCCEEDED, "the first one works on"


@pytest.mark.nightly
def test_a_slow_and_lossy_network_slows_work_down_and_takes_nothing_from_anybody(proxy: Proxy, shop: Workshop) -> None:
    """Fault 51: 2 s each way, and a twentieth of what is sent is sent anew; leases are those of every day."""
    shop.declare(MARKED + f"[tasks.long]\nrun = '''{MARK}; sleep 45'''\n")
    workers = [shop.ready_worker(redis=proxy.url, slots=2) for _ in range(2)]
    eventually(lambda: len(shop.read.workers()) == 2)
    shop.redis("SCRIPT", "FLUSH")
    proxy.delay(request=2.0, reply=2.0, loss=0.05, again=4.0)
    ids = [shop.submit("long"), *shop.submit_many("marked", 20)]
    eventually(lambda: all(job.ended for job in shop.read.jobs(ids)), within=400.0, every=0.5)
    assert shop.runs() == dict.fromkeys(ids, 1)
    assert {(job.outcome, job.losses) for job in shop.read.jobs(ids)} == {(Outcome.SUCCEEDED, 0)}
    said = [record for worker in workers for action in ("reclaim", "late") for record in worker.records(action)]
    assert said == []
    proxy.delay()
