"""The upper lines: which instance, how it is, and what the last hour was like. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from qctl.model.cells import cut, width
from qctl.model.show import duration, size
from qctl.tui.picture import Span, fit, line_width
from qctl.tui.screen import View
from qctl.tui.views.due_words import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.client.health import Health
    from qctl.client.watching import Rates, Snapshot
    from qctl.tui.look import Look
    from qctl.tui.picture import Line
    from qctl.tui.screen import Screen

_RECENT: Final = 5  #: minutes that rates are told over
_LARGE: Final = 120
_LEAST_TITLE: Final = 12  #: cells of the instance's name, however narrow the screen


def title_line(snapshot: Snapshot, screen: Screen, look: Look) -> Line:
    """Program, instance, server, beat; on the right the clock and how often is looked. A long name gives way."""
    large = screen.width >= _LARGE
    right = _clock(snapshot, screen, look)
    if snapshot.trouble:
        stands: Line = (
            Span(f"  {look.sign('✗')} {stale_words(snapshot, look)}{look.safe(snapshot.trouble)}", "error"),
        )
    elif snapshot.health is not None:
        stands = (*_server(snapshot.health), *_beat(snapshot, look, with_next=large))
    else:
        stands = ()
    room = screen.width - line_width(stands) - line_width(right) - 11
    title = _middle_cut(look.safe(snapshot.title), max(_LEAST_TITLE, room), look)
    return _pushed_apart((Span("qctl top", "title"), Span(f"  {title}"), *stands), right, screen.width, look)


def stale_words(snapshot: Snapshot, look: Look) -> str:
    """Since when nothing was read: what is shown is of that time."""
    if not snapshot.now_ms:
        return ""
    at = datetime.fromtimestamp(snapshot.now_ms / 1000, UTC).astimezone(look.zone)
    return f"stale since {at:%H:%M:%S}: "


def _middle_cut(text: str, room: int, look: Look) -> str:
    """A name that is too long, by its begin and its end: of paths and addresses both tell something."""
    if width(text) <= room:
        return text
    end = (room - 1) // 2
    tail = text[max(0, len(text) - end) :]
    while width(tail) > end:
        tail = tail[1:]
    return cut(text, room - width(tail) - 1, "") + look.ellipsis + tail


def _server(health: Health) -> list[Span]:
    """Its version, whether it keeps what it has, and how much that is."""
    state = Span("evicts", "bad") if health.evicts else Span("ok", "ok")
    if health.redis_version is None:
        return [Span("  redis "), state]
    memory = f" {size(health.redis_bytes)}" if health.redis_bytes is not None else ""
    return [Span(f"  redis {health.redis_version} "), state, Span(memory)]


def _beat(snapshot: Snapshot, look: Look, *, with_next: bool) -> list[Span]:
    if snapshot.fleet is None or not snapshot.fleet.schedules:
        return []
    if not snapshot.fleet.beats:
        return [Span("  "), Span("no beat", "bad")]
    spans = [Span("  beat "), Span(look.sign("●"), "ok")]
    if with_next and snapshot.next_ms:
        due_ms, name = min((ms, name) for name, ms in snapshot.next_ms.items())
        spans.append(Span(f" next {cut(look.safe(name), 20, look.ellipsis)} {when(due_ms, look)}"))
    return spans


def _clock(snapshot: Snapshot, screen: Screen, look: Look) -> Line:
    state = "frozen" if screen.frozen else look.sign("⟳") + duration(screen.interval)
    bound = (Span("read-only ", "title"),) if screen.read_only else ()
    if not snapshot.now_ms:
        return (*bound, Span(state, "quiet"))
    at = datetime.fromtimestamp(snapshot.now_ms / 1000, UTC).astimezone(look.zone)
    return (*bound, Span(f"{at:%H:%M} "), Span(state, "alert" if screen.frozen else "quiet"))


def figures_line(snapshot: Snapshot, room: int, look: Look) -> Line:
    """Workers, slots, and what came of jobs in the last minutes."""
    health = snapshot.health
    if health is None:
        return (Span("looking …" if look.unicode else "looking ...", "quiet"),)
    return _pushed_apart(
        (*workers(health), Span("  "), *slots(health, 14, look)), outcomes(snapshot.rates, look), room, look
    )


def workers(health: Health) -> Line:
    """How many of the workers that are known are there."""
    there, known = len(health.workers), len(health.workers) + len(health.gone)
    return (Span("Workers "), Span(f"{there}/{known}", "bad" if not there or health.gone else ""))


def slots(health: Health, bar: int, look: Look) -> Line:
    """How many of their slots are taken: `slots 9/16 ▕█████     ▏`."""
    taken, room = slots_of(health)
    said = Span(f"slots {taken}/{room} ")
    if not room:
        return (said,)
    full = min(bar, round(bar * taken / room))
    return (said, Span(look.sign("▕") + look.sign("█" * full) + " " * (bar - full) + look.sign("▏")))


def slots_of(health: Health) -> tuple[int, int]:
    """How many slots of workers are taken, and how many there are."""
    taken = sum(len(worker.running) for worker in health.workers)
    return taken, sum(int(worker.about.get("slots", 0) or 0) for worker in health.workers)


def outcomes(rates: Rates | None, look: Look) -> Line:
    """Jobs a minute, and how long the slow ones wait."""
    if rates is None:
        return ()
    failing = per_minute(rates.failed)
    wait = newest_wait_ms(rates)
    spans = [
        Span(f"ok {per_minute(rates.succeeded)}/m  "),
        Span("fail "),
        Span(f"{failing}/m", "bad" if failing != "0" else ""),
    ]
    spans += [Span(f"  wait p95 {duration(wait / 1000)}")] if wait is not None else []
    return tuple(spans)


def newest_wait_ms(rates: Rates) -> int | None:
    """How long all but the slowest twentieth have waited, in the last minute in which any was started."""
    return next((ms for ms in reversed(rates.wait_p95_ms) if ms is not None), None)


def share_failed(rates: Rates) -> str:
    """Of what ended in the last minutes, how much has failed: `4.7 %`."""
    failing, fine = sum(rates.failed[-_RECENT:]), sum(rates.succeeded[-_RECENT:])
    percent = 100 * failing / (failing + fine) if failing else 0.0
    return f"{percent:.1f} %" if 0 < percent < 9.95 else f"{percent:.0f} %"


def per_minute(counts: tuple[int, ...]) -> str:
    """How many there were in each of the last minutes, on average."""
    recent = counts[-_RECENT:]
    each = sum(recent) / len(recent) if recent else 0.0
    return f"{each:.1f}" if 0 < each < 10 else f"{each:,.0f}"


def sparks_line(rates: Rates | None, cells: int, look: Look) -> Line:
    """Throughput and failures of the last hour."""
    if rates is None:
        return ()
    room = bars(rates, (cells - 17) // 2)
    worked = look.spark(rates.succeeded, room, "ok" if any(rates.succeeded) else "quiet")
    failed = look.spark(rates.failed, room, "bad" if any(rates.failed) else "quiet")
    return (Span("Thru 60m ", "quiet"), worked, Span("  "), Span("Fail ", "quiet"), failed)


def bars(rates: Rates, room: int) -> int:
    """How many bars an hour has where there is so much room: each stands for the same number of minutes."""
    minutes = len(rates.succeeded)
    return next((number for number in range(min(minutes, room), 0, -1) if minutes % number == 0), 1)


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


def _pushed_apart(left: Line, right: Line, cells: int, look: Look) -> Line:
    """One text on the left, one on the right; where both have no room, the left one is cut."""
    room = cells - line_width(right)
    if room < 10:
        return fit(left, cells, look.ellipsis)
    return (*fit(left, room - 1, look.ellipsis), Span(" "), *right)
