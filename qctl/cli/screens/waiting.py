"""What `run --wait` and `wait` say on stderr: a live region on a terminal, one line for each change elsewhere."""

from __future__ import annotations

from qctl.classes import replace
from qctl.cli.screens.words import due_of, ending, run_s, since_of, state_of, title_of, tries
from qctl.later import later
from qctl.model.cells import cut, fold, width
from qctl.model.exit_codes import exit_code_of
from qctl.model.show import clock_time, duration, ordinal
from qctl.model.state import Outcome, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from qctl.cli.terminal import Look
    from qctl.model.job import Job
    from qctl.model.view import held_words, wait_seconds
else:
    held_words = later("qctl.model.view", "held_words")
    wait_seconds = later("qctl.model.view", "wait_seconds")

_TAIL: Final = 3  #: lines of output in the live region
_BAR: Final = 44  #: cells of the progress bar, where there is room
_KEYS: Final = "  Ctrl-C detaches (the job goes on) · Ctrl-\\ cancels the job"
_KEYS_IN_SHORT: Final = "  Ctrl-C detaches · Ctrl-\\ cancels"
_KEYS_IN_SHORTEST: Final = "  ^C detaches · ^\\ cancels"
_LEAST_TITLE: Final = 12  #: cells of a job's title, however narrow the terminal


def change(job: Job, look: Look) -> str:
    """One change as a line of a log: `13:50:07 7kq2f8wz backup-db running worker=db1 attempt=1/3`."""
    facts = [clock_time(look.now_ms, look.zone, look.now_ms), job.id, look.safe(title_of(job))]
    if job.ended:
        facts += [str(job.outcome), f"exit={exit_code_of(job)}", f"run={duration(run_s(job, look.now_ms) or 0)}"]
    elif job.state is State.RUNNING:
        facts += ["running", f"worker={look.safe(job.worker or '?')}", f"attempt={tries(job)}"]
    elif job.state is State.SCHEDULED and (due := due_of(job)) is not None:
        facts += ["retry" if job.attempt else "scheduled", f"at={clock_time(due, look.zone, look.now_ms)}"]
    else:
        facts += [str(job.state), f"queue={job.queue}", f"priority={job.priority}"]
        facts += [f"held: {look.safe(held_words(job))}"] if job.parked_by else []
        before = job.call.after or ((job.call.parent_id,) if job.call.parent_id else ())
        facts += [f"after={','.join(before)}"] if job.state is State.WAITING and before else []
    return " ".join(facts)


def still_there(job: Job, look: Look) -> str:
    """A sign of life for logs of CI, which end what is silent for long."""
    running_s = run_s(job, look.now_ms) if job.state is State.RUNNING else None  # between two tries: of the last one
    waited_s = max(0, look.now_ms - since_of(job)) / 1000
    said = f"{change(job, look)} for={duration(running_s or waited_s)}"
    return f"{said} done={job.progress:.0%}" if job.progress is not None else said


def step(job: Job, look: Look, *, place: int | None = None, pid: int | None = None) -> str:
    """A change on a terminal: `▸ 7kq2f8wz backup-db  running  on db1 (pid 40112)  attempt 1/3`. An end may take lines.

    `place` is which in its queue it is, `pid` the process of its worker.
    """
    if job.ended:
        return "\n".join(_folded(job, look))
    return _cut(_titled(look.sign("▸"), job, look.sign(_standing(job, look, place, pid)), look), look)


def _standing(job: Job, look: Look, place: int | None, pid: int | None) -> str:
    if job.state is State.RUNNING:
        process = f" (pid {pid})" if pid else ""
        return f"running  on {look.safe(job.worker or '?')}{process}  attempt {tries(job)}"
    if job.state is State.SCHEDULED and (due := due_of(job)) is not None:
        why = f"  after {ending(job.last)}" if job.last else ""
        word = "retry" if job.attempt else "scheduled"
        return f"{word}  at {clock_time(due, look.zone, look.now_ms)}{look.safe(why)}"
    if job.parked_by:
        return f"held  {look.safe(held_words(job))}"
    if job.state is State.WAITING:
        return f"waiting  for {' '.join(job.call.after)}"
    where = f" · {ordinal(place)} in queue" if place else ""
    return f"{job.state}  {job.queue} · priority {job.priority}{where}"


def ended(job: Job, look: Look) -> str:
    """How it ended, in the one line that stays."""
    state = state_of(job)
    sign = look.paint(look.sign(state.text.split(" ")[0]), state.colour)
    waited, ran = wait_seconds(job), run_s(job, look.now_ms)
    total = ((job.ended_ms or look.now_ms) - job.enqueued_ms) / 1000
    said = f"{job.outcome} in {duration(max(0.0, total))}"
    parts = f"  (wait {duration(waited)}, run {duration(ran)})" if waited is not None and ran is not None else ""
    code = f"exit {exit_code_of(job)}"
    why = ending(job.last) if job.outcome is not Outcome.SUCCEEDED and job.last is not None else code
    how = f"  {code}" if why in (code, str(job.outcome)) else f"  {look.safe(why)}  {code}"
    if look.width and width(f"✔ {job.id} {said}{parts}{how}") + _LEAST_TITLE > look.width:
        parts = ""
    return _titled(sign, job, f"{said}{parts}{how}", look)


def _folded(job: Job, look: Look) -> list[str]:
    """How it ended; what has no room in the line stands in the next one, and nothing is lost."""
    plain = ended(job, replace(look, colour=False))
    if not look.width or width(plain) <= look.width:
        return [ended(job, look)]
    first, *rest = fold(plain, look.width - 2)
    return [first, *(f"  {part}" for part in rest)]


def _titled(sign: str, job: Job, said: str, look: Look) -> str:
    """A line about a job; on a terminal its title is what gives way, so that what has become of it is to be seen."""
    title = look.safe(title_of(job))
    if look.width:
        room = look.width - width(f"▸ {job.id}   {said}")
        title = cut(title, max(_LEAST_TITLE, room), look.ellipsis) if room >= 0 else ""
    return f"{sign} {job.id} {title}  {said}" if title else f"{sign} {job.id}  {said}"


def live(
    job: Job,
    tail: Sequence[str],
    look: Look,
    typical: float | None = None,
    runs: int = 0,
    *,
    place: int | None = None,
) -> list[str]:
    """The region that is drawn again and again while a job runs: progress, its last lines, and the two keys.

    `typical` is how many seconds its task usually runs, the median of so many `runs`; `place` which in its queue it is.

    No line is wider than the terminal: one that is folded there would stand in more rows than are taken away again.
    """
    lines = ["", _progress(job, look, typical) if job.state is State.RUNNING else _patience(job, look, place)]
    lines += [look.sign("  │ ") + look.safe(line) for line in tail[-_TAIL:]]
    log = f"  log: qctl logs -f {job.id}"
    usual = log if typical is None else f"  typical {duration(typical)} (p50 of {runs} runs) · {log.lstrip()}"
    below = (fitting((usual, log), look), fitting((_KEYS, _KEYS_IN_SHORT, _KEYS_IN_SHORTEST), look))
    dim = [look.paint(_cut(look.sign(line), look), "dim") for line in below]
    return [*(_cut(line, look) for line in lines), *dim]


def fitting(lines: Sequence[str], look: Look) -> str:
    """The first of some lines, each shorter than the one before it, that has room; the last if none has.

    A key or a command is the last to give way.
    """
    return next((line for line in lines if not look.width or width(line) <= look.width), lines[-1])


def _patience(job: Job, look: Look, place: int | None) -> str:
    """What a job that does not run waits for, and how long it has."""
    if job.state is State.SCHEDULED and (due := due_of(job)) is not None:
        return f"  in {duration(max(0, due - look.now_ms) // 1000)}"
    where = f"{ordinal(place)} in queue   " if place else ""
    return f"  {where}{duration(max(0, look.now_ms - since_of(job)) // 1000)}"


def _progress(job: Job, look: Look, typical: float | None) -> str:
    elapsed = run_s(job, look.now_ms) or 0.0
    if job.progress is None:
        rest = (typical or 0.0) - elapsed
        left = f"   ETA ~{duration(rest)}" if rest > 1 else ""
        return f"  {duration(elapsed)}{left}  {look.safe(job.progress_text or '')}".rstrip()
    fraction = min(1.0, max(0.0, job.progress))
    room = min(_BAR, max(10, (look.width or 80) - 36))
    filled = round(room * fraction)
    left = f"   ETA ~{duration(elapsed * (1 - fraction) / fraction)}" if 0 < fraction < 1 and elapsed > 1 else ""
    bar = look.sign("█" * filled + "░" * (room - filled))
    text = f"  {look.safe(job.progress_text)}" if job.progress_text else ""
    return f"  {bar} {fraction:4.0%}   {duration(elapsed)}{left}{text}"


def _cut(line: str, look: Look) -> str:
    return line if look.width is None or width(line) <= look.width else cut(line, look.width, look.ellipsis)
