"""Random workflows that are cancelled, in part or as a whole, and run again: what holds whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import example, given, note

from qctl.model.state import Outcome, Reason
from qctl.model.workflow.plan import Node, Plan
from qctl.model.workflow.tree import Tree
from qctl.store import Reading, Store, open_store
from qctl.store.values import Claim
from qctl.store.workflow_values import WorkflowState
from tests.property.compositions import Trees, examples, seeds, shown
from tests.support.mutations import InScript, without
from tests.support.store_seed import SeedWorker, everything, some_json
from tests.support.workflow_seed import a_workflow, send


@dataclass
class Rehearsal:
    """Works a workflow off, with interruptions, and sees to it that everything comes in its turn."""

    store: Store
    plan: Plan
    luck: Random
    worker: SeedWorker = field(init=False)
    held: dict[str, Claim] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)  #: since the last (re)start
    own: set[str] = field(default_factory=set)  #: what did not succeed by itself, or was cancelled by its name
    alone: set[str] = field(default_factory=set)  #: what was told to run again by itself
    cancelled: bool = False

    def __post_init__(self) -> None:
        self.worker = SeedWorker(self.store).register()
        self.nodes = {node.name: node for node in self.plan.nodes}
        self.main = self.plan.nodes[: self.plan.main]

    def perform(self, *, well: bool = False) -> WorkflowState:
        """Until nothing is left to be done; `well`: everything succeeds and nobody interferes."""
        while True:
            self._settle_down()
            if not self.held:
                break
            if not well and self.luck.random() < 0.25:
                self._interfere()
            else:
                self._end(self.luck.choice(sorted(self.held)), well or self.luck.random() < 0.7)
        return self.state()

    def state(self) -> WorkflowState:
        state = Reading(self.store).workflow("w")
        assert state is not None
        return state

    def again(self, *ids: str) -> list[str]:
        answers = self.store.do(self.store.verbs.revive(ids))
        if "w" in ids:
            self.ran, self.own, self.cancelled = [], set(), False
        return answers

    def _settle_down(self) -> None:
        self._follow()
        while orders := self.worker.heartbeat().orders:
            for name, claim in list(self.held.items()):
                if claim.id in orders:
                    del self.held[name]
                    self.worker.bury(claim, outcome=Outcome.CANCELLED, reason=Reason.BY_USER)
            self._follow()
        while claims := self.worker.claim(50):
            fates = self.state().fates
            for claim in claims:
                self._begin(claim, fates)

    def _begin(self, claim: Claim, fates: object) -> None:
        assert isinstance(fates, dict)
        name = claim.id.removeprefix("w.")
        if name not in self.alone:
            assert not self.cancelled, f"{name} starts after the cancel"
            early = [one for one in self._before(self.nodes[name]) if one not in fates]
            assert not early, f"{name} starts before {early}"
            assert name not in self.ran, f"{name} runs twice"
            if claim.source:
                Reading(self.store).input("w", claim.source)  # it is there
        self.ran.append(name)
        self.held[name] = claim

    def _before(self, node: Node) -> Iterator[str]:
        """What must be final before a node starts."""
        if node.previous is not None:
            yield node.previous
            yield from self._before(self.nodes[node.previous])
        elif node.within is not None:
            yield from self._before(self.nodes[node.within])

    def _end(self, name: str, well: bool) -> None:
        claim = self.held.pop(name)
        if well:
            self.worker.complete(claim, value=some_json(f'"{name}"'))
        else:
            self.own.add(name)
            self.worker.bury(claim)

    def _interfere(self) -> None:
        if self.luck.random() < 0.2:
            name, order = "", "w"
        else:
            name = self.luck.choice([node.name for node in self.plan.nodes if node.job])
            order = f"w.{name}"
        together = (order, "w") if self.luck.random() < 0.1 else (order,)
        answers = [one.answer for one in self.store.do(self.store.verbs.cancel(together, {"by": "ada"}))]
        note(f"cancel {together}: {answers}")
        self.cancelled = self.cancelled or "w" in together
        if name and not self.cancelled and answers[0] != "ENDED":
            self.own.add(name)

    def _follow(self) -> None:
        while self.store.do(self.store.verbs.follow(2))[1]:
            pass

    def owes(self, state: WorkflowState, node: Node) -> bool:
        """Whether a node that did not succeed must run when its workflow does once more."""
        fate = state.fates.get(node.name, "")
        if fate in ("succeeded", "unneeded", ""):
            return False
        if node.tolerant and (node.name in self.own or node.group is not None):
            return False
        after = node
        while after.next is not None:
            after = self.nodes[after.next]
            if after.handler and state.fates.get(after.name) == "succeeded":
                return False
        if node.within is None:
            return True
        around = self.nodes[node.within]
        return state.fates.get(around.name) != "succeeded" and self.owes(state, around)


def interrupt(store: Store, tree: Tree, luck: Random) -> None:
    workflow = a_workflow(tree)
    rehearsal = Rehearsal(store, workflow.plan, luck)
    send(store, workflow)
    state = _final(store, rehearsal.perform())
    note(f"first: {dict(state.fates)} {state.job.outcome}")
    if state.job.outcome is Outcome.SUCCEEDED:
        assert rehearsal.again("w") == ["UNNEEDED"]
        return
    kept = {node.name for node in rehearsal.main if node.job and state.fates.get(node.name) == "succeeded"}
    owed = {node.name for node in rehearsal.main if node.job and rehearsal.owes(state, node)}
    failed = [name for name in sorted(rehearsal.own) if name in rehearsal.ran and name in owed]
    rehearsal.alone = {name for name in failed if luck.random() < 0.3}
    answers = rehearsal.again(*(f"w.{name}" for name in sorted(rehearsal.alone)), "w")
    assert set(answers) == {"OK"}
    state = _final(store, rehearsal.perform(well=True))
    note(f"then: {dict(state.fates)} {rehearsal.ran}")
    assert state.job.outcome is Outcome.SUCCEEDED
    assert not kept & set(rehearsal.ran), "what had succeeded runs again"
    left = {name for name in owed - set(rehearsal.ran) if state.fates.get(name) != "unneeded"}
    assert not left, "what had not succeeded does not run"


def _final(store: Store, state: WorkflowState) -> WorkflowState:
    assert state.job.ended
    assert all(job.ended for job in state.jobs.values())
    left = {name.partition(":")[0] for name in everything(store)}
    assert not left & {"live", "steps", "unstepped", "deadlines", "workflows"}
    return state


@pytest.mark.parametrize("at_once", [200, 1], ids=["at once", "one step a call"])
def test_whatever_is_cancelled_and_runs_again_comes_in_its_turn_and_to_an_end(
    redis_url: str, namespace: str, at_once: int
) -> None:
    """Rules 2 and 8, C96, C97."""
    stores = iter(range(1_000_000))

    @examples(12)
    @example(drawn=(24, 1188))  # a group's member ends with a handler that was not needed, and so has no job
    @given(drawn=seeds())
    def check(drawn: tuple[int, int]) -> None:
        steps, seed = drawn
        store = open_store(redis_url, f"{namespace}n{next(stores)}")
        luck = Random(seed)
        tree = Trees(luck).tree(steps)
        note(shown(tree))
        try:
            interrupt(store, tree, luck)
        finally:
            store.close()

    with without([InScript("_workflows", "local STEPS_AT_ONCE = 200", f"local STEPS_AT_ONCE = {at_once}")]):
        check()
