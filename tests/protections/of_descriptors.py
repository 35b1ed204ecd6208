"""Scenes of processes below a worker that may open nothing more (fault 21)."""

from __future__ import annotations

from collections.abc import Iterator

from qctl.engine.processes.events import SlotDied
from tests.integration.processes.crew import python
from tests.protections.stage import Stage, scene
from tests.support.descriptors import none_left, open_descriptors


@scene("parts")
def a_job_keeps_every_descriptor_open_and_has_a_large_value(stage: Stage) -> Iterator[str]:
    """Fault 21."""
    with none_left(len(open_descriptors()) + 200):
        crew = stage.hire(python("opens_all_it_may", "mark", "size", "lines", module="hard_ends"))
        key = crew.submit("opens_all_it_may", {"mark": str(stage.folder / "mark"), "size": 100_000, "lines": 1})
        crew.until(lambda: key in crew.ended or crew.of(SlotDied))

    if key not in crew.ended:
        yield "it counts as crashed, and will be run again"


@scene("told-when-seen")
def an_idle_slot_dies_when_the_template_can_open_nothing(stage: Stage) -> Iterator[str]:
    """Fault 21."""
    gate = stage.folder / "gate"
    crew = stage.hire(python("wait_and_mark", "path", "mark"), slots=2)
    key, begun = crew.start("wait_and_mark", {"path": str(gate), "mark": str(stage.folder / "mark")})
    crew.lose_idle_slot(busy=begun.pid)
    crew.until(lambda: crew.of(SlotDied))
    gate.touch()

    if any(died.running == key for died in crew.of(SlotDied)):
        yield "the job of the other slot counts as crashed"
