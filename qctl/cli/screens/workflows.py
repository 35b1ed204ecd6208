"""What people see of a workflow that is waited for: the tree while it runs, its changes in a log, and how it ended."""

from __future__ import annotations

from types import MappingProxyType

from qctl.cli.screens import waiting
from qctl.model.cells import cut, fold, width
from qctl.model.exit_codes import exit_code_of
from qctl.model.job_words import again, outcome_words, run_s
from qctl.model.report_lines import LONGEST
from qctl.model.show import clock_time, count, duration
from qctl.model.state import Outcome
from qctl.model.workflow.node_names import node_id
from qctl.model.workflow.outline import call_of, outline
from qctl.model.workflow.picture import detail_of, picture
from qctl.model.workflow.standing import standing_of, tally

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

    from qctl.cli.terminal import Look
    from qctl.model.job import Job
    from qctl.model.workflow.outline import Row, Workflow

MOST_LINES: Final = 8  #: of the live region
_KEYS: Final = (
    "  Ctrl-C detaches (it goes on) · Ctrl-\\ cancels it",
    "  Ctrl-C detaches · Ctrl-\\ cancels",
    "  ^C detaches · ^\\ cancels",
)
_KEYS_WHILE_FEEDING: Final = (
    "  Ctrl-C cancels it, for members are missing · Ctrl-\\ cancels it",
    "  Ctrl-C and Ctrl-\\ both cancel it",
    "  ^C and ^\\ both cancel it",
)
TAIL: Final = 2  #: of these, lines of output at most
_STEPS: Final = 12  #: that the end names one by one


def live(
    workflow: Workflow,
    rows: Sequence[Row],
    tail: Sequence[str],
    look: Look,
    *,
    height: int = 24,
    feeding: bool = False,
    typical: Mapping[str, float] = MappingProxyType({}),
) -> list[str]:
    """The region that is drawn again and again: how far it is, its tree, its last lines, and the two keys.

    It has eight lines at most, or a third of a terminal of more lines (`height`), and none is wider than that. Of a
    large workflow those steps are shown that matter most. The output, `tail` with its newest line first, has its lines
    below a tree that is shortened anyway; one that fits is shown whole, and the output where there is room. While
    members are still being added, by whoever looks, Ctrl-C leaves nothing behind.
    """
    most = max(MOST_LINES, height // 3) - 2
    said = [fitted("  " + look.safe(line), look) for line in tail[:TAIL]]
    tree = picture(rows, workflow, look, most if len(rows) <= most else most - len(said), typical=typical)
    said = said[: most - len(tree)][::-1]
    keys = look.sign(waiting.fitting(_KEYS_WHILE_FEEDING if feeding else _KEYS, look))
    return [_progress(workflow, look), *tree, *said, look.paint(fitted(keys, look), "dim")]


def written(label: str, text: str, look: Look) -> str:
    """A line of output after the name of what wrote it, which leaves room for it however long it is."""
    return f"{cut(look.safe(label), (look.width or LONGEST) // 3, look.ellipsis)} {look.sign('│')} {look.safe(text)}"


def _progress(workflow: Workflow, look: Look) -> str:
    """`▸ pipeline 7kq50xyz  3/5 done · 1 running · 0 failed  6m41s`."""
    job, counted = workflow.job, tally(workflow)
    said = [counted.words, f"{counted.running:,} running", f"{counted.failed:,} failed"]
    if job.started_ms is None:
        said = [str(job.state), count(counted.total, "job")]
    elapsed = duration(max(0, look.now_ms - (job.started_ms or job.enqueued_ms)) / 1000)
    head = f"{look.sign('▸')} {look.safe(job.call.task)} {job.id}  {look.sign(' · ').join(said)}"
    return fitted(f"{head}  {elapsed}", look)


def begun(workflow: Workflow, look: Look) -> str:
    """The first line in a log: `13:50:05 7kq50xyz pipeline running jobs=4`."""
    job = workflow.job
    at = clock_time(look.now_ms, look.zone, look.now_ms)
    return f"{at} {job.id} {look.safe(job.call.task)} {job.state} jobs={tally(workflow).total}"


def change(name: str, workflow: Workflow, look: Look) -> str:
    """One change of a node as a line of a log."""
    job = workflow.jobs.get(name)
    if job is not None and not (job.ended and job.attempt == 0):
        return waiting.change(job, look)
    at = clock_time(look.now_ms, look.zone, look.now_ms)
    task = call_of(workflow.nodes[name]).task
    why = look.safe(detail_of(name, workflow, standing_of(name, workflow), look))
    line = f"{at} {node_id(workflow.job.id, name)} {look.safe(task)} {workflow.fates.get(name, 'waiting')}"
    return f"{line}: {why}" if why else line


def over(workflow: Workflow, look: Look) -> str:
    """Its end as a line of a log."""
    job = workflow.job
    at = clock_time(look.now_ms, look.zone, look.now_ms)
    took = duration(run_s(job, look.now_ms) or 0)
    return f"{at} {job.id} {look.safe(job.call.task)} {job.outcome} exit={exit_code_of(job)} run={took}"


def counted(workflow: Workflow, look: Look) -> str:
    """How far it is as a line of a log, in place of a line for each of many jobs, and as a sign of life."""
    job, sums = workflow.job, tally(workflow)
    facts = [clock_time(look.now_ms, look.zone, look.now_ms), job.id, look.safe(job.call.task), str(job.state)]
    facts += [f"done={sums.done}/{sums.total}", f"running={sums.running}", f"failed={sums.failed}"]
    return " ".join([*facts, f"for={duration(max(0, look.now_ms - job.enqueued_ms) / 1000)}"])


def ended(workflow: Workflow, look: Look) -> list[str]:
    """How it ended: one line where all went well, else each step that matters with its reason."""
    job = workflow.job
    assert job.outcome is not None
    sign, colour = outcome_words(job.outcome)
    first = look.paint(look.sign(sign.partition(" ")[0]), colour)
    took = duration(max(0, (job.ended_ms or look.now_ms) - job.enqueued_ms) / 1000)
    word = "in" if job.outcome is Outcome.SUCCEEDED else "after"
    line = (
        f"{look.safe(job.call.task)} {job.id} {job.outcome} {word} {took}: {_sum(workflow)}  exit {exit_code_of(job)}"
    )
    lines = [f"{first} {line}"]
    return lines if job.outcome is Outcome.SUCCEEDED else lines + _steps(workflow, look)


def _sum(workflow: Workflow) -> str:
    """`1 of 4 jobs failed, 1 never ran`."""
    sums = tally(workflow)
    total = count(sums.total, "job")
    never = sums.skipped + sum(
        fate in (Outcome.CANCELLED, Outcome.EXPIRED, Outcome.TIMEOUT) and _never_ran(workflow.jobs.get(name))
        for name, fate in workflow.fates.items()
        if name in workflow.nodes and workflow.nodes[name].job is not None
    )
    failed = sums.failed
    said = [f"{failed:,} of {total} failed"] if failed else []
    said += [f"{never:,}{'' if failed else f' of {total}'} never ran"] if never else []
    return ", ".join(said) or total


def _never_ran(job: Job | None) -> bool:
    return job is None or job.attempt == 0


def _steps(workflow: Workflow, look: Look) -> list[str]:
    """The steps one after the other, those that went well only where there are few."""
    names = [row.name for row in outline(workflow.nodes, workflow.plan) if row.name and workflow.nodes[row.name].job]
    few = len(names) <= _STEPS
    shown = [name for name in names if few or standing_of(name, workflow).rank == 0][:_STEPS]
    said = [_step(name, workflow, look) for name in shown]
    left = len(names) - len(shown)
    said += [f"{look.ellipsis} {left:,} more"] if left else []
    if look.width is None:
        return ["  " + "   ".join(said)]
    lines: list[str] = []
    for each in said:
        longer = f"{lines[-1]}   {each}" if lines else ""
        if longer and width(longer) <= look.width - 2:
            lines[-1] = longer
        else:
            lines.append(cut(each, look.width - 2, look.ellipsis))
    return ["  " + line for line in lines]


def _step(name: str, workflow: Workflow, look: Look) -> str:
    """`✗ .2 gzip (exit 1, attempt 3/3)`."""
    standing = standing_of(name, workflow)
    sign, _, word = standing.words.partition(" ")
    detail = look.safe(detail_of(name, workflow, standing, look))
    why = "" if standing.rank > 3 and word == "ok" else f" ({': '.join(filter(None, (_told(word), detail)))})"
    return f"{look.sign(sign)} .{name} {look.safe(call_of(workflow.nodes[name]).task)}{why}"


def _told(word: str) -> str:
    """Failures are told by their detail alone."""
    return "" if word == "failed" else word


def next_commands(workflow: Workflow, failed: str | None, look: Look) -> list[str]:
    """What one can do now; `failed` is the job that failed first."""
    rows = [(f"qctl show {failed}", "full report")] if failed else []
    command = again(workflow.job)
    part = command.endswith("--failed")
    rows += [(command, "run what failed or was skipped" if part else "run it after all")]
    longest = max(len(command) for command, _ in rows)
    heads = ["  next:  ", *(["         "] * (len(rows) - 1))]
    lines = [f"{head}{command:<{longest}}   {why}" for head, (command, why) in zip(heads, rows, strict=True)]
    return [fitted(look.safe(line), look) for line in lines]


def last_lines_title(failed: str, task: str, look: Look) -> str:
    """What stands above the last lines of the job that failed first."""
    return fitted(f"  last lines of {failed} {look.safe(task)}:", look)


def folded(line: str, look: Look) -> list[str]:
    """A line in as many as the terminal needs for it."""
    return fold(line, look.width) if look.width else [line]


def fitted(line: str, look: Look) -> str:
    """A line that is no wider than the terminal; off one, none that is beyond all measure."""
    return cut(line, look.width or LONGEST, look.ellipsis)
