"""The upper lines: which instance, how it is, and what the last hour was like. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from qctl.client.asking import Health
from qctl.client.watching import Rates, Snapshot
from qctl.model.show import duration, size
from qctl.tui.look import Look
from qctl.tui.picture import Line, Span, fit, line_width
from qctl.tui.screen import Screen, View

_RECENT: Final = 5  #: minutes that rates are told over


def title_line(snapshot: Snapshot, screen: Screen, look: Look) -> Line:
    """Program, instance, server, beat; on the right the clock and how often is looked."""
    spans = [Span("qctl top", "title"), Span(f"  {look.safe(snapshot.title)}")]
    if snapshot.trouble:
        spans.append(Span(f"  {look.sign('✗')} {look.safe(snapshot.trouble)}", "error"))
    elif snapshot.health is not None:
        spans += _server(snapshot.health) + _beat(snapshot, look)
    return _pushed_apart(tuple(spans), _clock(snapshot, screen, look), screen.width, look)


def _server(health: Health) -> list[Span]:
    if health.redis_version is None:
        return [Span("  redis "), Span("ok", "ok")]
    memory = f" {size(health.redis_bytes)}" if health.redis_bytes is not None else ""
    return [Span(f"  redis {health.redis_version} "), Span("ok", "ok"), Span(memory)]


def _beat(snapshot: Snapshot, look: Look) -> list[Span]:
    if snapshot.fleet is None or not snapshot.fleet.schedules:
        return []
    if snapshot.fleet.beats:
        return [Span("  beat "), Span(look.sign("●"), "ok")]
    return [Span("  "), Span("no beat", "bad")]


def _clock(snapshot: Snapshot, screen: Screen, look: Look) -> Line:
    state = "frozen" if screen.frozen else look.sign("⟳") + duration(screen.interval)
    if not snapshot.now_ms:
        return (Span(state, "quiet"),)
    at = datetime.fromtimestamp(snapshot.now_ms / 1000, UTC).astimezone(look.zone)
    return (Span(f"{at:%H:%M} "), Span(state, "alert" if screen.frozen else "quiet"))


def figures_line(snapshot: Snapshot, width: int, look: Look) -> Line:
    """Workers, slots, and what came of jobs in the last minutes."""
    health = snapshot.health
    if health is None:
        return (Span("looking …" if look.unicode else "looking ...", "quiet"),)
    return _pushed_apart(slots(health, width, look), outcomes(snapshot.rates, look), width, look)


def slots(health: Health, width: int, look: Look) -> Line:
    """How many workers are there, and how many of their slots are taken."""
    there, all_of_them = len(health.workers), len(health.workers) + len(health.gone)
    room = sum(int(worker.about.get("slots", 0) or 0) for worker in health.workers)
    style = "bad" if not there or health.gone else ""
    spans = [Span("Workers "), Span(f"{there}/{all_of_them}", style), Span(f"  slots {health.running}/{room} ")]
    if room:
        cells = 18 if width < 120 else 30
        spans.append(Span(look.sign("▕") + look.bar(health.running / room, cells) + look.sign("▏")))
    return tuple(spans)


def outcomes(rates: Rates | None, look: Look) -> Line:
    """Jobs a minute, and how long the slow ones wait."""
    if rates is None:
        return ()
    failing = per_minute(rates.failed)
    wait = next((ms for ms in reversed(rates.wait_p95_ms) if ms is not None), None)
    spans = [
        Span(f"ok {per_minute(rates.succeeded)}/m  "),
        Span("fail "),
        Span(f"{failing}/m", "bad" if failing != "0" else ""),
    ]
    spans += [Span(f"  wait p95 {duration(wait / 1000)}")] if wait is not None else []
    return tuple(spans)


def per_minute(counts: tuple[int, ...]) -> str:
    """How many there were in each of the last minutes, on average."""
    recent = counts[-_RECENT:]
    each = sum(recent) / len(recent) if recent else 0.0
    return f"{each:.1f}" if 0 < each < 10 else f"{each:,.0f}"


def sparks_line(rates: Rates | None, width: int, look: Look) -> Line:
    """Throughput and failures of the last hour."""
    if rates is None:
        return ()
    room = min(60, (width - 18) // 2)
    return (
        Span("Thru 60m ", "quiet"), look.spark(rates.succeeded, room), Span("  "),
        Span("Fail ", "quiet"), look.spark(rates.failed, room, "bad" if any(rates.failed) else "quiet"),
    )  # fmt: skip


def tabs_line(snapshot: Snapshot, screen: Screen, look: Look) -> Line:
    """The views, with the key of each."""
    spans: list[Span] = [Span(" ")]
    for at, view in enumerate(View, 1):
        number = f"({len(snapshot.errors)})" if view is View.FAILURES and snapshot.errors else ""
        spans.append(Span(f"[{at}]{view.value.capitalize()}{number}", "cursor" if view is screen.view else ""))
        spans.append(Span("  "))
    hint = (
        Span(": ", "key"),
        Span("command   "),
        Span("/ ", "key"),
        Span("filter   "),
        Span("? ", "key"),
        Span("help"),
    )
    return _pushed_apart(tuple(spans), hint, screen.width, look)


def _pushed_apart(left: Line, right: Line, width: int, look: Look) -> Line:
    """One text on the left, one on the right; where both have no room, the left one is cut."""
    room = width - line_width(right)
    if room < 10:
        return fit(left, width, look.ellipsis)
    return (*fit(left, room - 1, look.ellipsis), Span(" "), *right)
