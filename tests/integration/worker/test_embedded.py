"""A worker on the embedded server: nothing set up, and nothing lost when that server dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from qctl.model.state import Outcome
from qctl.store.embedded import ensure, running, stop
from tests.integration.worker.workshop import MARK, Workshop
from tests.support import eventually, processes_below

TASKS = (
    f"[tasks.marked]\nrun = '''{MARK}'''\n"
    f"[tasks.gated]\nrun = '''{MARK}; while [ ! -e \"$RECORD.open\" ]; do sleep 0.02; done'''\n"
)


@pytest.fixture
def embedded_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    """A workshop over an embedded server of its own."""
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_STATE_HOME", str(state))
    shop = Workshop(tmp_path, ensure(), "qctl")
    shop.declare(TASKS)
    yield shop
    shop.close()
    stop()
    eventually(lambda: processes_below(tmp_path) == [], within=5.0)


def test_a_killed_embedded_server_is_started_again_and_outlives_the_worker_that_did_so(
    embedded_shop: Workshop,
) -> None:
    """Fault 31 on the embedded server: running jobs go on, and what ended meanwhile is told afterwards."""
    shop = embedded_shop
    gated = shop.submit("gated")
    worker = shop.ready_worker(redis=None, namespace="qctl")
    shop.running(gated)
    server = running()
    assert server is not None

    os.kill(server.pid, signal.SIGKILL)
    worker.says("revive")
    Path(f"{shop.record}.open").touch()
    eventually(lambda: (now := running()) is not None and now.pid != server.pid)

    shop.store.close()
    assert shop.ended(gated).outcome is Outcome.SUCCEEDED
    assert shop.ended(shop.submit("marked")).outcome is Outcome.SUCCEEDED
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert running() is not None


def test_a_job_on_the_embedded_server_goes_on_when_the_lease_is_lost_unless_its_task_says_stop(
    embedded_shop: Workshop,
) -> None:
    """`on_lost_lease`: there is no partition on a unix socket, so `continue` is the default here."""
    shop = embedded_shop
    shop.declare(TASKS + f"[tasks.stops]\nrun = '''{MARK}; sleep 60'''\non_lost_lease = \"stop\"\n")
    gated, stops = shop.submit("gated"), shop.submit("stops")
    worker = shop.ready_worker(redis=None, namespace="qctl", lease=1.0)
    shop.running(gated)
    shop.running(stops)
    server = running()
    assert server is not None

    os.kill(server.pid, signal.SIGSTOP)
    try:
        worker.says("silence")
        eventually(lambda: [record for record in worker.records("release") if record.get("job") == stops])
    finally:
        os.kill(server.pid, signal.SIGCONT)
    Path(f"{shop.record}.open").touch()

    job = shop.ended(gated)
    assert (job.outcome, job.losses, shop.runs()[gated]) == (Outcome.SUCCEEDED, 0, 1)


def test_code_in_the_folder_of_a_worker_is_not_run_to_start_the_server_again(
    embedded_shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attack 27."""
    shop = embedded_shop
    here = shop.folder / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    worker = shop.ready_worker(redis=None, namespace="qctl")
    for name in ("json", "secrets", "subprocess"):
        (here / f"{name}.py").write_text(f"open({str(shop.folder / 'hijacked')!r}, 'w').close()\n")
    server = running()
    assert server is not None

    os.kill(server.pid, signal.SIGKILL)
    worker.says("revive")

    eventually(lambda: (now := running()) is not None and now.pid != server.pid)
    assert not (shop.folder / "hijacked").exists()
    shop.store.close()
