"""`redis+sentinel://`: three Sentinels, a primary and a replica, and a real worker while the roles change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from qctl.errors import QctlError
from qctl.model.call import Call, Kind
from qctl.model.names import new_id
from qctl.model.state import Outcome
from qctl.model.submission import Submission
from qctl.store import open_store
from tests.integration.worker.workshop import MARK, Workshop
from tests.support import eventually
from tests.support.groups import Node, Sentinels
from tests.support.loopback import free_port

pytestmark = pytest.mark.redis

TASKS = (
    f"[tasks.marked]\nrun = '''{MARK}'''\n"
    f"[tasks.gated]\nrun = '''{MARK}; while [ ! -e \"$RECORD.open\" ]; do sleep 0.02; done'''\n"
    f"[tasks.sleeps]\nrun = '''{MARK}; sleep 60'''\n"
)


@pytest.fixture
def group() -> Iterator[Sentinels]:
    made = Sentinels()
    try:
        yield made.start()
    finally:
        made.remove()


@pytest.fixture
def shop(group: Sentinels, tmp_path: Path) -> Iterator[Workshop]:
    made = Workshop(tmp_path, group.url, "sentinel")
    made.declare(TASKS)
    yield made
    made.close()


class Stream:
    """Somebody who submits one job after the other, each until it is accepted, through whatever happens."""

    def __init__(self, shop: Workshop) -> None:
        self.accepted: list[str] = []
        self._shop = shop
        self._over = Event()
        self._thread = Thread(target=self._submit)
        self._thread.start()

    def end(self) -> list[str]:
        self._over.set()
        self._thread.join(20)
        return self.accepted

    def _submit(self) -> None:
        store = open_store(self._shop.url, self._shop.namespace, timeout=1.0)
        body = Call(task="marked", kind=Kind.RUN).encode()
        while not self._over.wait(0.01):
            one = Submission(id=new_id(), task="marked", body=body)
            while not self._over.is_set():
                try:
                    store.do(store.verbs.submit([one]))
                except QctlError:  # whatever became of it: the same id again answers EXISTS
                    self._over.wait(0.05)
                else:
                    self.accepted.append(one.id)
                    break
        store.close()


def test_a_clean_failover_loses_nothing_and_runs_nothing_twice(group: Sentinels, shop: Workshop) -> None:
    """Fault 43: unknown outcomes are settled by id, and the worker goes on with the new primary."""
    worker = shop.ready_worker(lease=6.0)
    gated = shop.submit("gated")
    shop.running(gated)
    stream = Stream(shop)
    eventually(lambda: len(shop.runs()) > 20)

    group.fail_over_cleanly()

    shop.store.close()
    before = len(stream.accepted)
    eventually(lambda: len(stream.accepted) > before + 20, within=20.0)
    ids = stream.end()
    Path(f"{shop.record}.open").touch()
    assert {shop.ended(job).outcome for job in [gated, *ids]} == {Outcome.SUCCEEDED}
    assert shop.runs() == Counter([gated, *ids])
    assert worker.records("redis_gone")
    assert not worker.records("renew")


def test_a_worker_leaves_a_primary_that_still_answers_when_the_sentinels_name_another(
    group: Sentinels, shop: Workshop
) -> None:
    """Fault 43: until it is made a replica, eight seconds later, what is written to it would be lost."""
    worker = shop.ready_worker(lease=16.0)
    group.ask("FAILOVER", "ops")
    eventually(lambda: group.named() == {group.replica.port}, within=20.0)

    eventually(lambda: [r for r in worker.records("redis_gone") if "Sentinel names" in r["message"]])

    assert group.primary.say("ROLE")[0] == "master"
    eventually(lambda: worker.records("redis_back"))
    shop.store.close()
    assert shop.ended(shop.submit("marked")).outcome is Outcome.SUCCEEDED


def test_a_killed_primary_is_replaced_and_what_it_had_copied_is_run(group: Sentinels, shop: Workshop) -> None:
    """Fault 43."""
    worker = shop.ready_worker(lease=6.0)
    gated = shop.submit("gated")
    shop.running(gated)
    later = [shop.submit("marked", delay_ms=1500) for _ in range(10)]
    assert group.primary.say("WAIT", 1, 5000) == 1

    group.crash_primary()

    Path(f"{shop.record}.open").touch()
    shop.store.close()
    assert {shop.ended(job, 30.0).outcome for job in [gated, *later]} == {Outcome.SUCCEEDED}
    assert shop.ended(shop.submit("marked")).outcome is Outcome.SUCCEEDED
    assert worker.records("redis_back")


def test_a_job_that_the_new_primary_never_heard_of_ends_with_a_line_in_the_log(
    group: Sentinels, shop: Workshop
) -> None:
    """Fault 44: accepted, begun, and lost with the old primary before it was copied."""
    worker = shop.ready_worker(lease=16.0)
    assert group.primary.say("WAIT", 1, 5000) == 1
    group.primary.say("ACL", "SETUSER", "default", "-psync", "-sync", "-replconf")
    group.primary.say("CLIENT", "KILL", "TYPE", "replica")
    sleeps, gated = shop.submit("sleeps"), shop.submit("gated")
    for job in (sleeps, gated):
        shop.running(job)

    group.crash_primary()
    Path(f"{shop.record}.open").touch()

    def each_is_told_of() -> bool:
        """The one that runs is lost; so is the other, or its end is told first, and nobody knows it."""
        lost, unknown = ({record["job"] for record in worker.records(action)} for action in ("lost", "unknown"))
        assert sleeps in lost, worker.log
        assert lost | unknown == {sleeps, gated}, worker.log
        return True

    eventually(each_is_told_of, within=10.0)
    for record in worker.records("unknown"):
        assert "Redis does not know the job any more" in record["message"]
    shop.store.close()
    assert shop.read.jobs([sleeps, gated]) == []
    assert shop.ended(shop.submit("marked")).outcome is Outcome.SUCCEEDED
    assert worker.process.poll() is None


def test_a_primary_that_became_a_replica_is_left_until_it_can_be_written_to(tmp_path: Path) -> None:
    """Fault 43: READONLY leads to a new connection, behind a name that leads to whoever is the primary."""
    node = Node(free_port()).start()
    shop = Workshop(tmp_path, f"redis://127.0.0.1:{node.port}", "flip")
    try:
        shop.declare(TASKS)
        worker = shop.ready_worker(lease=2.0)
        eventually(lambda: shop.read.workers()[0].beat >= 1)
        connections = int(node.info("total_connections_received"))
        node.say("REPLICAOF", "127.0.0.1", 1)

        eventually(lambda: [r for r in worker.records("redis_gone") if "READONLY" in r["message"]])
        eventually(lambda: int(node.info("total_connections_received")) > connections + 2)
        hasty = open_store(shop.url, "flip", timeout=0.3)
        with pytest.raises(QctlError, match="READONLY") as refused:
            hasty.do(hasty.verbs.register("w9", {}))
        hasty.close()
        assert refused.value.exit_code == 75
        node.say("REPLICAOF", "NO", "ONE")

        assert shop.ended(shop.submit("marked")).outcome is Outcome.SUCCEEDED
    finally:
        shop.close()
        node.remove()
