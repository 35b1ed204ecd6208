"""Schedules that somebody seems to have renamed in the file: what was ordered for the old name is not for the new."""

from __future__ import annotations

import json

from qctl.config.timetable import same_instants

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qctl.model.schedule import Schedule
    from qctl.store.schedule_values import ScheduleState


def lost_orders(
    gone: Sequence[str], declared: Mapping[str, Schedule], states: Mapping[str, ScheduleState]
) -> Iterator[str]:
    """What is to be said of each schedule that goes while it is disabled, and of the one that runs in its place."""
    new = [one for name, one in declared.items() if name not in states and one.enabled]
    for name in gone:
        state = states.get(name)
        if state is None or state.disabled is None or (one := _successor(state, new)) is None:
            continue
        was = f"schedule {name} is gone, and was disabled" + (f" by {state.disabled.by}" if state.disabled.by else "")
        yield f"{was}; {one.name} is new and runs: qctl schedule disable {one.name}"


def _successor(state: ScheduleState, new: Sequence[Schedule]) -> Schedule | None:
    """The new schedule of the same task, or else the only new one that is due at the same times."""
    of_task = [one for one in new if one.task == state.definition.get("task")]
    seed = {"seed": None}
    alike = [one for one in new if same_instants({**json.loads(one.definition), **seed}, {**state.definition, **seed})]
    if of_task:
        return of_task[0]
    return alike[0] if len(alike) == 1 else None
