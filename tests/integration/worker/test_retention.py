"""What a worker forgets, over a real store: L13."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import redis

from qctl.config import Config
from qctl.engine.housekeeping import Forget
from qctl.engine.station import Station
from qctl.model.call import Kind
from qctl.model.task import Task
from qctl.store import Command, Store
from tests.support.store_seed import HOUR_MS, SeedWorker, a_job, end_long_ago, everything, submit


class Line:
    """A line to the store whose answers come when they are asked for."""

    up = True

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asked: tuple[Sequence[Command[Any]], Callable[[list[Any]], None]] | None = None

    def ask(
        self, commands: Sequence[Command[Any]], answered: Callable[[list[Any]], None], _lost: object, _now: float
    ) -> bool:
        self._asked = (commands, answered)
        return True

    def answer(self) -> None:
        """Answer what was asked."""
        asked, self._asked = self._asked, None
        if asked is not None:
            asked[1](self._store.ask_all(asked[0]))


def forget_all(store: Store, config: Config, *, others: int = 0) -> int:
    """Let the duty take every step that is due within ten minutes, and answer how many those were."""
    line = Line(store)
    station = SimpleNamespace(
        line=line,
        verbs=store.verbs,
        dice=Random(1),
        config=config,
        task=config.tasks.get,
        others=others,
        journal=SimpleNamespace(trouble=lambda *_: None),
    )
    forget = Forget(cast("Station", station), now=0.0)
    steps = 0
    while (due := forget.next_due()) < 600:
        forget.run_once(max(0.0, due))
        line.answer()
        steps += 1
    return steps


def test_a_hundred_workers_do_together_what_two_would(store: Store) -> None:
    """Each of them looks the less often, the more there are: what it costs Redis does not grow with them."""
    alone, among = forget_all(store, Config()), forget_all(store, Config(), others=99)
    assert alone > 70
    assert among <= 6


def test_names_of_queues_that_are_idle_for_a_day_are_forgotten(store: Store) -> None:
    submit(store, a_job("one", queue="old"))
    store.do(store.verbs.cancel(["one"], {}))
    forget_all(store, Config())
    store.do(Command(("ZADD", store.keys.idle, 1, "old"), int))
    forget_all(store, Config())
    assert store.do(Command(("EXISTS", store.keys.queues), int)) == 0


def test_a_task_of_which_somebody_has_written_over_something_keeps_no_other_from_being_forgotten(
    store: Store, redis_client: redis.Redis
) -> None:
    for task in ("broken", "sound"):
        end(store, task, f"of-{task}", hours=1000)
    index = store.keys.ended("broken")
    redis_client.rename(index, "aside")
    redis_client.set(index, "x")

    forget_all(store, Config())

    assert not redis_client.exists(store.keys.ended("sound"))
    redis_client.rename("aside", index)


def end(store: Store, task: str, *ids: str, hours: int) -> None:
    """Let jobs of a task end, so many hours ago."""
    worker = SeedWorker(store, f"worker-of-{task}").register()
    for job in ids:
        submit(store, a_job(job, task=task))
        worker.complete(worker.take())
        end_long_ago(store, job, hours * HOUR_MS, task)


def left(store: Store) -> set[str]:
    """The jobs that are still remembered."""
    return {name.split(":")[1].split()[0] for name in everything(store) if name.startswith("job:")}


def test_a_task_that_nobody_declares_any_more_is_forgotten_by_the_general_rule(store: Store) -> None:
    """By age and by count, whatever the task's own rule was (dagu kept those for ever)."""
    end(store, "declared", "d1", "d2", hours=50)
    end(store, "renamed", "r1", "r2", hours=50)
    end(store, "removed", "x1", "x2", "x3", hours=2)
    declared = Task(name="declared", kind=Kind.RUN, run="true", keep_age=60 * 3600.0)
    config = replace(Config(tasks={"declared": declared}), retention_age=48 * 3600.0, retention_runs=2)

    forget_all(store, config)

    assert left(store) == {"d1", "d2", "x2", "x3"}


def test_a_tasks_own_rule_wins_over_the_general_one(store: Store) -> None:
    end(store, "often", "o1", "o2", "o3", hours=2)
    often = Task(name="often", kind=Kind.RUN, run="true", keep_runs=1)

    forget_all(store, Config(tasks={"often": often}))

    assert left(store) == {"o3"}


def test_a_worker_that_does_not_have_a_task_keeps_what_one_that_has_it_keeps(store: Store) -> None:
    """Workers of several hosts have several files, and a file may be broken for a while."""
    end(store, "yearly", "y1", "y2", hours=50)
    yearly = Task(name="yearly", kind=Kind.RUN, run="true", keep_age=366 * 24 * 3600.0)
    forget_all(store, Config(tasks={"yearly": yearly}))

    forget_all(store, replace(Config(), retention_age=48 * 3600.0, retention_runs=0))

    assert left(store) == {"y1", "y2"}


def test_output_over_the_budget_goes_and_the_oldest_first(store: Store) -> None:
    worker = SeedWorker(store).register()
    for job in ("1st", "2nd"):  # a name decides between two of the same millisecond
        submit(store, a_job(job))
        worker.complete(worker.take(), log=b"0" + b"x" * 999)

    forget_all(store, Config(output_budget=1500))

    assert [name for name in everything(store) if name.startswith("log:")] == ["log:2nd:1"]
    assert left(store) == {"1st", "2nd"}
