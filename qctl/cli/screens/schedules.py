"""Schedules as people see them: `schedule list`, what was missed, and the past of one."""

from __future__ import annotations

from datetime import datetime

from qctl.cli.grid import NARROW, Cell, Column, foot, grid
from qctl.cli.screens.words import NOTHING
from qctl.model.cells import fold
from qctl.model.show import age, clock_time, count, duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import Any, Final

    from qctl.cli.terminal import Look

_LIST: Final = (
    Column("NAME", least=10, folds_below=NARROW),
    Column("NEXT", given_up=2),
    Column("IN", right=True),
    Column("SCHEDULE", least=9, given_up=1),
    Column("HOST", least=4, given_up=4),
    Column("LAST", least=7, given_up=3),
    Column("STATE"),
)
_HOST: Final = 4
_MISSED: Final = (
    Column("WHEN", least=8),
    Column("NAME", least=8, folds_below=NARROW),
    Column("WHAT", least=8),
    Column("TIMES", right=True, given_up=2),
    Column("WHY", least=6, given_up=1),
)
_HISTORY: Final = (
    Column("WHEN", least=8),
    Column("WHAT", least=8),
    Column("JOB"),
    Column("OUTCOME", least=7),
    Column("RUN", right=True, given_up=2),
    Column("NOTE", least=6, given_up=1),
)
_COLOURS: Final = {
    "on time": "green",
    "failing": "red",
    "late": "yellow",
    "missed": "red",
    "broken": "red",
    "waiting": "yellow",
}
_COUNTED: Final = ("missed", "broken", "late", "failing", "paused", "off")
_NAMED: Final = 5  #: schedules of which the same is to be said
_ENDS: Final = {"fired": "green", "missed": "red", "open": "yellow"}


def schedules(items: Sequence[Mapping[str, Any]], where: str, look: Look) -> list[str]:
    """Schedules, the next first. What is not as it should be stands out, and is explained below; * is drift."""
    if not items:
        return foot(["no schedule is declared", where, "qctl schedule add TASK '30 2 * * *'"], look)
    rows = [_row(item, look) for item in items]
    columns = list(_LIST)
    if not any(item["hosts"] for item in items):
        del columns[_HOST]
        rows = [[*row[:_HOST], *row[_HOST + 1 :]] for row in rows]
    numbers = {word: sum(item["standing"] == word for item in items) for word in _COUNTED}
    said = [count(len(items), "schedule"), *(f"{number:,} {word}" for word, number in numbers.items() if number)]
    below = foot([", ".join(said), where, "qctl schedule history NAME"], look)
    return [*grid(columns, rows, look), *_reasons(items, look), *below]


def change(item: Mapping[str, Any], look: Look) -> str:
    """A schedule in a line of a log: `14:02:11 backup-db on time next=11-23 02:30:00 last=succeeded`."""
    next_ms, last = _ms(item["next_at"]), item["last"] or {}
    facts = [clock_time(look.now_ms, look.zone, look.now_ms), look.safe(str(item["name"])), _standing(item)]
    facts += [] if next_ms is None else [f"next={clock_time(next_ms, look.zone, look.now_ms)}"]
    facts += [f"last={said}"] if (said := last.get("outcome") or last.get("state")) else []
    return " ".join(facts)


def _reasons(items: Sequence[Mapping[str, Any]], look: Look) -> list[str]:
    """What there is to say of those that are not as they should be, one after the other; the same of many once."""
    names: dict[str, list[str]] = {}
    for item in items:
        for said in (_why(item, look), item["drift"]):
            if said:
                names.setdefault(str(said), []).append(str(item["name"]))
    lines = []
    for said, whose in names.items():
        more = f" and {len(whose) - _NAMED:,} more" if len(whose) > _NAMED else ""
        lines += _folded(look.safe(f"{', '.join(whose[:_NAMED])}{more}: {said}"), look)
    return lines


def _folded(line: str, look: Look) -> list[str]:
    if look.width is None:
        return [line]
    first, *more = fold(line, look.width - 2)
    return [first, *("  " + part for part in more)]


def _why(item: Mapping[str, Any], look: Look) -> str:
    if item["disabled"]:
        return disabled_words(item["disabled"], look)
    return f"{item['standing']}, {item['why']}" if item["why"] else ""


def _row(item: Mapping[str, Any], look: Look) -> list[Cell | str]:
    next_ms = _ms(item["next_at"])
    return [
        str(item["name"]),
        NOTHING if next_ms is None else clock_time(next_ms, look.zone, look.now_ms),
        "" if next_ms is None else age((next_ms - look.now_ms) / 1000),
        expression(item),
        ",".join(item["hosts"] or ()) or "any",
        last_cell(item["last"], look),
        _state(item),
    ]


def expression(item: Mapping[str, Any]) -> str:
    """What says when, with its jitter and a zone of its own."""
    jitter = f" +0-{duration(item['jitter_s'])}" if item["jitter_s"] else ""
    return f"{item['schedule'] or '?'}{jitter}"


def _state(item: Mapping[str, Any]) -> Cell:
    standing = _standing(item)
    return Cell(f"{standing} *" if item["drift"] else standing, _COLOURS.get(standing, ""))


def _standing(item: Mapping[str, Any]) -> str:
    return "disabled" if item["disabled"] else str(item["standing"])


def disabled_words(order: Mapping[str, Any], look: Look) -> str:
    """`disabled by ana until 14:00: the disk is full`."""
    by = f" by {order['by']}" if order["by"] else ""
    until_ms = _ms(order["until"])
    until = "" if until_ms is None else f" until {clock_time(until_ms, look.zone, look.now_ms)}"
    return f"disabled{by}{until}" + (f": {order['reason']}" if order["reason"] else "")


def last_cell(last: Mapping[str, Any] | None, look: Look) -> Cell:
    """The last run: `✔ 14:02 310ms`, `✗ 13:52 exit 22`, `↻ 14:00 retrying`."""
    if last is None or last["at"] is None:
        return Cell(NOTHING)
    at = _short(_ms(last["at"]) or 0, look)
    outcome, state = last["outcome"], last["state"]
    if outcome is None and state in (None, "ended"):
        return Cell(f"○ {at}")
    if outcome is None:
        sign, word = ("↻", "retrying") if state == "scheduled" and last["attempt"] else _WORDS.get(state, ("○", state))
        return Cell(f"{sign} {at} {word}", "yellow" if sign == "↻" else "cyan" if sign == "●" else "")
    run = "" if last["run_s"] is None else f" {duration(last['run_s'])}"
    if outcome == "succeeded":
        return Cell(f"✔ {at}{run}", "green")
    if outcome in ("cancelled", "expired", "skipped"):
        return Cell(f"⊘ {at} {outcome}", "yellow")
    how = f"exit {last['exit_code']}" if outcome == "failed" and last["exit_code"] else outcome
    return Cell(f"✗ {at} {how}", "red")


_WORDS: Final = {"running": ("●", "running"), "scheduled": ("◷", "scheduled"), "waiting": ("○", "waiting")}


def missed(
    items: Sequence[Mapping[str, Any]], where: str, look: Look, should_have: Collection[str] = ("missed",)
) -> list[str]:
    """What should have run and did not, newest first. One that ended in one of `should_have` may still be run."""
    if not items:
        return foot(["nothing that should have run is missing", where], look)
    rows: list[list[Cell | str]] = [
        [
            _span(item, look),
            str(item["schedule"]),
            Cell(str(item["end"]), _ENDS.get(str(item["end"]), "")),
            f"{item['count']:,}",
            note(item),
        ]
        for item in items
    ]
    number = sum(item["count"] for item in items)
    runnable = {item["schedule"] for item in items if item["end"] in should_have}
    run = "qctl schedule missed --run        runs the newest " + ("one" if len(runnable) == 1 else "of each")
    below = foot([count(number, "instant"), where, *([run] if runnable else [])], look)
    return [*grid(_MISSED, rows, look), *below]


def history(items: Sequence[Mapping[str, Any]], where: str, look: Look) -> list[str]:
    """The ledger of a schedule, newest first."""
    if not items:
        return foot(["its ledger is empty", where], look)
    rows: list[list[Cell | str]] = [
        [
            _span(item, look),
            Cell(str(item["end"]) + (" by hand" if item["manual"] else ""), _ENDS.get(str(item["end"]), "")),
            str(item["job"] or NOTHING) if item["end"] in ("fired", "merged") else NOTHING,
            _outcome(item),
            NOTHING if item["run_s"] is None or item["end"] != "fired" else duration(item["run_s"]),
            note(item),
        ]
        for item in items
    ]
    return [*grid(_HISTORY, rows, look), *foot([count(len(items), "row"), where], look)]


def note(item: Mapping[str, Any]) -> str:
    """What else there is to say of a row: what was in its way, how many it stands for."""
    said = [item["note"]] if item["note"] else []
    if item["job"] and str(item["end"]).startswith("skipped:"):
        said.insert(
            0, f"job {item['job']} was active" if item["end"] != "skipped:unique" else f"job {item['job']} has it"
        )
    if item["count"] > 1 and item["end"] != "open":
        said.append(f"{item['count']:,} instants")
    if item["turn"]:
        said.append("the clock was set back")
    late = late_s(item)
    if late is not None and late > 60:
        said.append(f"{duration(late)} late")
    return "; ".join(said)


def late_s(item: Mapping[str, Any]) -> float | None:
    """How long after its instant a fired row was written."""
    at, recorded = _ms(item["at"]), _ms(item["recorded_at"])
    if item["end"] != "fired" or item["manual"] or at is None or recorded is None:
        return None
    return max(0.0, (recorded - at) / 1000)


def _outcome(item: Mapping[str, Any]) -> Cell | str:
    if item["end"] != "fired":
        return NOTHING
    outcome, state = item["outcome"], item["state"]
    if outcome is None:
        return str(state or "gone")
    code = f" {item['exit_code']}" if outcome == "failed" and item["exit_code"] else ""
    return Cell(
        f"{outcome}{code}", "green" if outcome == "succeeded" else "red" if code or outcome != "cancelled" else ""
    )


def _span(item: Mapping[str, Any], look: Look) -> str:
    at = clock_time(_ms(item["at"]) or 0, look.zone, look.now_ms)
    since = _ms(item["since"])
    return at if since is None else f"{clock_time(since, look.zone, look.now_ms)} to {at}"


def _short(ms: int, look: Look) -> str:
    """`14:02` of today, `19 Nov` of another day."""
    at = datetime.fromtimestamp(ms / 1000, look.zone)
    return f"{at:%H:%M}" if at.date() == look.now.astimezone(look.zone).date() else f"{at.day} {at:%b}"


def _ms(moment: str | None) -> int | None:
    return None if moment is None else round(datetime.fromisoformat(moment).timestamp() * 1000)
