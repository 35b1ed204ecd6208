"""One hand that does all that workers do, in calls as large as theirs, so that every round makes the same calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count, islice

from qctl.client import Client
from qctl.client.asking import Instance
from qctl.config import Config
from qctl.config.options import Request
from qctl.engine.claiming import LARGEST_CLAIM
from qctl.engine.housekeeping import FOLLOWED, REMOVED
from qctl.engine.outbox import BATCH
from qctl.model.attempt import Value, ValueKind
from qctl.model.call import PIPELINE, Kind
from qctl.model.state import Outcome, Reason
from qctl.model.task import Param, ParamType, Task
from qctl.model.workflow.tree import Tree
from qctl.store import Command, Store
from qctl.store.values import CHARGE_FAILURE, Claim
from tests.support.store_seed import SeedWorker, settled

_YEAR_MS = 365 * 86_400_000
_TASKS = {name: Task(name=name, kind=Kind.CALL, call=f"jobs:{name}") for name in ("noop", "fails", "lasts")}
_TOTAL = Task(name="total", kind=Kind.CALL, call="jobs:total", params=(Param(name="numbers", type=ParamType.JSON),))


class Hand:
    """A worker and a client in one."""

    def __init__(self, store: Store) -> None:
        self.store = store
        numbers = count(1)
        self.client = Client(
            store,
            Config(tasks=_TASKS | {"total": _TOTAL}),
            Instance("", "", "bench", False),
            lambda: None,
            lambda: f"w{next(numbers):07d}",
        )
        self._worker = SeedWorker(store).register()
        self.held: list[Claim] = []  #: of `lasts`: claimed, and not to end

    def submit(self, tree: Tree) -> str:
        """Submit a workflow, and answer its id."""
        (receipt,) = self.client.submit([Request(task=PIPELINE, tree=tree, cwd="/")])
        return receipt.id

    def work(self, most: int | None = None) -> None:
        """Run all that there is, or so many jobs: those of `fails` fail, and those of `lasts` go on."""
        done = 0
        while most is None or done < most:
            self.follow()
            claims = self._worker.claim(LARGEST_CLAIM)
            if not claims:
                return
            self.held += [claim for claim in claims if claim.task == "lasts"]
            self._settle([claim for claim in claims if claim.task != "lasts"])
            done += len(claims)

    def follow(self) -> None:
        """Let all go on that was too much for one call."""
        while self.store.do(self.store.verbs.follow(FOLLOWED))[1]:
            pass

    def _settle(self, claims: Sequence[Claim]) -> None:
        good = [claim for claim in claims if claim.task != "fails"]
        bad = [claim for claim in claims if claim.task == "fails"]
        verbs, worker = self.store.verbs, self._worker.id
        for batch in _batches(good):
            rows = [settled(claim, value=Value(ValueKind.JSON, b"1")) for claim in batch]
            self.store.do(verbs.complete(worker, rows))
        for batch in _batches(bad):
            rows = [
                settled(claim, outcome=Outcome.FAILED, reason=Reason.EXCEPTION, charge=CHARGE_FAILURE)
                for claim in batch
            ]
            self.store.do(verbs.bury(worker, rows))

    def age(self, *tasks: str) -> None:
        """Let the jobs of tasks look as if they had ended long ago."""
        for task in tasks:
            key = self.store.keys.ended(task)
            self.say("ZUNIONSTORE", key, 1, key, "WEIGHTS", 0)

    def forget(self, *tasks: str) -> None:
        """Retention of tasks' jobs."""
        for task in tasks:
            while self.store.do(self.store.verbs.forget(task, _YEAR_MS, 1_000_000, REMOVED, declared=True))[1]:
                pass
            self.follow()

    def say(self, *words: str | int) -> int:
        """A command that no verb gives."""
        return self.store.do(Command(words, int))


def _batches(claims: Sequence[Claim]) -> Iterator[list[Claim]]:
    left = iter(claims)
    while batch := list(islice(left, BATCH)):
        yield batch
