"""`redis+cluster://`: three nodes and a spare one, and a real worker while the namespace moves (fault 45)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qctl.model.state import Outcome
from qctl.store import open_store
from qctl.store.route import slot_of
from tests.integration.worker.workshop import MARK, Workshop
from tests.support import Home
from tests.support.groups import Cluster

pytestmark = pytest.mark.redis

TASKS = (
    f"[tasks.marked]\nrun = '''{MARK}'''\n"
    f"[tasks.gated]\nrun = '''{MARK}; while [ ! -e \"$RECORD.open\" ]; do sleep 0.02; done'''\n"
)
COMMANDS = (
    "[tasks.hello]\nrun = 'echo hello'\nlock = 'one'\nmax_running = 2\nrate_limit = '1000/s'\nunique = 'params'\n"
    "[tasks.fails]\nrun = 'echo oh; exit 3'\nretries = 1\nbackoff = '10ms'\n"
    "[tasks.large]\nrun = 'seq 1 3000'\n"
)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    made = Cluster()
    try:
        yield made.start()
    finally:
        made.remove()


@pytest.fixture
def shop(cluster: Cluster, tmp_path: Path) -> Iterator[Workshop]:
    made = Workshop(tmp_path, cluster.url, "qctl")
    made.declare(TASKS)
    yield made
    made.close()


def test_every_command_and_a_worker_find_their_node(home_at: Callable[..., Home], cluster: Cluster) -> None:
    """Fault 45: no CROSSSLOT anywhere, and every key lies in the slot of the namespace."""
    home = home_at(cluster.url)
    home.write("tasks.toml", COMMANDS)
    worker = home.start("worker", "-c", "2")

    def good(*words: str, codes: tuple[int, ...] = (0,)) -> str:
        answer = home.run(*words)
        assert answer.code in codes, f"{words}: {answer}"
        assert "CROSSSLOT" not in answer.stderr
        return answer.stdout

    assert good("run", "hello", "--wait") == "hello\n"
    assert good("run", "large", "--follow").endswith("3000\n")
    failed = good("run", "-q", "fails").strip()
    good("wait", failed, codes=(3,))
    good("logs", failed)
    good("retry", failed)
    good("wait", failed, codes=(3,))
    later = good("run", "-q", "hello", "--in", "1h", "--key", "once").strip()
    good("cancel", later, "-y")
    good("queue", "pause", "default")
    good("run", "hello")
    good("queue", "purge", "default", "-y")
    good("queue", "resume", "default")
    good("top", "--once")
    good("rm", failed, "-y")
    for listing in ("ps", "history", "stats", "events", "errors", "queue list", "worker list", "worker ping", "status"):
        good(*listing.split(), codes=(0, 1))

    assert worker.stop().code == 0
    assert "CROSSSLOT" not in worker.stderr
    for node in cluster.nodes[:3]:
        assert {slot_of(key) for key in node.say("KEYS", "*")} <= {cluster.slot}
    assert cluster.holder.say("DBSIZE") > 0


def test_a_worker_follows_when_the_slot_is_moved_and_nothing_is_done_by_halves(
    home_at: Callable[..., Home], cluster: Cluster, shop: Workshop
) -> None:
    """Fault 45, MOVED and ASK: while keys are on their way the namespace stands still; then all goes on elsewhere."""
    home = home_at(cluster.url)
    home.write("tasks.toml", TASKS)
    worker = shop.ready_worker(lease=20.0)
    gated, later = shop.submit("gated"), shop.submit("marked", delay_ms=60_000)
    shop.running(gated)
    target = cluster.others[1]

    cluster.begin_to_move(target)
    refused = home.run("run", "marked", "--redis-timeout", "500ms")
    assert (refused.code, "ASK" in refused.stderr) == (75, True), refused
    assert target.say("DBSIZE") == 0
    Path(f"{shop.record}.open").touch()
    worker.says("redis_gone")
    cluster.finish_moving(target)

    shop.store.close()
    assert shop.ended(gated).outcome is Outcome.SUCCEEDED
    assert shop.runs()[gated] == 1
    assert shop.read.job(later).due_ms
    assert shop.ended(shop.submit("marked")).outcome is Outcome.SUCCEEDED
    assert target.say("DBSIZE") > 0


def test_a_killed_node_is_replaced_by_its_copy(cluster: Cluster, shop: Workshop) -> None:
    """Fault 45: a node down; nobody but one other node was named in the URL."""
    worker = shop.ready_worker(lease=20.0)
    gated = shop.submit("gated")
    shop.running(gated)
    assert cluster.holder.say("WAIT", 1, 5000) == 1

    cluster.holder.server.kill()
    worker.says("redis_gone")
    Path(f"{shop.record}.open").touch()

    shop.store.close()
    patient = open_store(cluster.url, "qctl", timeout=30.0)  # asks until the others name the copy
    patient.do(patient.verbs.promote())
    patient.close()
    assert cluster.spare.say("ROLE")[0] == "master"
    assert shop.ended(gated).outcome is Outcome.SUCCEEDED
    assert shop.ended(shop.submit("marked")).outcome is Outcome.SUCCEEDED
    assert worker.process.poll() is None
