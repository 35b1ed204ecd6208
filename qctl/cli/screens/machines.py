"""Queues, workers and the health of the instance: `queue list`, `worker list`, `status`."""

from __future__ import annotations

from qctl.cli.grid import NARROW, Cell, Column, foot, grid, labelled
from qctl.cli.screens.words import NOTHING, called
from qctl.dates import datetime
from qctl.model.cells import cut, fold, width
from qctl.model.show import age, clock_time, count, duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final

    from qctl.cli.terminal import Look
    from qctl.model.job import Job

_QUEUES: Final = (
    Column("QUEUE", least=8, folds_below=NARROW),
    Column("READY", right=True),
    Column("RUN", right=True),
    Column("ETA", right=True, given_up=4),
    Column("RETRY", right=True, given_up=3),
    Column("HELD", right=True, given_up=5),
    Column("OLDEST", right=True),
    Column("IN/m", right=True, given_up=7),
    Column("OUT/m", right=True, given_up=6),
    Column("WORKERS", right=True, given_up=2),
    Column("PAUSED", least=6, given_up=1),
)
_HELD, _PAUSED = 5, 10  #: columns that are there only where they say something
_WORKERS: Final = (
    Column("WORKER", least=8, folds_below=NARROW),
    Column("STATE"),
    Column("HOST", least=6, given_up=4),
    Column("PID", right=True, given_up=5),
    Column("QUEUES", least=6, given_up=3),
    Column("SLOTS", right=True),
    Column("RUNNING", right=True),
    Column("UP", right=True, given_up=2),
    Column("SEEN", right=True, given_up=1),
)
_DEAD: Final = "dead"
_STATES: Final = {"idle": "green", "working": "green", "draining": "yellow", "stopping": "yellow", _DEAD: "red"}


def queues(items: Sequence[Mapping[str, Any]], server: str, look: Look) -> list[str]:
    """Queues by name. A queue with jobs that nobody reads stands out."""
    if not items:
        return foot(["no queue has held a job yet", server], look)
    ready = sum(item["ready"] for item in items)
    return [*_queue_table(items, look), *foot([f"{count(len(items), 'queue')}, {ready:,} ready", server], look)]


def queue_change(item: Mapping[str, Any], look: Look) -> str:
    """A queue in a line of a log: `14:02:11 batch ready=25 running=6 scheduled=0 held=0 workers=1`."""
    facts = [f"{name}={item[name]}" for name in ("ready", "running", "scheduled", "held", "workers")]
    facts += [f"paused: {look.safe(_pause_words(item['paused']))}"] if item["paused"] else []
    return " ".join([clock_time(look.now_ms, look.zone, look.now_ms), look.safe(str(item["name"])), *facts])


def _queue_table(items: Sequence[Mapping[str, Any]], look: Look) -> list[str]:
    idle = {_HELD: not any(item["held"] for item in items), _PAUSED: not any(item["paused"] for item in items)}
    kept = [at for at in range(len(_QUEUES)) if not idle.get(at)]
    rows = [[row[at] for at in kept] for row in map(_queue, items)]
    return grid([_QUEUES[at] for at in kept], rows, look)


def _queue(item: Mapping[str, Any]) -> list[Cell | str]:
    oldest = item["oldest_s"]
    unread = bool(item["ready"]) and not item["workers"]
    retrying, about = item.get("retrying", 0), "~" if item.get("estimated") and item["scheduled"] else ""
    return [
        str(item["name"]),
        *(f"{number:,}" for number in (item["ready"], item["running"])),
        *(f"{about}{number:,}" for number in (item["scheduled"] - retrying, retrying)),
        f"{item['held']:,}",
        Cell(NOTHING if oldest is None else age(oldest)),
        *(Cell(_rate(item.get(name))) for name in ("in_per_min", "out_per_min")),
        Cell("none!" if unread else str(item["workers"]), "red" if unread else ""),
        Cell(_pause_words(item["paused"]), "yellow") if item["paused"] else "",
    ]


def _rate(per_minute: float | None) -> str:
    if per_minute is None:
        return NOTHING
    return f"{per_minute:.1f}" if 0 < per_minute < 9.95 else f"{per_minute:,.0f}"


def _pause_words(stands: Mapping[str, Any]) -> str:
    by = f"by {stands['by']}" if stands["by"] else "yes"
    return f"{by}: {stands['reason']}" if stands["reason"] else by


def _at(moment: str | None, look: Look) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(look.zone):%Y-%m-%d %H:%M:%S %z}" if moment else ""


def queue(item: Mapping[str, Any], first: Sequence[Job], server: str, look: Look) -> list[str]:
    """One queue: its numbers, its limits, its pause, and what comes first."""
    limits = [f"{name} {item[name]}" for name in ("max_running", "rate_limit", "max_length") if item[name]]
    facts = [("Limits", ", ".join(limits) or "none")]
    if item["paused"]:
        since, until = (_at(item["paused"][name], look) for name in ("at", "until"))
        facts.append(("Since", f"{since}, until {until}" if until else since))
    if first:
        facts.append(("Next", ", ".join(called(job, look) for job in first)))
    lines = [line for name, text in facts for line in labelled(name, look.safe(text), 9, look)]
    return [*_queue_table([item], look), *lines, *foot([server], look)]


def workers(items: Sequence[Mapping[str, Any]], server: str, look: Look) -> list[str]:
    """Workers by label."""
    if not items:
        return foot(["no worker is live", server, "qctl up -d starts one"], look)
    live = [item for item in items if item["state"] != _DEAD]
    busy = sum(len(item["running"]) for item in live)
    slots = sum(item["slots"] or 0 for item in live)
    said = f"{count(len(live), 'worker')}, {busy} of {count(slots, 'slot')} busy"
    dead = [f"{len(items) - len(live)} dead"] if len(live) < len(items) else []
    return [*grid(_WORKERS, [_worker(item) for item in items], look), *foot([said, *dead, server], look)]


def worker(item: Mapping[str, Any], running: Sequence[Job], server: str, look: Look) -> list[str]:
    """One worker: its row, where it has its tasks from, and what it runs."""
    facts = [("File", str(item["file"] or "none")), ("Version", str(item["version"]))]
    facts += [("Problem", str(item["problem"]))] if item["problem"] else []
    facts += [("Runs", called(job, look)) for job in running]
    lines = [line for name, text in facts for line in labelled(name, look.safe(text), 9, look)]
    return [*grid(_WORKERS, [_worker(item)], look), *lines, *foot([server], look)]


def pinged(items: Sequence[Mapping[str, Any]], limit: float, look: Look) -> list[str]:
    """Who has answered, and how fast."""
    if not items:
        return foot(["no worker is there", "qctl up -d starts one"], look)
    return [_pinged(item, limit, look) for item in items]


def _pinged(item: Mapping[str, Any], limit: float, look: Look) -> str:
    """`db1: answered in 4ms`; of a label that has no room its begin."""
    answered = item["answered_s"] is not None
    said = f"answered in {duration(item['answered_s'])}" if answered else f"no answer within {duration(limit)}"
    label = look.safe(str(item["label"]))
    label = label if look.width is None else cut(label, look.width - width(said) - 2, look.ellipsis)
    return f"{label}: {said if answered else look.paint(said, 'red')}"


def _worker(item: Mapping[str, Any]) -> list[Cell | str]:
    return [
        str(item["label"]),
        Cell(item["state"], _STATES.get(item["state"], "")),
        *(str(item["host"] or ""), str(item["pid"] or "")),
        ",".join(item["queues"]) if item["queues"] else "every",
        *(_slots(item), str(len(item["running"]))),
        *(age(item["up_s"]), age(item["seen_s"])),
    ]


def _slots(item: Mapping[str, Any]) -> str:
    """How many slots there are now, and between which numbers they follow the work."""
    scale = item.get("autoscale")
    return str(item["slots"] or "") + (f" of {scale['min']}-{scale['max']}" if scale else "")


def status(facts: Mapping[str, Any], look: Look) -> list[str]:
    """Health in a few lines: the verdict, the work, the schedules, the server."""
    health = str(facts["health"])
    sign, colour = {"healthy": ("✔", "green"), "degraded": ("✗", "red")}.get(health, ("○", "yellow"))
    why = "; ".join(facts["problems"])
    first = f"{look.sign(sign)} {health}" + (f": {look.safe(why)}" if why else "")
    lines = _folded(first, look)
    lines[0] = look.paint(look.sign(sign), colour) + lines[0].removeprefix(look.sign(sign))
    lines += _folded(
        look.sign(
            f"  {count(facts['workers'], 'worker')} · {facts['running']:,} running, {facts['queued']:,} queued, "
            f"{facts['scheduled']:,} scheduled"
            + (f", {facts['held']:,} held by limits" if facts.get("held") else "")
            + (f" · {count(facts['workflows'], 'workflow')}" if facts.get("workflows") else "")
            + (f" · {facts['failed_last_day']:,} failed in the last day" if facts.get("failed_last_day") else "")
        ),
        look,
    )
    if facts.get("schedules"):
        lines += _folded(look.safe(_fleet(facts)), look)
    if facts.get("paused"):
        names = "every queue" if "*" in facts["paused"] else ", ".join(facts["paused"])
        lines += _folded(look.safe(f"  paused: {names}"), look)
    return [*lines, *_folded(f"  {look.safe(str(facts['server']))}", look)]


def _folded(line: str, look: Look) -> list[str]:
    """A line, and what has no room in it in lines below, behind a margin."""
    if look.width is None or width(line) <= look.width:
        return [line]
    margin = len(line) - len(line.lstrip())
    first, *rest = fold(line.strip(), look.width - margin - 2)
    return [" " * margin + first, *(" " * (margin + 2) + part for part in rest)]


def _fleet(facts: Mapping[str, Any]) -> str:
    """`  40 hosts, 612 schedules, 0 missed, 1 late, 2 failing: qctl schedule list`."""
    shown = ["missed", *(["broken"] if facts["schedules_broken"] else []), "late", "failing"]
    numbers = ", ".join(f"{facts[f'schedules_{word}']:,} {word}" for word in shown)
    off = f", {facts['schedules_off']:,} disabled" if facts["schedules_off"] else ""
    helps = f": {facts['next']}" if facts.get("next") else ""
    return f"  {count(facts['hosts'], 'host')}, {count(facts['schedules'], 'schedule')}, {numbers}{off}{helps}"
