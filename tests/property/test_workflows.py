"""Random workflows in the store against the reference interpreter: the same steps run once each, on the same values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random

import pytest
from hypothesis import currently_in_test_context, example, given, note
from hypothesis import strategies as st

from qctl.model.state import Outcome
from qctl.model.workflow.tree import Tree
from qctl.store import Reading, Store, open_store
from qctl.store.workflow_values import WorkflowState
from tests.property.compositions import Trees, examples, opened, seeds, shown, tasks_of
from tests.property.fitting import fits
from tests.property.scripts import Script
from tests.property.theatre import Theatre, performed, plain
from tests.support.canvas import NOTHING, Feed, Ran, Told
from tests.support.leaks import forget_all, level, names_of
from tests.support.mutations import InScript, without
from tests.support.store_seed import everything


def undisturbed(tree: Tree, dice: Random, script: Script) -> Tree:
    """Nobody interferes."""
    del dice, script
    return tree


def stopped(tree: Tree, dice: Random, script: Script) -> Tree:
    """The whole is cancelled, or its time is over; or single steps are cancelled, running or not."""
    length = script.told(tree).at + 1
    if dice.random() < 0.5:
        script.until, script.how = dice.uniform(0.1, length), dice.choice(["cancel", "timeout"])
    if script.until > length or dice.random() < 0.5:
        script.cancels = {task: dice.uniform(0.1, length) for task in tasks_of(tree) if dice.random() < 0.1}
    return tree


def growing(tree: Tree, dice: Random, script: Script) -> Tree:
    """Steps add members to the groups that they are in, or are replaced; one group is fed from outside."""
    script.growing = 0.3
    if dice.random() < 0.5:
        length = script.told(tree).at
        tree = opened(tree, dice)
        times = sorted(dice.uniform(0.1, length) for _ in range(dice.randint(0, 5)))
        trees = [Trees(dice, name=f"f{place}x", plain=True).tree(dice.randint(1, 3)) for place in range(len(times))]
        script.feed = Feed(tuple(zip(times, trees, strict=True)), max([0.1, *times]) + dice.random())
    return tree


def everything_at_once(tree: Tree, dice: Random, script: Script) -> Tree:
    return stopped(growing(tree, dice, script), dice, script)


def _note(text: str) -> None:
    if currently_in_test_context():
        note(text)


def compare(store: Store, tree: Tree, theatre: Theatre) -> None:
    told = theatre.script.told(tree)
    steps = told.steps()
    workflow = performed(store, tree, theatre)
    _note(f"{theatre.troubles} {theatre.ran}")
    read = Reading(store)
    state = read.workflow("w")
    assert state is not None
    assert _outcomes(theatre.ran) == _outcomes(steps)
    own = _own_failures(told, theatre.script)
    for name, ran in theatre.ran.items():
        assert fits(ran.received, steps[name].received, own), (name, ran.received, steps[name].received)
    _must_all_be_final(state, {node.name for node in workflow.plan.nodes[: workflow.plan.main]}, steps)
    _must_have_come_to(told, own, read, state, theatre)
    _must_leave_nothing_under_way(store)
    theatre.leave()


def _must_leave_nothing_under_way(store: Store) -> None:
    left = {name.partition(":")[0] for name in everything(store)}
    assert not left & {"live", "steps", "unstepped", "unsettled", "deadlines", "workflows", "orders"}


def _outcomes(ran: dict[str, Ran]) -> dict[str, str]:
    return {name: one.outcome for name, one in ran.items()}


def _must_all_be_final(state: WorkflowState, main: set[str], steps: dict[str, Ran]) -> None:
    """Rule 2: whatever runs, ends; whatever does not run, says why, but for side branches that nothing started."""
    assert state.job.ended
    for name, node in state.nodes.items():
        job = state.jobs.get(name)
        assert job is None or job.ended, name
        if node.job and name in main and state.fates.get(name) != "unneeded":
            assert job is not None, f"{name} has no end"
            if node.job.task not in steps:
                assert job.outcome in (Outcome.SKIPPED, Outcome.CANCELLED, Outcome.TIMEOUT), name


def _must_have_come_to(told: Told, own: set[str], read: Reading, state: WorkflowState, theatre: Theatre) -> None:
    outcome = state.job.outcome
    if told.ok:
        assert outcome is Outcome.SUCCEEDED
        found = read.value("w")
        value = plain(json.loads(found.data) if found else None)
        assert fits(value, None if told.value == NOTHING else told.value, own), (value, told.value)
        assert theatre.afterwards == [("on_success", NOTHING if told.value == NOTHING else value)]
    elif theatre.stopped and theatre.script.how == "cancel":
        assert outcome is Outcome.CANCELLED
        assert theatre.afterwards == []
    else:
        assert outcome in _outcomes_to_be(told, theatre)
        ((name, received),) = theatre.afterwards
        assert name == "on_error"
        _must_name_what_failed(set(received["failed"]), told, theatre)


def _must_name_what_failed(named: set[str], told: Told, theatre: Theatre) -> None:
    """Rule 5: all that failed by themselves; of those that were cancelled only by their names, or by the time limit."""
    ran = {name: one.outcome for name, one in told.steps().items() if name not in theatre.elsewhere}
    failed = {name for name, outcome in ran.items() if outcome == "failed"}
    overtaken = {name for name, outcome in ran.items() if outcome == "cancelled"} if theatre.stopped else set()
    assert failed <= named
    assert named <= failed | overtaken | {name for name in theatre.script.cancels if ran.get(name) != "succeeded"}


def _outcomes_to_be(told: Told, theatre: Theatre) -> set[Outcome]:
    """That of the step that failed first. What is cancelled before its turn comes before all that fails later."""
    if theatre.stopped:
        return {Outcome.TIMEOUT}
    ran = told.steps()
    ahead = {Outcome.CANCELLED for name in theatre.script.cancels if name not in ran}
    return ahead | ({Outcome(ran[told.culprit].outcome)} if told.culprit in ran else set())


def _own_failures(told: Told, script: Script) -> set[str]:
    """Who failed, or was cancelled by its name while it ran: not with its group, or with all."""
    ends = {name: ran.outcome for name, ran in told.steps().items()}
    return {name for name, outcome in ends.items() if outcome == "failed" or name in script.cancels}


@pytest.fixture(params=[200, 1], ids=["at once", "one step a call"])
def steps_at_once(request: pytest.FixtureRequest) -> Iterator[None]:
    """How many steps a call takes; whatever is too much for it is left to `follow`."""
    with without([InScript("_workflows", "local STEPS_AT_ONCE = 200", f"local STEPS_AT_ONCE = {request.param}")]):
        yield


@pytest.mark.usefixtures("steps_at_once")
@pytest.mark.parametrize("what", [undisturbed, stopped, growing, everything_at_once])
def test_the_same_steps_run_once_each_with_the_same_values_and_come_to_the_same_end(
    redis_url: str, namespace: str, what: Callable[[Tree, Random, Script], Tree]
) -> None:
    """C04, C15, C24-C37, C46-C59, C61-C71, C79-C82, C86, C96, C97 in shapes that nobody has thought of; and C78."""
    stores = iter(range(1_000_000))

    @examples(14)
    @given(drawn=seeds(), failing=st.sampled_from([0.05, 0.25, 0.5]))
    @example(drawn=(37, 478015), failing=0.25)  # an open group goes down with the step beside it that failed
    def check(drawn: tuple[int, int], failing: float) -> None:
        perform_one(redis_url, f"{namespace}n{next(stores)}", what, drawn, failing)

    check()


def perform_one(
    url: str,
    namespace: str,
    what: Callable[[Tree, Random, Script], Tree],
    drawn: tuple[int, int],
    failing: float,
) -> None:
    """Draw a workflow, work it off, compare, and let retention take it."""
    steps, seed = drawn
    dice, script = Random(seed), Script(seed, failing)
    tree = what(Trees(dice, secrets=0.2).tree(steps), dice, script)
    _note(f"{shown(tree)} {script}")
    store = open_store(url, namespace)
    try:
        before = level(store)
        compare(store, tree, Theatre(store, script, dice, again=dice.random() < 0.3, trouble=dice.random() < 0.6))
        forget_all(store)
        assert names_of(store) == before
    finally:
        store.close()
