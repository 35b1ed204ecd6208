"""Figures of the past: `errors` and `stats`."""

from __future__ import annotations

from qctl.cli.grid import ANY, NARROW, Cell, Column, foot, grid
from qctl.cli.screens.words import NOTHING
from qctl.cli.terminal import WIDTH
from qctl.model.error_groups import cause, message_of
from qctl.model.show import age, count, duration
from qctl.model.state import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from qctl.cli.terminal import Look
    from qctl.model.ending import Ending
    from qctl.model.error_groups import ErrorGroup
    from qctl.model.tally import Spread, Tally

_MESSAGE: Final = Column("MESSAGE", least=13, folds_below=ANY)
_ERRORS: Final = (
    Column("COUNT", right=True),
    Column("LAST", right=True, given_up=1),
    Column("CAUSE", least=8, folds_below=NARROW),
    _MESSAGE,
    Column("TASKS", least=8, given_up=2, folds_below=NARROW),
    Column("EXAMPLE"),
)
_FIGURES: Final = (
    Column("JOBS", right=True),
    Column("OK", right=True),
    Column("FAILED", right=True),
    Column("WAIT P50", right=True, given_up=3),
    Column("WAIT P95", right=True, given_up=2),
    Column("RUN P50", right=True),
    Column("RUN P95", right=True, given_up=1),
)
_SLOWEST: Final = (
    Column("SLOWEST"),
    Column("TASK", least=12, folds_below=NARROW),
    Column("RUN", right=True),
    Column("OUTCOME"),
)
_FAILING: Final = (
    Column("MOST FAILING", least=12, folds_below=NARROW),
    Column("FAILED", right=True),
    Column("OF", right=True),
)


def errors(groups: Sequence[ErrorGroup], period: str, server: str, look: Look) -> list[str]:
    """Errors, the most frequent first."""
    if not groups:
        return foot([f"nothing failed {period}", server], look)
    narrow = look.width is not None and look.width < WIDTH  # there the messages stand below their rows
    columns = [column for column in _ERRORS if not (narrow and column is _MESSAGE)]
    rows = [_error(group, look, narrow=narrow) for group in groups]
    below = [message_of(group.newest) for group in groups] if narrow else ()
    failures = sum(group.count for group in groups)
    said = f"{count(len(groups), 'error')}, {count(failures, 'failure')} {period}"
    return [*grid(columns, rows, look, below), *foot([said, server, f"why: {groups[0].next}"], look)]


def _error(group: ErrorGroup, look: Look, *, narrow: bool) -> list[Cell | str]:
    newest = group.newest
    message = () if narrow else (message_of(newest) or Cell(NOTHING),)
    since = age((look.now_ms - newest.ended_ms) / 1000)
    return [f"{group.count:,}", since, cause(newest), *message, ", ".join(group.titles or group.tasks), newest.id]


def stats(
    whole: Tally,
    by: str | None,
    parts: Sequence[Tally],
    slow: Sequence[Ending],
    failing: Sequence[Tally],
    period: str,
    look: Look,
) -> list[str]:
    """The figures together, then in parts where it was asked by what, then what stands out."""
    if not whole.jobs:
        return foot([f"no job ended {period}"], look)
    lines = _overview(whole, period, look)
    if by is not None:
        rows: list[list[Cell | str]] = [[part.name, *_figures(part)] for part in parts]
        lines += ["", *grid((Column(by.upper(), least=8), *_FIGURES), rows, look)]
    slow_rows: list[list[Cell | str]] = [[one.id, one.title, Cell(_length(one.run_ms)), one.outcome] for one in slow]
    failing_rows = [[each.name, f"{each.failures:,}", f"{each.jobs:,}"] for each in failing]
    lines += ["", *grid(_SLOWEST, slow_rows, look)] if slow else []
    lines += ["", *grid(_FAILING, failing_rows, look)] if failing else []
    return [*lines, ""]


def _overview(whole: Tally, period: str, look: Look) -> list[str]:
    known = [(outcome.value, whole.outcomes.get(outcome.value, 0)) for outcome in Outcome]
    outcomes = [f"{number:,} {outcome}" for outcome, number in known if number]
    times = [f"wait {_spread(whole.wait)}", f"run {_spread(whole.run)}"]
    return [*foot([period, f"{whole.success_percent:.3g} % ok"], look), *foot(outcomes, look), *foot(times, look)]


def _figures(one: Tally) -> list[Cell | str]:
    spreads = (one.wait.p50, one.wait.p95, one.run.p50, one.run.p95)
    return [
        f"{one.jobs:,}",
        f"{one.success_percent:.3g} %",
        f"{one.failures:,}",
        *(Cell(_length(ms)) for ms in spreads),
    ]


def _spread(spread: Spread) -> str:
    return f"p50 {_length(spread.p50)}, p95 {_length(spread.p95)}"


def _length(duration_ms: int | None) -> str:
    return NOTHING if duration_ms is None else duration(duration_ms / 1000)
