"""What actions of the live screen do to an instance, and what they say of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qctl.client import Client
from qctl.client.scheduling import Scheduling
from qctl.config.requests import Request, caller
from qctl.errors import UsageError
from qctl.model.output import STDERR, STDOUT, Chunk, encode_chunks, pack
from qctl.model.state import Outcome, State
from qctl.store import Store
from qctl.store.values import OutputReport
from qctl.tui.doing import DOINGS
from qctl.tui.screen import Effect
from tests.support.schedule_seed import SeedBeat, a_publication
from tests.support.store_seed import SeedWorker, a_job, everything, fields_of, submit
from tests.support.workflow_seed import a_workflow, chain, send


def do(client: Client, name: str, *targets: str, **said: str) -> str:
    return DOINGS[name](client, Effect(name=name, targets=targets, said=said))


def order_of(store: Store, job: str) -> dict[str, Any]:
    """What the worker of a running job is told."""
    found: dict[str, Any] = json.loads(fields_of(everything(store), job)["cx"])
    return found


def test_a_cancel_tells_what_became_of_each(client: Client, store: Store, worker: SeedWorker) -> None:
    submit(store, "over", "runs", "waits")
    worker.complete(worker.take())
    worker.take()
    told = do(client, "cancel", "over", "runs", "waits", "nobody")
    assert sorted(told.split(", ")) == ["1 cancelled", "1 gone", "1 had ended", "1 told to stop"]
    assert client.job("waits").outcome is Outcome.CANCELLED
    assert client.job("runs").cancelling
    assert order_of(store, "runs")["reason"] == "from qctl top"


def test_a_kill_is_by_the_signal_that_nothing_survives(client: Client, store: Store, worker: SeedWorker) -> None:
    submit(store, "runs")
    worker.take()
    assert do(client, "cancel", "runs", force="yes") == "runs: killed"
    assert order_of(store, "runs")["signal"] == 9


def test_a_retry_tells_of_those_that_cannot(client: Client, store: Store, worker: SeedWorker) -> None:
    submit(store, "failed", "waits")
    worker.bury(worker.take())
    told = do(client, "retry", "failed", "waits", "nobody")
    assert sorted(told.split(", ")) == ["1 gone", "1 not ended yet", "1 queued again"]
    assert client.job("failed").state is State.QUEUED
    assert client.job("failed").revived_by == caller()


def test_a_copy_has_an_id_of_its_own(client: Client) -> None:
    first = client.submit([Request(task="tidy")], strict=False)[0].id
    told = do(client, "copy-job", first, "nobody")
    assert told.startswith("queued ")
    assert told.endswith(", 1 gone")
    copy = told.removeprefix("queued ").partition(",")[0]
    assert copy != first
    assert client.job(copy).call.task == "tidy"


@pytest.mark.parametrize(("by", "told"), [("1", "one: priority 6"), ("-1", "one: priority 4")])
def test_the_priority_of_a_job_is_told(client: Client, store: Store, by: str, told: str) -> None:
    submit(store, "one")
    assert do(client, "prioritise", "one", by=by) == told


def test_of_many_it_is_told_how_many(client: Client, store: Store, worker: SeedWorker) -> None:
    submit(store, a_job("runs", priority=9))
    worker.take()
    submit(store, "one", "two", a_job("top", priority=9))
    told = do(client, "prioritise", "one", "two", "top", "runs", by="1")
    assert told == "2 raised, 1 at 9 already, 1 running"


def test_a_queue_is_paused_and_goes_on(client: Client, store: Store) -> None:
    submit(store, "one")
    assert do(client, "pause", "default") == "queue default: paused"
    assert do(client, "pause", "default") == "queue default: paused (it was already)"
    assert client.reading.pauses()["default"].reason == "from qctl top"
    assert do(client, "resume", "default") == "queue default: goes on"
    assert client.reading.pauses() == {}


def test_what_is_purged_stands_in_a_file(client: Client, store: Store, worker: SeedWorker) -> None:
    submit(store, "runs", "one", "two")
    worker.take()
    path, _, told = do(client, "purge", "default").partition(" has ")
    assert told == "2 cancelled jobs of queue default"
    assert [json.loads(line)["id"] for line in Path(path).read_text().splitlines()] == ["one", "two"]
    assert Path(path).stat().st_mode & 0o777 == 0o600
    assert client.job("runs").state is State.RUNNING


def test_a_worker_is_told(client: Client, worker: SeedWorker) -> None:
    assert do(client, "worker", "w1", command="drain") == "w1: told to drain"


def test_a_schedule_is_disabled_with_its_reason_and_enabled(client: Client, store: Store) -> None:
    beat = SeedBeat(store)
    beat.pulse()
    beat.publish(a_publication("nightly"))
    assert do(client, "disable", "nightly", text="too noisy") == "schedule nightly: disabled"
    (state,) = Scheduling(client).reading.states(["nightly"])
    assert state.disabled is not None
    assert state.disabled.reason == "too noisy"
    assert do(client, "enable", "nightly") == "schedule nightly: enabled"


class TestSaving:
    def written(self, store: Store, worker: SeedWorker) -> None:
        submit(store, "one")
        claim = worker.take()
        chunk = encode_chunks([Chunk(1, STDOUT, b"out\n"), Chunk(2, STDERR, b"err\xff\n")])
        store.do(store.verbs.report("w1", [OutputReport("one", claim.fence, 1, 0, chunk)]))

    def test_all_output_is_written_for_nobody_else_to_read(
        self, client: Client, store: Store, worker: SeedWorker, tmp_path: Path
    ) -> None:
        self.written(store, worker)
        path = tmp_path / "saved.log"
        assert do(client, "save", "one", text=str(path)) == f"{path}: wrote 9B"
        assert path.read_bytes() == b"out\nerr\xff\n"
        assert path.stat().st_mode & 0o777 == 0o600

    def test_of_a_workflow_what_each_step_wrote_is_written_under_its_id(
        self, client: Client, store: Store, worker: SeedWorker, tmp_path: Path
    ) -> None:
        send(store, a_workflow(chain("dump", "upload")))
        for said in (b"one\n", b"two\n"):
            worker.complete(worker.take(), log=pack([Chunk(1, STDOUT, said)]))
        path = tmp_path / "saved.log"
        do(client, "save", "w", text=str(path))
        assert path.read_bytes() == b"== w.1 dump\none\n== w.2 upload\ntwo\n"

    @pytest.mark.parametrize("name", ["there.log", "nowhere/it.log"])
    def test_no_file_is_overwritten_and_none_made_where_that_cannot_be(
        self, client: Client, store: Store, worker: SeedWorker, tmp_path: Path, name: str
    ) -> None:
        self.written(store, worker)
        (tmp_path / "there.log").write_text("mine")
        with pytest.raises(UsageError, match="is not written"):
            do(client, "save", "one", text=str(tmp_path / name))
        assert (tmp_path / "there.log").read_text() == "mine"
