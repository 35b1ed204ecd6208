"""Which instance is meant, from threads, after forks, inside jobs, and while Redis does not answer."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis

import qctl
from qctl import AsyncResult
from qctl.clock import monotonic
from qctl.errors import OutcomeUnknown, QctlError, RedisUnreachable
from qctl.python import instance
from tests.integration.python import tasks
from tests.integration.python.conftest import Site
from tests.integration.python.tasks import add
from tests.support import eventually

SOON = 15.0
PATIENT = 10.0  #: seconds that a call may take on a slow machine whose Redis is given 0.2 s to answer


def test_many_threads_share_an_instance_and_none_takes_anothers_answer(site: Site) -> None:
    with ThreadPoolExecutor(16) as threads:
        sums = list(threads.map(lambda number: add.delay(number, number).get(SOON), range(100)))
    assert sums == [number * 2 for number in range(100)]


def test_values_by_place_are_sent_as_a_call_would_have_them(site: Site) -> None:
    assert site.qctl.send(f"{tasks.HERE}.add", args=(1, 2)).get(SOON) == 3
    assert site.qctl.send(f"{tasks.HERE}.add", {"y": 5}, args=(1,)).get(SOON) == 6
    with pytest.raises(TypeError, match="is given `x` twice"):
        site.qctl.send(f"{tasks.HERE}.add", {"x": 5}, args=(1,))


def test_a_thread_that_ends_takes_its_connection_with_it(site: Site) -> None:
    address = site.qctl.client.instance.url.partition("?")[0].removeprefix("unix://")
    with redis.Redis(unix_socket_path=address) as looking:
        before = len(looking.client_list())
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda number: add.delay(number, 1).id, range(50)))
        eventually(lambda: len(looking.client_list()) <= before, within=SOON)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # from 3.12 on
def test_a_forked_process_has_connections_of_its_own(site: Site) -> None:
    """As a web server forks its workers: what the parent opened before is not the child's to speak on."""
    assert add.delay(1, 1).get(SOON) == 2
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, str([add.delay(n, 1).get(SOON) for n in range(20)]).encode())
        finally:
            os._exit(0)
    os.close(writing)
    here = [add.delay(n, 2).get(SOON) for n in range(20)]
    with os.fdopen(reading) as said:
        there = said.read()
    os.waitpid(child, 0)
    assert (here, there) == ([n + 2 for n in range(20)], str([n + 1 for n in range(20)]))


def test_an_instance_of_ones_own_is_named_at_the_call(site: Site) -> None:
    elsewhere = qctl.Qctl(site.folder / "tasks.toml", namespace="elsewhere")
    job = add.apply_async((1, 1), instance=elsewhere, countdown=3600)
    assert AsyncResult(job.id, elsewhere).state == "PENDING"
    with pytest.raises(QctlError, match="no job"):
        _ = AsyncResult(job.id).state
    job.revoke()
    job.forget()
    elsewhere.close()


def test_a_task_composes_inside_a_job_and_leaves_the_handle_to_others(site: Site) -> None:
    assert AsyncResult(tasks.spawns_chain.delay().get(SOON)).get(SOON) == 12


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[None]:
    """A server that takes connections and says nothing."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "silent.sock"))
        listener.listen(64)
        kept = instance.configure(redis=f"unix://{tmp_path}/silent.sock", timeout=0.2)
        yield
        kept.close()
        instance.configure()


def test_no_call_waits_longer_than_its_timeout_for_a_silent_redis(silent: None) -> None:
    begun = monotonic()
    with pytest.raises(OutcomeUnknown):
        add.delay(1, 1)
    with pytest.raises(RedisUnreachable, match=r"no answer within 0\.2 s"):
        _ = AsyncResult("7kq50xyz").state
    with pytest.raises(QctlError, match="Redis went away while waiting"):
        AsyncResult("7kq50xyz").get(timeout=0.3)
    assert monotonic() - begun < PATIENT


def test_a_redis_that_is_not_there_is_one_clear_error_at_once(tmp_path: Path) -> None:
    kept = instance.configure(redis=f"unix://{tmp_path}/none.sock")
    with pytest.raises(RedisUnreachable, match="cannot reach Redis at"):
        add.delay(1, 1)
    kept.close()
    instance.configure()


def test_closing_an_instance_takes_no_connection_from_another_thread(site: Site) -> None:
    with ThreadPoolExecutor(1) as other:
        theirs, mine = other.submit(lambda: site.qctl.client).result(), site.qctl.client
        site.qctl.close()
        assert other.submit(lambda: site.qctl.client).result() is theirs
        assert site.qctl.client is not mine
        assert other.submit(lambda: add.delay(1, 2).get(SOON)).result() == 3
