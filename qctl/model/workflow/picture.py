"""The tree of a workflow as lines: sign, step, state, where, how long, why. Pure; all interfaces draw it alike."""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType

from qctl.classes import dataclass
from qctl.model.cells import cut, pad, width
from qctl.model.job_words import beside, due_of, ending, run_s, tries
from qctl.model.show import clock_time, count, duration
from qctl.model.state import Outcome, State
from qctl.model.view import cancelled_words, held_words, what_came_before
from qctl.model.workflow.node_names import ON_ERROR, ON_SUCCESS, parts_of
from qctl.model.workflow.outline import call_of
from qctl.model.workflow.standing import NOT_NEEDED, WAITING, is_overtaken, shortened, standing_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

    from qctl.model.job import Job
    from qctl.model.page import Page
    from qctl.model.workflow.outline import Row, Workflow
    from qctl.model.workflow.plan import GroupTerms, Node
    from qctl.model.workflow.standing import Standing

_GAP: Final = "  "
_LEAST: Final = 16  #: cells of the steps, however narrow the page
_BAR: Final = 28
_NO_SUCCESS: Final = (Outcome.FAILED, Outcome.TIMEOUT, Outcome.LOST, Outcome.CANCELLED, Outcome.EXPIRED)
_UNKNOWN: Final[Mapping[str, float]] = MappingProxyType({})
_NARROW: Final = 60  #: cells of a page on which neither worker nor time has room


@dataclass(frozen=True, slots=True)
class _Cells:
    """One row before it is fitted."""

    stem: str
    sign: str
    step: str
    word: str
    worker: str
    took: str
    detail: str
    colour: str


def picture(
    rows: Sequence[Row],
    workflow: Workflow,
    page: Page,
    most: int | None = None,
    indent: str = "  ",
    typical: Mapping[str, float] = _UNKNOWN,
) -> list[str]:
    """The rows as lines, none wider than the page. With `most`, at most so many: the rest is summed up in the last.

    `typical` is by task how many seconds it usually runs.
    """
    shown, left = (list(rows), []) if most is None or len(rows) <= most else shortened(rows, most - 1, workflow)
    cells = [_cells(row, workflow, page, typical) for row in shown]
    columns = _fit(cells, page, len(indent))
    lines = [indent + _line(each, columns, page, len(indent)) for each in cells]
    return [*lines, *([_cut(indent + _more(left, workflow, page), page)] if left else [])]


def drawing(rows: Sequence[Row], workflow: Workflow, page: Page) -> list[str]:
    """The rows of what has not begun: each step with its parameters, its queue and priority."""
    lines = []
    for row in rows:
        node = workflow.nodes.get(row.name)
        job = node.job if node is not None else None
        role = f"{row.role}: " if row.role else ""
        where = _where(node) if node is not None else ""
        name = f".{row.name} " if job is not None else ""
        text = f"{role}{name}{row.title}"
        room = None if page.width is None else max(_LEAST, page.width - width(row.stem) - width(where))
        step = page.safe(text) if room is None else cut(page.safe(text), room, page.ellipsis)
        lines.append(_cut(_drawn(row.stem, page) + step + page.paint(page.sign(where), "dim"), page))
    return lines


def _where(node: Node) -> str:
    """In which queue a step will be, how urgent, and how often it is tried again."""
    if node.job is None:
        return ""
    again = call_of(node).tries - 1
    retries = f" · {count(again, 'retry', 'retries')}" if again > 0 else ""
    return f"  {node.job.queue} · priority {node.job.priority}{retries}"


def _more(rows: Sequence[Row], workflow: Workflow, page: Page) -> str:
    """`… 12 more: 8 ok, 4 waits`."""
    counts = Counter(standing_of(row.name, workflow).words.partition(" ")[2] for row in rows if row.name)
    said = ", ".join(f"{number:,} {word}" for word, number in counts.most_common())
    return page.paint(f"{page.ellipsis} {len(rows):,} more: {said}", "dim")


def _cells(row: Row, workflow: Workflow, page: Page, typical: Mapping[str, float]) -> _Cells:
    role = f"{row.role}: " if row.role else ""
    if not row.name:
        return _Cells(row.stem, "", page.safe(f"{role}{row.title}"), "", "", "", "", "")
    standing = standing_of(row.name, workflow)
    job = None if standing.words == NOT_NEEDED else workflow.jobs.get(row.name)
    sign, _, word = standing.words.partition(" ")
    group = workflow.nodes[row.name].group is not None
    step = f"{role}{row.title}" if group else f"{role}.{row.name} {row.title}"
    return _Cells(
        row.stem,
        sign,
        page.safe(step),
        word,
        page.safe(_worker(job)),
        "" if job is None or (took := run_s(job, page.now_ms)) is None else duration(took),
        page.safe(page.sign(detail_of(row.name, workflow, standing, page) + _usual(job, page, typical))),
        standing.colour,
    )


def _worker(job: Job | None) -> str:
    if job is None:
        return ""
    return job.worker or (job.last.worker if job.last and job.ended else "")


def detail_of(name: str, workflow: Workflow, standing: Standing, page: Page) -> str:
    """What is to be known of a node beside its state: exit code, progress, what it waits for, why it was skipped."""
    job, node = workflow.jobs.get(name), workflow.nodes[name]
    if standing.words == NOT_NEEDED:
        return _not_needed(name, workflow)
    if job is None or (workflow.fates.get(name) and not job.ended):
        if node.group is not None and standing.words.startswith(("○", "●")) and standing.rank == 2:
            return _members(name, workflow)
        if node.group is not None and workflow.fates.get(name) == Outcome.FAILED and node.group.max_fail:
            return _too_many(name, node.group, workflow)
        return _awaits(node, workflow) if standing.words == WAITING else ""
    if job.ended:
        return _ended(job, workflow)
    if job.state is State.RUNNING:
        return _progress(job, page)
    if job.state is State.SCHEDULED and (due := due_of(job)) is not None:
        why = f" after {ending(job.last)}" if job.last else ""
        return f"at {clock_time(due, page.zone, page.now_ms)}{why}"
    return held_words(job) or f"in {job.queue}"


def _members(group: str, workflow: Workflow) -> str:
    """How many of a group's members are final; of a member that is a chain its last step counts."""
    tails = [node.name for node in workflow.nodes.values() if node.within == group and node.next is None]
    return f"{sum(name in workflow.fates for name in tails):,}/{len(tails):,} done"


def _too_many(group: str, terms: GroupTerms, workflow: Workflow) -> str:
    """`300 failed, 2 allowed`."""
    inside = [node for node in workflow.nodes.values() if node.within == group]
    bad = {node.position for node in inside if workflow.fates.get(node.name, "succeeded") in _NO_SUCCESS}
    return f"{len(bad):,} failed, {terms.max_fail:,} allowed"


def _not_needed(name: str, workflow: Workflow) -> str:
    """Why what comes after a workflow did not start."""
    outcome = workflow.job.outcome
    if name.partition("-")[0] not in (ON_ERROR, ON_SUCCESS) or outcome is None:
        return ""
    words = {Outcome.FAILED: "failed", Outcome.TIMEOUT: "ran into its time limit"}
    return f"the workflow {words.get(outcome, str(outcome) if outcome is Outcome.SUCCEEDED else f'was {outcome}')}"


def _awaits(node: Node, workflow: Workflow) -> str:
    """What a node that has not been released waits for; of a group's members that is said of the group."""
    if node.previous is None:
        return "" if node.within else "to be started"
    if workflow.nodes[node.previous].group is not None:
        return "for the group"
    return f"for .{node.previous}"


def _ended(job: Job, workflow: Workflow) -> str:
    """Why it ended so, in a few words."""
    if job.upstream:
        return _upstream(job.upstream, job, workflow)
    if job.outcome is Outcome.CANCELLED:
        return cancelled_words(job) or "by order"
    if is_overtaken(job):
        return "its workflow ran into its time limit"
    if job.last is None:
        return str(job.reason or "").replace("_", " ")
    tried = f", attempt {tries(job)}" if job.attempt > 1 or job.outcome is not Outcome.SUCCEEDED else ""
    message = "" if job.outcome is Outcome.SUCCEEDED else beside(job.last)
    return f"{ending(job.last)}{tried}" + (f": {message}" if message else "")


def _upstream(upstream: str, job: Job, workflow: Workflow) -> str:
    parts = parts_of(upstream)
    name = f".{parts[1]}" if parts and parts[0] == workflow.job.id else f"job {upstream}"
    return f"{name} {what_came_before(job.reason, 'failed')}"


def _progress(job: Job, page: Page) -> str:
    tried = f"attempt {tries(job)}  " if job.attempt > 1 else ""
    if job.progress is None:
        return f"{tried}{job.progress_text or ''}".strip()
    fraction, elapsed = min(1.0, max(0.0, job.progress)), run_s(job, page.now_ms) or 0.0
    room = _BAR if (page.width or 0) >= 110 else 0
    bar = "█" * round(room * fraction) + "░" * (room - round(room * fraction))
    left = f"  ETA ~{duration(elapsed * (1 - fraction) / fraction)}" if 0 < fraction < 1 and elapsed > 1 else ""
    return f"{tried}{bar}{' ' if bar else ''}{fraction:.0%}{left}"


def _usual(job: Job | None, page: Page, typical: Mapping[str, float]) -> str:
    """When a job that tells no progress may be done, as its task usually is; nothing once it takes longer."""
    if job is None or job.state is not State.RUNNING or job.progress is not None:
        return ""
    left = typical.get(job.call.task, 0.0) - (run_s(job, page.now_ms) or 0.0)
    return f"{'  ' if job.attempt > 1 or job.progress_text else ''}ETA ~{duration(left)}" if left > 1 else ""


def _fit(cells: Sequence[_Cells], page: Page, indent: int) -> tuple[int, int, int, int]:
    """How wide the steps, words, workers and times are. The workers are left out where there is no room for them."""
    step = max((width(each.stem) + 2 + width(each.step) for each in cells if each.sign), default=0)
    word = max((width(each.word) for each in cells), default=0)
    worker = max((width(each.worker) for each in cells), default=0)
    took = max((width(each.took) for each in cells), default=0)
    if page.width is None:
        return min(step, 60), word, worker, took
    detail = min(24, max((width(each.detail) for each in cells), default=0))
    if page.width < _NARROW:
        return max(_LEAST, min(step, page.width - indent - word - 14)), word, 0, 0
    room = page.width - indent - word - took - detail - 3 * len(_GAP)
    if room - worker - len(_GAP) < min(step, 24):
        worker = 0
    return max(_LEAST, min(step, room - (worker + len(_GAP) if worker else 0))), word, worker, took


def _line(each: _Cells, columns: tuple[int, int, int, int], page: Page, indent: int) -> str:
    """One row, behind an indent; what has become of it is painted, and never told by the colour alone."""
    if not each.sign:
        drawn = _drawn(each.stem, page) + each.step
        return drawn if page.width is None else cut(drawn, page.width - indent, page.ellipsis)
    stem, sign = _drawn(each.stem, page), page.sign(each.sign)
    step = cut(each.step, max(4, columns[0] - width(stem) - width(sign) - 1), page.ellipsis)
    head = pad(f"{stem}{sign} {step}", columns[0])
    parts = [head, pad(each.word, columns[1])]
    parts += [pad(cut(each.worker, columns[2], page.ellipsis), columns[2])] if columns[2] else []
    parts += [pad(each.took, columns[3], right=True)] if columns[3] else []
    used = sum(width(part) + len(_GAP) for part in parts)
    room = None if page.width is None else max(0, page.width - used - indent)
    parts += [each.detail if room is None else cut(each.detail, room, page.ellipsis)]
    painted = [parts[0].replace(sign, page.paint(sign, each.colour), 1), page.paint(parts[1], each.colour), *parts[2:]]
    return _GAP.join(painted).rstrip()


def _drawn(stem: str, page: Page) -> str:
    """The branches, letter by letter: `sign` takes a sign and its word for a pair, and these are none."""
    return "".join(letter if letter == " " else page.sign(letter) for letter in stem)


def _cut(line: str, page: Page) -> str:
    return line if page.width is None else cut(line, page.width, page.ellipsis)
