"""How a worker makes jobs of notices: a few at once, on and on while that goes well, and else after a pause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from qctl.config.loading import load
from qctl.engine.delivering import LOOK_EVERY, Delivering
from qctl.engine.identity import identify
from qctl.engine.selection import Selection
from qctl.engine.station import ServerTime, Station
from qctl.store import Command, Reading, Store
from tests.support.notices import occasions, run_one, watch
from tests.support.store_seed import SeedWorker, a_job, submit

TASKS = """
[routes]
"notify.dev" = "slow"
[tasks.tidy]
run = "true"
notify = ["ops"]
[notify.ops]
command = ["true"]
[notify.dev]
command = ["true"]
"""


class Line:
    """A connection that answers when it is told to."""

    up = True

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asked: list[tuple[Sequence[Command[Any]], Callable[[list[Any]], None]]] = []
        self.scripts: list[str] = []
        self.looked_at = 0  #: jobs of which the surroundings were asked in one call, at most

    def ask(self, commands: Sequence[Command[Any]], then: Any, _lost: Any, _now: float) -> bool:
        self._asked.append((commands, then))
        return True

    def answer(self) -> None:
        """Answer all, also what is asked because of an answer."""
        while self._asked:
            (command,), then = self._asked.pop(0)
            assert command.script is not None
            self.scripts.append(command.script.name)
            answer = self._store.do(command)
            if command.script.name == "surroundings":
                self.looked_at = max(self.looked_at, len(answer))
            then([answer])


class Desk:
    """One worker's deliveries, at a clock that is set by hand."""

    def __init__(self, store: Store, folder: Path) -> None:
        (folder / "tasks.toml").write_text(TASKS)
        self.now, self.line = 1000.0, Line(store)
        station = SimpleNamespace(
            identity=identify("w0"),
            config=load(str(folder / "tasks.toml")),
            verbs=store.verbs,
            line=self.line,
            journal=SimpleNamespace(info=lambda *_, **__: None),
            dice=Random(1),
            clock=lambda: self.now,
            time=ServerTime(),
        )
        station.ask = partial(Station.ask, cast("Any", station))
        self.delivering = Delivering(cast("Any", station), Selection(), self.now)

    def run(self, seconds: float) -> None:
        """Let time pass. Fails if it does not pass: the loop would never wait."""
        until = self.now + seconds
        for _ in range(100):
            self.now = max(self.now, self.delivering.next_due())
            if self.now > until:
                return
            self.delivering.run_once(self.now)
            self.line.answer()
        pytest.fail(f"it looks again and again, without a pause: {Counter(self.line.scripts)}")


@pytest.fixture
def worker(store: Store) -> SeedWorker:
    return SeedWorker(store, "w1").register()


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    return Desk(store, tmp_path)


def fail(store: Store, worker: SeedWorker, count: int) -> None:
    """Let so many notices be kept."""
    watch(worker, "output")
    for number in range(count):
        run_one(store, worker, f"j{number:02}", well=False, log=b"packed")


def test_all_that_is_to_be_told_is_told_at_one_look(store: Store, worker: SeedWorker, desk: Desk) -> None:
    fail(store, worker, 20)

    desk.run(LOOK_EVERY)

    assert occasions(store) == []
    told = [job for job in Reading(store).active(50) if job.call.task == "notify.ops"]
    assert sorted(job.call.labels["job"] for job in told) == [f"j{number:02}" for number in range(20)]


def test_what_a_full_queue_keeps_back_is_looked_at_again_after_a_pause(
    store: Store, worker: SeedWorker, desk: Desk
) -> None:
    """A worker that asked on and on would keep itself and Redis busy for as long as the queue is full."""
    fail(store, worker, 20)
    worker.register(queue_default={"length": 1}, notify_tidy={"tell": {"ops": {"on": ["output"]}}})
    submit(store, "in the way")

    desk.run(10 * LOOK_EVERY)

    assert len(occasions(store)) == 20
    assert Counter(desk.line.scripts)["tell"] <= 10 / 0.75
    assert Counter(desk.line.scripts)["tell"] >= 7


def test_redis_is_asked_for_a_few_reports_at_once(store: Store, worker: SeedWorker, desk: Desk) -> None:
    """One takes about a millisecond, in which Redis does nothing else."""
    fail(store, worker, 20)

    desk.run(LOOK_EVERY)

    assert desk.line.looked_at == 4


def test_a_name_whose_queue_is_full_keeps_no_other_waiting(store: Store, worker: SeedWorker, desk: Desk) -> None:
    names = {"tell": {name: {"on": ["output"]} for name in ("ops", "dev")}}
    worker.register(notify_tidy=names)
    for number in range(8):
        run_one(store, worker, f"j{number}", log=b"packed")
    worker.register(notify_tidy=names, queue_slow={"length": 1})
    submit(store, a_job("in the way", queue="slow"))

    desk.run(LOOK_EVERY)

    assert (len(occasions(store, "ops")), len(occasions(store, "dev"))) == (0, 8)
