"""What a beat declares of one schedule: the definition, and what is new in it."""

from __future__ import annotations

import json

from qctl.config.timetable import same_instants, same_words
from qctl.store.schedule_values import Publication

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from qctl.engine.beat.entry import Entry
    from qctl.model.schedule import Schedule


def publication(
    schedule: Schedule, known: Mapping[str, Any] | None, entry: Entry | None, *, edited: bool
) -> Publication:
    """Declare a schedule of which `known` is in force, and which this beat has had as `entry`.

    If the file was read again (`edited`), it is newer than what others hold only where this file itself says something
    new of it: a beat with an old file is told to read that again too, or finds in it an edit of something else, or gets
    other rules of a zone.
    """
    said = json.loads(schedule.definition)
    keeps = known is not None and same_instants(known, said) and (bool(known.get("enabled")) or not said["enabled"])
    return Publication(
        name=schedule.name,
        hash=schedule.hash,
        definition=schedule.definition,
        keeps_cursor=keeps,
        changed=edited and (entry is None or _is_news(json.loads(entry.schedule.definition), said, known)),
    )


def _is_news(before: Mapping[str, Any], said: Mapping[str, Any], known: Mapping[str, Any] | None) -> bool:
    """Whether a file says something new. Where it stands, or whom it tells, is so only of what is in force anyway."""
    if known is not None and same_words(known, said):
        return before != said
    return not same_words(before, said)
