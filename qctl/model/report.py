"""The report of one job: `qctl show`, and the body of a notice. It holds what one asks when a job runs, and why when
one failed. Pure: the same job and surroundings on the same page are the same text.
"""

from __future__ import annotations

from operator import itemgetter

from qctl.classes import dataclass
from qctl.model.around import HISTORY_DAYS, Around
from qctl.model.call import PIPELINE, Kind
from qctl.model.cells import pad, width
from qctl.model.job_words import NOTHING, again, beside, command_of, due_of, ending, last_end, tries
from qctl.model.report_lines import block, folded, head, label
from qctl.model.show import clock_time, count, duration, size
from qctl.model.state import Outcome, State
from qctl.model.view import cancelled_words, held_words, upstream_words, wait_seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from qctl.model.around import History, Told
    from qctl.model.attempt import Attempt
    from qctl.model.job import Job
    from qctl.model.page import Page

SHOWN_LINES: Final = 10  #: of output, where there is room for them
_SHOWN: Final = 12  #: ids of other jobs


_NOTHING_AROUND: Final = Around()


@dataclass(frozen=True, slots=True)
class Steps:
    """What a workflow's report has beside a job's."""

    said: str  #: how far it is
    lines: Sequence[str]  #: its tree
    speaks: str = ""  #: the job whose output is shown: the one that failed first, or began last


def report(
    job: Job, output: Sequence[str], look: Page, around: Around = _NOTHING_AROUND, steps: Steps | None = None
) -> list[str]:
    """All about a job, for one screen. `output` are the last lines it wrote, of whichever attempt was last.

    Of a workflow `steps` tell how its jobs stand, and the output is that of the one that failed first.
    """
    lines = head(job, look)
    for name, text in [*_facts(job, look, around), *([("Jobs", steps.said)] if steps else [])]:
        lines += block(name, text, look)
    lines += steps.lines if steps else []
    lines += _attempts(job, look) if job.ended or len(job.attempts) > 1 else []
    if not job.ended:
        lines += _timeline(job, look)
    lines += _output(job, output, look, around.lines, steps.speaks if steps else "")
    for name, text in _consequences(job, look, around):
        lines += block(name, text, look)
    lines += _next(job, look, behind=bool(around.skipped))
    return lines + (block("Server", around.server, look) if around.server else [])


def _facts(job: Job, look: Page, around: Around) -> list[tuple[str, str]]:
    facts = [("Why", _why(job))] if job.ended and job.outcome is not Outcome.SUCCEEDED else []
    facts += [("Last", last_end(job, job.last))] if job.last and not job.ended and not job.awaiting else []
    facts += [("Call", command_of(job))] if around.command else []
    facts.append(("Command", around.command or command_of(job)))
    if job.call.cwd:
        facts.append(("Folder", job.call.cwd))
    if job.call.file:
        facts.append(("Defined", _defined(job)))
    facts += _askers(job, look)
    worker = f" · worker {job.worker}" if job.worker else ""
    facts.append(("Queue", f"{job.queue} · priority {job.priority}{worker}"))
    if not job.ended and (holds := held_words(job) or around.held):
        facts.append(("Held by", holds))
    facts += _order_of(job, around)
    facts += [("Limits", limits)] if (limits := around.limits_of(job, look.now_ms)) else []
    facts += [] if job.call.kind is Kind.WORKFLOW else [("Tries", _counters(job))]
    if job.call.key:
        facts.append(("Key", job.call.key))
    for name, values in (("Variables", job.call.env), ("Labels", job.call.labels)):
        if values:
            facts.append((name, " · ".join(f"{key}={value}" for key, value in values.items())))
    if job.call.tags:
        facts.append(("Tags", " ".join(job.call.tags)))
    if job.expires_ms and not job.ended:
        facts.append(("Expires", clock_time(job.expires_ms, look.zone, look.now_ms)))
    if job.progress is not None or job.progress_text:
        done = f"{job.progress:.0%}" if job.progress is not None else ""
        facts.append(("Progress", f"{done} {job.progress_text or ''}".strip()))
    if job.last:
        facts.append(("Resources", _resources(job.last)))
    if job.value_kind:
        facts.append(("Value", f"{size(job.value_bytes)} (qctl wait {job.id} -o json)"))
    return facts


def _askers(job: Job, look: Page) -> list[tuple[str, str]]:
    """Who asked for it, and who had it run again last, each with the time."""
    asked = [("Asked by", job.call.by, job.enqueued_ms)]
    asked += [("Retried by", job.revived_by or "", job.revived_ms)] if job.revived_ms is not None else []
    return [(name, f"{by or NOTHING}, {clock_time(at, look.zone, look.now_ms)}") for name, by, at in asked]


def _order_of(job: Job, around: Around) -> list[tuple[str, str]]:
    """What has to succeed before it, and what waits for it."""
    facts = []
    if job.call.after:
        left = f" (still waits for {_some(around.awaited)})" if set(around.awaited) < set(job.call.after) else ""
        facts.append(("After", _some(job.call.after) + (left if job.state is State.WAITING else "")))
    if around.dependents:
        facts.append(("Then", _some(around.dependents)))
    return facts


def _some(jobs: Sequence[str]) -> str:
    more = f" and {len(jobs) - _SHOWN:,} more" if len(jobs) > _SHOWN else ""
    return " ".join(jobs[:_SHOWN]) + more


def _why(job: Job) -> str:
    last = job.last
    if job.call.kind is Kind.WORKFLOW and job.started_ms is not None:
        return _why_workflow(job)
    if job.upstream:
        return f"skipped: {upstream_words(job)} (qctl show {job.upstream})"
    if job.outcome is Outcome.CANCELLED and (said := cancelled_words(job)):
        return f"cancelled {said}" if job.cancelled_by else f"cancelled: {said}"
    if last is None:
        return f"{job.outcome}: it never started" + (f" ({_reason(job)})" if job.reason else "")
    same = len(job.attempts) > 1 and len({(ending(one), one.fingerprint) for one in job.attempts}) == 1
    said = last_end(job, last, f" — the same on all {len(job.attempts)} attempts" if same else "")
    reason = _reason(job) if job.reason not in (None, "exit", "exception", "timeout") else ""
    return said if said.startswith(reason) else f"{said} ({reason})"


def _why_workflow(job: Job) -> str:
    """Why a workflow that had begun did not succeed: which of its jobs failed first, and how many did."""
    if job.outcome is Outcome.CANCELLED:
        said = cancelled_words(job)
        if not said and job.upstream:
            return f"cancelled: its job {job.upstream} was (qctl show {job.upstream})"
        return f"cancelled {said}" if job.cancelled_by else f"cancelled: {said}" if said else "cancelled"
    if job.outcome is Outcome.TIMEOUT and not job.upstream:
        return "timeout: it ran longer than it may"
    more = f", and {job.failed_nodes - 1:,} more" if job.failed_nodes > 1 else ""
    first = f"job {job.upstream} did not succeed{more} (qctl show {job.upstream})" if job.upstream else ""
    return f"{job.outcome}: {first or 'its record says no more'}"


def _reason(job: Job) -> str:
    return str(job.reason).replace("_", " ")


def _defined(job: Job) -> str:
    asked, ran = job.call.hash, job.last.hash if job.last else None
    place = f"{job.call.file}:{job.call.line}" if job.call.line else str(job.call.file)
    if not asked:
        return place
    changed = f" (the worker ran {ran})" if ran and ran != asked else " (unchanged since enqueued)" if ran else ""
    return f"{place} · hash {asked}{changed}"


def _counters(job: Job) -> str:
    counters = (("failure", job.failures), ("crash", job.crashes), ("loss", job.losses))
    plurals = {"crash": "crashes", "loss": "losses"}
    said = [count(number, noun, plurals.get(noun)) for noun, number in counters if number]
    spent = job.attempt >= job.max_attempts and _is_to_begin(job)  # a retry by hand gives it others
    first = [] if spent else [tries(job)]
    to_come = [f"attempt {job.attempt + 1} to come"] if _is_to_begin(job) else []
    return " · ".join([*first, *to_come, *said])


def _is_to_begin(job: Job) -> bool:
    """Whether a job that has been tried waits for its next attempt."""
    return bool(job.attempt) and job.awaiting is None and job.state not in (State.RUNNING, State.ENDED)


def _resources(attempt: Attempt) -> str:
    dropped = f", {size(attempt.log_dropped)} dropped" if attempt.log_dropped else ""
    return (
        f"cpu {duration(attempt.cpu_s)} · peak {size(attempt.max_rss_bytes)} · "
        f"output {size(attempt.log_bytes)} ({count(attempt.log_lines, 'line')}{dropped})"
    )


def _attempts(job: Job, look: Page) -> list[str]:
    if len(job.attempts) < 2 and job.outcome is Outcome.SUCCEEDED:
        return []
    lines = label("Attempts", look) if job.attempts else []
    previous = ""
    for attempt in job.attempts:
        message = beside(attempt)
        said = "same" if message and message == previous else message
        lines += folded(f"    {look.safe(f'{_attempt(attempt, look)}  {said}'.rstrip())}", look)
        previous = message
    return lines


def _attempt(attempt: Attempt, look: Page) -> str:
    """`#2  13:52:11  web1.1       21s  exit 22`; how it ended is the last to give way, and the worker the first."""
    took = duration((attempt.ended_ms - attempt.started_ms) / 1000)
    at = clock_time(attempt.started_ms, look.zone, look.now_ms)
    facts = [f"#{attempt.number}", at, pad(attempt.worker, 8), f"{took:>6}", ending(attempt)]
    for less in (2, 1, 1):
        line = "  ".join(facts)
        if look.width is None or width(look.safe(line)) + 4 <= look.width:
            break
        del facts[less]
    return "  ".join(facts)


def _timeline(job: Job, look: Page) -> list[str]:
    rows = [(job.enqueued_ms, "enqueued", f"by {job.call.by}" if job.call.by else "")]
    for attempt in job.attempts:
        rows.append((attempt.started_ms, "started", f"attempt {attempt.number} on {attempt.worker}"))
        rows.append((attempt.ended_ms, "ended", ending(attempt)))
    if job.state is State.RUNNING and job.started_ms is not None:
        waited = wait_seconds(job)
        tail = f"waited {duration(waited)}" if waited is not None and not job.attempts else ""
        first = "" if job.call.kind is Kind.WORKFLOW else f"attempt {tries(job)} on {job.worker or NOTHING}"
        rows.append((job.started_ms, "started", ", ".join(filter(None, (first, tail)))))
    if job.revived_ms is not None:
        rows.append((job.revived_ms, "retried", _retried(job)))
    if job.state is State.SCHEDULED and (due := due_of(job)) is not None:
        rows.append((due, "due", ""))
    lines = label("Timeline", look)
    for at, word, text in sorted(rows, key=itemgetter(0)):
        clock = clock_time(at, look.zone, look.now_ms, exact=True)
        lines += folded(f"    {clock}  {word:<10} {look.safe(text)}".rstrip(), look)
    return lines


def _retried(job: Job) -> str:
    by = f"by {job.revived_by}" if job.revived_by else ""
    to_come = f"attempt {job.attempt + 1} to come" if _is_to_begin(job) else ""
    return ", ".join(filter(None, (by, to_come)))


def _output(job: Job, output: Sequence[str], look: Page, most: int | None, speaks: str) -> list[str]:
    if not output:
        return []
    shown = output[-(most or (SHOWN_LINES if (look.width or 120) >= 120 else 3)) :]
    known = job.last.log_lines if job.last and job.ended else 0
    of = f" of {count(known, 'line')}" if known > len(shown) else ""
    whose = f" of {speaks}" if speaks else ""
    dropped = job.last.log_dropped if job.last and job.ended else 0
    kept = f"all but {size(dropped)} dropped" if dropped else "all"
    lines = label(f"Output{whose} (last {len(shown)}{of}; {kept}: qctl logs {speaks or job.id})", look)
    return lines + [each for line in shown for each in folded(f"    {look.safe(line)}", look)]


def _consequences(job: Job, look: Page, around: Around) -> list[tuple[str, str]]:
    """How the task did before, and what its end means for others and for its next run."""
    facts = [("History", _history(around.history, look))] if around.history and _has_history(job) else []
    effects = []
    if around.next_run_ms is not None:
        effects.append(f"next run {clock_time(around.next_run_ms, look.zone, look.now_ms)} (its schedule goes on)")
    if around.skipped:
        effects.append(f"skipped: {_some(around.skipped)}")
    facts += [("Effects", " · ".join(effects))] if effects else []
    return facts + ([("Notified", _told(around.told, look))] if around.told else [])


def _has_history(job: Job) -> bool:
    """Whether other jobs of its task tell something of this one: what is ad-hoc has its name alone in common."""
    return job.ended and job.call.task != PIPELINE and job.call.kind is not Kind.ADHOC


def _told(told: Sequence[Told], look: Page) -> str:
    said = [
        f"{one.name} {clock_time(one.at_ms, look.zone, look.now_ms)} ({one.occasion}, job {one.by})" for one in told
    ]
    return " · ".join(said)


def _history(history: History, look: Page) -> str:
    said = []
    if history.last_ok_ms is not None:
        took = f" ({duration(history.last_ok_run_s)})" if history.last_ok_run_s is not None else ""
        said.append(f"last ok {clock_time(history.last_ok_ms, look.zone, look.now_ms)}{took}")
    said.append(f"{history.ok:,} ok / {history.bad:,} not in {HISTORY_DAYS} days")
    return " · ".join(said)


def _next(job: Job, look: Page, *, behind: bool) -> list[str]:
    if job.state is State.RUNNING:
        commands = [f"qctl logs -f {job.id}", f"qctl cancel {job.id}", f"qctl wait {job.id}"]
    elif not job.ended:
        commands = [f"qctl wait {job.id}", f"qctl cancel {job.id}"]
    elif job.outcome is Outcome.SUCCEEDED:
        commands = [f"qctl logs {job.id}", again(job) + ("" if job.call.secrets else " --new")]
    else:
        commands = [again(job) + (" --with-dependents" if behind else ""), f"qctl logs {job.id}"]
    return block("Next", " · ".join(commands), look)
