"""Scenes of workflows. Where no single one would show it, one is drawn and compared with the reference interpreter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random
from traceback import extract_tb
from typing import Final

from qctl.model.workflow.inputs import InputGone
from tests.property.test_workflows import everything_at_once, perform_one
from tests.protections.stage import Scene, Stage, scene
from tests.support.store_seed import HOUR_MS, end_long_ago
from tests.support.workflow_seed import Crew, a_workflow, chain, group, received, send

#: Other steps ran, ended otherwise or received something else.
_RAN_OTHERWISE: Final = r"_outcomes\(theatre\.ran\)|fits\(ran\.received"

#: What is compared differs here, and in nothing else first: that would prove nothing. Then a drawing that shows it.
_COMPARED: Final = {
    "one-end": (_RAN_OTHERWISE, 26),
    "on-error": (r"theatre\.afterwards == \[\]", 18),
    "open-groups": (r"state\.job\.ended", 56),
    "tolerance": (_RAN_OTHERWISE, 6),
    "declared-order": (r"fits\((ran\.received|value)", 16),
}
_MOST_DRAWN: Final = 60  #: tried where the first one does not show it any more


def _a_comparison(meant: str, known: int) -> Scene:
    def drawn(stage: Stage) -> Iterator[str]:
        others = [seed for seed in range(_MOST_DRAWN) if seed != known] if stage.without else []
        for seed in (known, *others):
            if (line := _differs(stage, seed)) is None:
                continue
            if re.search(meant, line):
                yield f"drawing {seed}: {line}"
                return

    return drawn


def _differs(stage: Stage, seed: int) -> str | None:
    """The line of the comparison that does not hold for a workflow that is drawn from this seed."""
    drawn = Random(seed).randint(2, 40), seed
    try:
        perform_one(stage.url, f"{stage.namespace}n{seed}", everything_at_once, drawn, 0.25)
    except AssertionError as error:
        return extract_tb(error.__traceback__)[-1].line or ""
    except TypeError:
        return ""  # values of different shapes cannot be compared: they differ, and this proves nothing
    return None


for _name, _how in _COMPARED.items():
    scene(_name)(_a_comparison(*_how))


@scene("members")
def the_end_of_a_member_is_told_twice(stage: Stage) -> Iterator[str]:
    """Fault 68, rule 1: a set, never a bare counter."""
    worker = stage.worker()
    send(stage.store, a_workflow(chain(group("a", "b"), "c")))
    first, _ = worker.claim(2)
    worker.complete(first)
    stage.say("RPUSH", stage.store.keys.steps("w"), "arrive 1 ok -")
    stage.say("SADD", stage.store.keys.unstepped, "w")
    stage.store.do(stage.store.verbs.follow())

    if worker.claim(9):
        yield "what follows the group started before all of it had ended"


@scene("order")
def a_workflow_is_cancelled_while_a_step_runs(stage: Stage) -> Iterator[str]:
    """Fault 71, rule 8."""
    worker = stage.worker()
    send(stage.store, a_workflow(chain("a", "b")))
    claim = worker.take()
    stage.store.do(stage.store.verbs.cancel(["w"], {}))
    worker.complete(claim)

    if worker.claim(9):
        yield "the next step started"


@scene("kept-values")
def retention_comes_by_before_a_step_has_received(stage: Stage) -> Iterator[str]:
    crew = Crew(stage.worker())
    send(stage.store, a_workflow(chain("a", "b")))
    crew.end("1")
    end_long_ago(stage.store, "w.1", 2 * HOUR_MS, "a")
    stage.store.do(stage.store.verbs.forget("a", HOUR_MS, 0))

    try:
        if received(stage.read, crew, "2") != "1":
            yield "the step receives something else"
    except InputGone:
        yield "what the step is to receive is gone"
