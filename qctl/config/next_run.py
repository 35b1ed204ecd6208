"""What a report tells of a job's task: when its schedule is due next, from what the store knows of it."""

from __future__ import annotations

import json

from qctl.config.timetable import read_definition, zone_of
from qctl.model.around import Around
from qctl.model.schedule import offset_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.model.around import Surroundings


def around_of(known: Surroundings, now_ms: int, lines: int | None = None) -> Around:
    """What the store knows around a job, as its report takes it; `lines` of output are shown."""
    due = None
    if known.definition:
        due = next_run_ms(known.job.call.schedule or known.job.call.task, known.definition, known.origin_ms, now_ms)
    return Around(history=known.history, skipped=known.skipped, next_run_ms=due, lines=lines)


def next_run_ms(name: str, definition: bytes, origin_ms: int, now_ms: int) -> int | None:
    """The next start of a schedule after now, its jitter included, in ms; None if there is none, or nobody can tell."""
    try:
        said = json.loads(definition)
        schedule = read_definition(name, said)
        offset = offset_ms(str(said["seed"]), schedule.jitter)
        due = next(schedule.timing.upcoming(now_ms - offset, zone_of(schedule.timezone), origin_ms), None)
    except (ValueError, LookupError):  # written by hand, or a zone that is not there
        return None
    return due.ms + offset if due is not None and schedule.enabled else None
