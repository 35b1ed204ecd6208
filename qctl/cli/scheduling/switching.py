"""`schedule enable` and `schedule disable`: orders that stand beside tasks.toml, until somebody takes them back."""

from __future__ import annotations

from qctl.cli.accepted import read_after
from qctl.cli.emit import emit_list
from qctl.cli.requesting import plain, seconds
from qctl.cli.scheduling.choosing import chosen
from qctl.cli.screens.schedules import disabled_words
from qctl.client.doubt import were
from qctl.client.scheduling import Scheduling
from qctl.clock import rfc3339
from qctl.config.requests import caller
from qctl.errors import Refused, UsageError
from qctl.model.show import duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final

    from qctl.cli.session import Session
    from qctl.client.terms import ScheduleState

_COLUMNS: Final = ("schedule", "answer", "until", "by", "reason")


def disable(here: Session, names: Sequence[str], *, every: bool, length: str | None, reason: str, strict: bool) -> int:
    """Let schedules start nothing, and say so. Raises UsageError, NotFound, and Refused with `strict`."""
    config = here.instance_config()
    plain("--reason", reason)
    for_s = None if length is None else seconds("--for", length)
    if for_s == 0:
        raise UsageError("--for 0 disables nothing", help="leave --for out to disable until `qctl schedule enable`")
    with here.client(config) as client:
        scheduling = Scheduling(client)
        known = {state.name: state for state in scheduling.reading.states()}
        picked = chosen(here, config, known, names, every=every, word="disable")
        if here.settings.dry_run:
            answers = ["ALREADY" if known[name].disabled else "OK" for name in picked]
        else:
            answers = scheduling.disable(picked, reason, caller(), for_s)
            stands = read_after(here, f"{were(picked)} disabled", lambda: scheduling.reading.states(picked)) or []
            known = {state.name: state for state in stands}
        items = [_item(name, answer, known.get(name)) for name, answer in zip(picked, answers, strict=True)]
    lines = [_disabled(item, for_s, here) for item in items]
    emit_list(here.settings, items, lambda: lines, columns=_COLUMNS, name="schedule")
    return _end(here, items, "disabled", strict=strict)


def enable(here: Session, names: Sequence[str], *, every: bool, strict: bool) -> int:
    """Let schedules start their tasks again, and say so. Raises as `disable`."""
    config = here.instance_config()
    with here.client(config) as client:
        scheduling = Scheduling(client)
        known = {state.name: state for state in scheduling.reading.states()}
        picked = chosen(here, config, known, names, every=every, word="enable")
        if here.settings.dry_run:
            answers = ["OK" if known[name].disabled else "ALREADY" for name in picked]
        else:
            answers = scheduling.enable(picked)
    items = [_item(name, answer, None) for name, answer in zip(picked, answers, strict=True)]
    off = [name for name in picked if not known[name].definition.get("enabled", True)]
    emit_list(here.settings, items, lambda: [_enabled(item, here) for item in items], columns=_COLUMNS, name="schedule")
    for name in off:
        here.warn(f"{name} is disabled by `enabled = false` in {known[name].definition.get('file') or 'its file'} too")
    return _end(here, items, "enabled", strict=strict)


def _item(name: str, answer: str, state: ScheduleState | None) -> dict[str, Any]:
    """The answer as `qctl.disabled/1`."""
    order = state.disabled if state is not None else None
    return {
        "schema": "qctl.disabled/1",
        "schedule": name,
        "answer": answer,
        "until": rfc3339(order.until_ms) if order and order.until_ms is not None else None,
        "by": order.by or None if order else None,
        "reason": order.reason or None if order else None,
    }


def _disabled(item: Mapping[str, Any], for_s: float | None, here: Session) -> str:
    length = "" if for_s is None else f" for {duration(for_s)}"
    if here.settings.dry_run:
        already = " (it is already)" if item["answer"] == "ALREADY" else ""
        return here.out.safe(f"{item['schedule']}: would be disabled{length}{already}")
    already = " (it was already)" if item["answer"] == "ALREADY" else ""
    return here.out.safe(f"{item['schedule']}: {disabled_words(item, here.out)}{already}; what runs goes on")


def _enabled(item: Mapping[str, Any], here: Session) -> str:
    if item["answer"] == "ALREADY":
        return here.out.safe(f"{item['schedule']}: was not disabled")
    done = "would be enabled" if here.settings.dry_run else "enabled; what passed meanwhile is not made up for"
    return here.out.safe(f"{item['schedule']}: {done}")


def _end(here: Session, items: Sequence[Mapping[str, Any]], word: str, *, strict: bool) -> int:
    if not items and not here.settings.for_programs:
        here.say("no beat has taken up a schedule yet: there is none")
    gone = [str(item["schedule"]) for item in items if item["answer"] == "UNKNOWN"]
    if gone:
        here.warn(f"{', '.join(gone)} went meanwhile")
    if strict and any(item["answer"] == "ALREADY" for item in items):
        raise Refused(f"already {word}", help="qctl schedule list")
    return 0
