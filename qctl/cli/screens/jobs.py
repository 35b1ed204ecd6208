"""Lists of jobs: `ps` and `history`."""

from __future__ import annotations

from qctl.cli.grid import NARROW, Cell, Column, foot, grid
from qctl.cli.screens.words import (
    NOTHING,
    command_of,
    exit_column,
    run_s,
    seconds,
    state_of,
    time_of,
    title_of,
    tries,
)
from qctl.later import later
from qctl.model.show import clock_time, count, duration, size
from qctl.model.state import Outcome, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

    from qctl.cli.terminal import Look
    from qctl.client.figures import Sums
    from qctl.model.folding import Fold
    from qctl.model.job import Job
    from qctl.model.view import wait_seconds
    from qctl.model.workflow.outline import Workflow, outline
    from qctl.model.workflow.picture import picture
    from qctl.model.workflow.standing import Progress, tally
else:
    Sums = later("qctl.client.figures", "Sums")
    wait_seconds = later("qctl.model.view", "wait_seconds")
    outline = later("qctl.model.workflow.outline", "outline")
    picture = later("qctl.model.workflow.picture", "picture")
    tally = later("qctl.model.workflow.standing", "tally")

_NO_WORKFLOWS: Final[Mapping[str, Workflow]] = {}
_NOTHING_COUNTED: Final[Mapping[str, Progress]] = {}
_MOST_ROWS: Final = 24  #: of a workflow's tree
_PS = (
    Column("ID"),
    Column("TASK", least=9, folds_below=NARROW),
    Column("STATE"),
    Column("QUEUE", least=7, given_up=4),
    Column("WORKER", least=6, given_up=3),
    Column("TRY", given_up=2),
    Column("TIME", right=True, given_up=1),
)
_PS_WIDE = (
    Column("ID"),
    Column("TASK", least=10, folds_below=NARROW),
    Column("STATE"),
    Column("QUEUE", least=7, given_up=3),
    Column("PRI", right=True, given_up=4),
    Column("WORKER", least=6, given_up=2),
    Column("TRY", given_up=1),
    Column("TIME", right=True),
    Column("DONE", right=True),
    Column("BY", least=6, given_up=5),
)
_HISTORY = (
    Column("ID"),
    Column("TASK", least=8, folds_below=NARROW),
    Column("STATE"),
    Column("STARTED", given_up=2),
    Column("WAIT", right=True, given_up=6),
    Column("RUN", right=True, given_up=1),
    Column("TRY", right=True, given_up=4),
    Column("EXIT", right=True, given_up=3),
    Column("BY", least=6, given_up=5),
)
_HISTORY_WIDE = (
    Column("ID"),
    Column("TASK", least=8, folds_below=NARROW),
    Column("STATE"),
    Column("ENQUEUED", given_up=1),
    Column("WAIT", right=True, given_up=5),
    Column("RUN", right=True),
    Column("CPU", right=True, given_up=3),
    Column("PEAK", right=True, given_up=4),
    Column("TRY", right=True, given_up=6),
    Column("EXIT", right=True, given_up=2),
    Column("QUEUE", least=5, given_up=8),
    Column("BY", least=6, given_up=7),
)


def ps(
    jobs: Sequence[Job],
    server: str,
    look: Look,
    *,
    wide: bool = False,
    flows: Mapping[str, Workflow] = _NO_WORKFLOWS,
    counted: Mapping[str, Progress] = _NOTHING_COUNTED,
    tree: bool = False,
    none: str = "nothing waits or runs",
) -> list[str]:
    """Jobs that wait or run, with what is going on in one line below.

    `flows` are workflows among them, by id, and `counted` how far others are: that stands in their rows. With `tree`
    the former are drawn below. `none` is said of no job.
    """
    states = [job.state for job in jobs]
    in_order = (State.RUNNING, State.QUEUED, State.SCHEDULED, State.WAITING, State.ENDED)
    said = [f"{number:,} {state}" for state in in_order if (number := states.count(state))]
    if not jobs:
        return foot([none, server, "older: qctl history"], look)
    done: dict[str, Progress] = {**counted, **{job: tally(flow) for job, flow in flows.items()}}
    rows = [_ps_row(job, look, wide, done.get(job.id)) for job in jobs]
    title, *lines = grid(_PS_WIDE if wide else _PS, rows, look)
    for place, job in reversed(list(enumerate(jobs))):
        if tree and (flow := flows.get(job.id)) is not None:
            lines[place + 1 : place + 1] = picture(outline(flow.nodes, flow.plan), flow, look, _MOST_ROWS, "    ")
    hint = [] if tree or not done else ["their jobs: qctl ps -t"]
    return [title, *lines, *foot([", ".join(said), server, *hint], look)]


def history(
    folds: Sequence[Fold],
    server: str,
    look: Look,
    *,
    wide: bool = False,
    older: str | None = None,
    chosen: bool = False,
    sums: Sums | None = None,
) -> list[str]:
    """Jobs that have ended, newest first; `older` is the id to go on from, `chosen` that not all are asked for.

    `sums` are of all that there are, shown or not.
    """
    if not folds:
        return foot(["no ended job is as asked for" if chosen else "no job has ended", server], look)
    rows = [_history_wide(each, look) if wide else _history_row(each, look) for each in folds]
    known = sums if sums is not None and sums.ended else _sums(folds)
    below = [_sum(len(folds), known), *([_split(known)] if wide else []), server]
    below += [f"older: --before {older}"] if older else []
    return [*grid(_HISTORY_WIDE if wide else _HISTORY, rows, look), *foot([*below, "why: qctl show ID"], look)]


def _sums(folds: Sequence[Fold]) -> Sums:
    """Of those that are shown: they are all that there are, or all that are known."""
    outcomes: dict[str, int] = {}
    for each in folds:
        outcome = each.job.outcome or ""
        outcomes[outcome] = outcomes.get(outcome, 0) + each.times
    ended = sum(outcomes.values())
    return Sums(ended, ended - outcomes.pop(Outcome.SUCCEEDED, 0), outcomes)


def _sum(rows: int, sums: Sums) -> str:
    """`20 rows of 1,204 jobs, 97.8 % ok`."""
    of = f" of {sums.ended:,} jobs" if sums.ended > rows else ""
    return f"{count(rows, 'row')}{of}, {100 * (1 - sums.unsuccessful / sums.ended):.3g} % ok"


def _split(sums: Sums) -> str:
    """`1,178 ok, 22 failed, 3 cancelled`: how all of them ended, as far as that was read."""
    known = [(sums.ended - sums.unsuccessful, "ok")]
    known += [(sums.outcomes.get(outcome, 0), outcome) for outcome in Outcome if outcome is not Outcome.SUCCEEDED]
    known += [(sums.unsuccessful - sum(sums.outcomes.values()), "otherwise")]
    return ", ".join(f"{number:,} {word}" for number, word in known if number)


def _ps_row(job: Job, look: Look, wide: bool, done_so_far: Progress | None) -> list[Cell | str]:
    tried = Cell(tries(job) if done_so_far is None else done_so_far.words)
    done = NOTHING if job.progress is None else f"{job.progress:.0%}"
    worker = Cell(job.worker or NOTHING)
    head: list[Cell | str] = [job.id, command_of(job) if wide else title_of(job), state_of(job), job.queue]
    if wide:
        by = Cell(job.call.by or NOTHING)
        return [*head, str(job.priority), worker, tried, time_of(job, look), Cell(done), by]
    return [*head, worker, tried, time_of(job, look)]


def _history_row(row: Fold, look: Look) -> list[Cell | str]:
    job = row.job
    started = NOTHING if job.started_ms is None else clock_time(job.started_ms, look.zone, look.now_ms)
    return [
        *(job.id, title_of(job), _ended_state(row), Cell(started)),
        *(
            Cell(seconds(wait_seconds(job))),
            _run(row, look),
            Cell(tries(job)),
            Cell(exit_column(job)),
        ),
        Cell(_asked_by(job)),
    ]


def _ended_state(row: Fold) -> Cell:
    """Its state, and how often."""
    state = state_of(row.job)
    return state if row.times == 1 else Cell(f"{state.text} ×{row.times:,}", state.colour)


def _run(row: Fold, look: Look) -> Cell:
    """How long it ran; of several about how long."""
    took = run_s(row.job, look.now_ms) if row.times == 1 else row.run_s
    return Cell(seconds(took) if row.times == 1 or took is None else f"~{duration(took)}")


def _history_wide(row: Fold, look: Look) -> list[Cell | str]:
    job = row.job
    last = job.last
    return [
        *(job.id, command_of(job), _ended_state(row), clock_time(job.enqueued_ms, look.zone, look.now_ms)),
        *(Cell(seconds(wait_seconds(job))), _run(row, look)),
        Cell(duration(sum(a.cpu_s for a in job.attempts)) if last else NOTHING),
        Cell(size(max(a.max_rss_bytes for a in job.attempts)) if last else NOTHING),
        *(Cell(tries(job)), Cell(exit_column(job)), job.queue, Cell(_asked_by(job))),
    ]


def _asked_by(job: Job) -> str:
    return "schedule" if job.call.schedule else job.call.by or NOTHING
