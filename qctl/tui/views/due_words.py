"""How a schedule is told of: when it is due, by what, and what its last run came to. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from qctl.model.local_time import zone_name
from qctl.model.show import clock_time, duration
from qctl.model.timing import ByCron
from qctl.tui.look import steady
from qctl.tui.picture import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import tzinfo
    from typing import Final

    from qctl.client.fleet import Known
    from qctl.client.terms import Disabled
    from qctl.tui.look import Look

_MINUTE: Final = 60  #: seconds
_OUTCOMES: Final = {
    "succeeded": ("✔", "ok"),
    "cancelled": ("⊘", "warn"),
    "expired": ("⊘", "warn"),
    "skipped": ("⊘", "warn"),
}


def when(ms: int, look: Look) -> str:
    """An instant to come: `14:03:00` today, `Thu 02:30:00` this week, else with its day."""
    at, today = _local(ms, look), _local(look.now_ms, look)
    if at.date() == today.date():
        return f"{at:%H:%M:%S}"
    return f"{at:%a %H:%M:%S}" if abs((at - today).days) <= 6 else f"{at.day:>2} {at:%b} {at:%H:%M}"


def until(ms: int, look: Look) -> str:
    """In how long: in seconds for the last minute, else in whole minutes, for the instant stands beside it."""
    seconds = (ms - look.now_ms) / 1000
    return steady(seconds if seconds < _MINUTE else seconds // _MINUTE * _MINUTE)


def expression(known: Known, shown_zone: tzinfo) -> str:
    """What says when, as `qctl schedule next` writes it: with its jitter, and its zone where that is another."""
    one = known.schedule
    if one is None:
        return "?"
    jitter = f" +0-{duration(one.jitter)}" if one.jitter else ""
    other = isinstance(one.timing, ByCron) and one.timezone != zone_name(shown_zone)
    return one.timing.shown + jitter + (f" {one.timezone.rpartition('/')[2]}" if other else "")


def last_run(known: Known, look: Look) -> Span:
    """What the last run came to: `✔ 14:02 310ms`."""
    state = known.state
    if state.last_at_ms is None:
        return Span(look.sign("–"))
    at = clock_time(state.last_at_ms, look.zone, look.now_ms).rpartition(":")[0]
    if state.last_job in state.active:
        return Span(look.sign(f"● {at} active"), "busy")
    if not state.last_outcome:
        return Span(look.sign(f"○ {at}"))
    sign, style = _OUTCOMES.get(state.last_outcome, ("✗", "bad"))
    took = "" if state.last_run_ms is None else f" {duration(state.last_run_ms / 1000)}"
    said = took if state.last_outcome == "succeeded" else f" {state.last_outcome}"
    return Span(look.sign(f"{sign} {at}{said}"), style)


def disabled_words(order: Disabled, look: Look) -> str:
    """Who has disabled it, until when, and why."""
    until = f" until {clock_time(order.until_ms, look.zone, look.now_ms)}" if order.until_ms else ""
    return f"by {order.by or 'somebody'}{until}" + (f": {order.reason}" if order.reason else "")


def _local(ms: int, look: Look) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(look.zone)
