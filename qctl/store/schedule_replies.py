"""How the answers of the scripts of schedules are read."""

from __future__ import annotations

import json
from functools import lru_cache

from qctl.model.occurrence import Occurrence
from qctl.store.abouts import about_in
from qctl.store.replies import pairs_of, said_in, text, texts
from qctl.store.schedule_values import (
    BeatInfo,
    Disabled,
    Fired,
    FiringAnswer,
    Published,
    Pulse,
    ScheduleState,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence
    from typing import Any, Final

_BOOT: Final = "boot "
_HOLDS: Final = "holds "


def read_pulse(reply: Sequence[Any]) -> Pulse:
    rows = zip(reply[2::3], reply[3::3], reply[4::3], strict=True)
    others = (read_beat_info(text(beat), seen, about) for beat, seen, about in rows)
    return Pulse(now_ms=int(reply[0]), version=int(reply[1]), others=tuple(others))


def read_beat_info(beat: str, seen: Any, about: Any) -> BeatInfo:
    return BeatInfo(id=beat, seen_ms=int(float(seen)), about=about_in(about))


def read_published(names: Sequence[str], reply: Sequence[Any]) -> list[tuple[Published, ScheduleState]]:
    now_ms, live = _head(reply)
    rows = zip(names, reply[2::2], reply[3::2], strict=True)
    return [(Published(text(answer)), read_state(name, told, now_ms, live)) for name, answer, told in rows]


def read_fired(names: Sequence[str], reply: Sequence[Any]) -> list[FiringAnswer]:
    now_ms, live = _head(reply)
    rows = zip(names, reply[2::3], reply[3::3], reply[4::3], strict=True)
    return [
        FiringAnswer(
            fired=Fired(text(answer)),
            now_ms=now_ms,
            state=read_state(name, told, now_ms, live) if told else None,
            rows=tuple(Occurrence.decode(row) for row in written),
        )
        for name, answer, told, written in rows
    ]


def read_rewound(name: str, reply: Sequence[Any]) -> FiringAnswer:
    (answer,) = read_fired([name], [*reply, []])
    return answer


def read_states(names: Sequence[str], reply: Sequence[Any]) -> list[ScheduleState]:
    """The answer of `schedules.lua`. What does not exist, or nobody can read, is left out."""
    now_ms, live = _head(reply)
    found = (_state_if_sound(name, told, now_ms, live) for name, told in zip(names, reply[2:], strict=True) if told)
    return [state for state in found if state]


def read_state(name: str, told: Sequence[Any], now_ms: int, live: Container[str]) -> ScheduleState:
    """One schedule. Raises a LookupError or ValueError if it cannot be read: somebody wrote it by hand."""
    fields = {field: text(value) for field, value in pairs_of(told[0])}
    disabled, enabled_ms = _disabled(fields, now_ms)
    held = {name.removeprefix(_HOLDS): said for name, said in fields.items() if name.startswith(_HOLDS)}
    return ScheduleState(
        name=name,
        hash=fields["hash"],
        generation=int(fields["gen"]),
        definition=_definition(fields["def"]),
        cursor_ms=int(fields["cursor"]),
        origin_ms=int(fields["origin"]),
        active=tuple(texts(told[1])),
        disabled=disabled,
        enabled_ms=enabled_ms,
        publisher=fields.get("publisher", ""),
        fired_by=fields.get("fired_by", ""),
        last_job=fields.get("last_job", ""),
        last_at_ms=_number(fields, "last_at"),
        last_fired_ms=_number(fields, "last_fired"),
        last_outcome=fields.get("last_outcome", ""),
        last_ended_ms=_number(fields, "last_ended"),
        last_run_ms=_number(fields, "last_run"),
        failures=_number(fields, "failures") or 0,
        failing_since_ms=_number(fields, "failing_since"),
        missed=_number(fields, "missed") or 0,
        last_missed_ms=_number(fields, "last_missed"),
        boots={name.removeprefix(_BOOT): said for name, said in fields.items() if name.startswith(_BOOT)},
        turn=_number(fields, "turn") or 0,
        drifting={beat: said for beat, said in held.items() if beat in live and said != fields["hash"]},
    )


@lru_cache(maxsize=4096)
def _definition(said: str) -> Mapping[str, Any]:
    """A definition, which comes with every answer and hardly ever changes."""
    found = json.loads(said)
    if not isinstance(found, dict):
        raise ValueError("a definition is an object")
    return found


def _state_if_sound(name: str, told: Sequence[Any], now_ms: int, live: Container[str]) -> ScheduleState | None:
    try:
        return read_state(name, told, now_ms, live)
    except (AttributeError, LookupError, TypeError, ValueError):
        return None


def _head(reply: Sequence[Any]) -> tuple[int, frozenset[str]]:
    return int(reply[0]), frozenset(texts(reply[1]))


def _disabled(fields: Mapping[str, str], now_ms: int) -> tuple[Disabled | None, int]:
    """Who disabled it, and when it was last enabled; an order whose time is over did that by itself."""
    enabled_ms = _number(fields, "enabled") or 0
    order = said_in(fields.get("disabled"))
    if not order:
        return None, enabled_ms
    until = order.get("until")
    if until is not None and until <= now_ms:
        return None, max(enabled_ms, int(until))
    return Disabled(
        at_ms=int(order.get("at", 0)),
        by=str(order.get("by", "")),
        reason=str(order.get("reason", "")),
        until_ms=None if until is None else int(until),
    ), enabled_ms


def _number(fields: Mapping[str, str], name: str) -> int | None:
    return int(fields[name]) if name in fields else None
