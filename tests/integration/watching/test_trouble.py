"""A Redis that goes away, comes back, or hangs, while somebody looks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from qctl.client import Client, Instance, open_client
from qctl.client.watching import Want
from qctl.client.watching.looking import Looker
from qctl.config import Config
from qctl.errors import RedisUnreachable
from qctl.store import open_store
from tests.support import PrivateRedis
from tests.support.proxy import Proxy
from tests.support.store_seed import submit

EVERYTHING = Want(schedules=True, errors=True, events=True, job="one", log="one")

#: Looks at a server that says nothing, and quits.
QUITTER = """
import sys, threading
from qctl.client import open_client
from qctl.client.watching import Snapshot
from qctl.client.watching.looking import Looker
from qctl.config import Config
from qctl.tui.reader import Reader

with open_client(Config(), sys.argv[1], timeout=300.0) as client:
    asked = threading.Event()
    exchange = client.store.transport.exchange
    client.store.transport.exchange = lambda commands: (asked.set(), exchange(commands))[1]
    reader = Reader(Looker(client), print, Snapshot(title="", taken=0.0), print)
    reader.start()
    assert asked.wait(60)
    reader.stop()
    print("quit", flush=True)
"""


@pytest.fixture
def own_server() -> Iterator[PrivateRedis]:
    server = PrivateRedis().start()
    yield server
    server.remove()


def never() -> None:
    raise AssertionError("a server was started")


def test_it_comes_back_by_itself_when_the_server_does_and_starts_none(own_server: PrivateRedis) -> None:
    """Also the embedded one: who looks does not bring back what somebody has stopped."""
    instance = Instance(shown="here", url=own_server.url, namespace="qctl", embedded=True)
    with Client(open_store(own_server.url, timeout=5.0), Config(), instance, never) as client:
        looker = Looker(client)
        submit(client.store, "one")
        assert [job.id for job in looker.look(EVERYTHING).page.jobs] == ["one"]
        own_server.kill()
        for _ in range(2):
            with pytest.raises(RedisUnreachable):
                looker.look(EVERYTHING)
        own_server.start()
        submit(client.store, "two")
        seen = looker.look(EVERYTHING)
        assert seen.health is not None
        assert seen.trouble == ""
        assert seen.page.jobs[-1].id == "two"


def test_a_server_that_hangs_ends_the_look_after_the_time_that_it_may_take(redis_server: PrivateRedis) -> None:
    proxy = Proxy(redis_server.socket)
    try:
        with open_client(Config(), proxy.url, "hangs", timeout=10) as client:
            looker = Looker(client)
            looker.look(EVERYTHING)
            proxy.silence(True)
            client.store.transport.timeout = 0.3
            with pytest.raises(RedisUnreachable, match=r"no answer within 0.3 s"):
                looker.look(EVERYTHING)
            proxy.silence(False)
            client.store.transport.timeout = 10
            assert looker.look(EVERYTHING).health is not None
    finally:
        proxy.close()


def test_one_quits_at_once_while_a_server_hangs(redis_server: PrivateRedis) -> None:
    """Not after the five minutes that this one may take."""
    proxy = Proxy(redis_server.socket)
    proxy.silence(True)
    try:
        done = subprocess.run(
            [sys.executable, "-c", QUITTER, proxy.url], capture_output=True, text=True, timeout=60, check=False
        )
    finally:
        proxy.close()
    assert (done.returncode, done.stdout, done.stderr) == (0, "quit\n", "")
