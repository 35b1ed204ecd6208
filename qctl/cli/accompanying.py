"""Going along with a workflow until its end: its tree or its changes on stderr, then its value or why there is none."""

from __future__ import annotations

import math
import sys
from contextlib import nullcontext, suppress
from typing import Protocol

from qctl import clock
from qctl.cli.attending import look_now, no_worry, region_of
from qctl.cli.cancel_key import CANCELLED_BY_KEY, CancelKey
from qctl.cli.emit import as_json, say, write
from qctl.cli.github import annotation, folded_away, wants_marks
from qctl.cli.newest_output import NewestOutput
from qctl.cli.nobody_reads import warn_if_nobody_reads
from qctl.cli.passing_on import write_value
from qctl.cli.providing import provide_worker_of_workflow
from qctl.cli.screens import workflows as screens
from qctl.cli.step_lines import write_line
from qctl.cli.terminal import height_of
from qctl.client.typical import Typical
from qctl.client.untaken import given_up
from qctl.client.waiting import Accepted
from qctl.client.workflows import WorkflowFollower, failed_first, labels_of, steps_of
from qctl.errors import RedisBusy, RedisUnreachable
from qctl.model.attempt import ValueKind
from qctl.model.exit_codes import INTERRUPTED, exit_code_of
from qctl.model.lines import last_lines
from qctl.model.show import duration
from qctl.model.state import Outcome, State
from qctl.model.workflow.node_names import node_id
from qctl.model.workflow.outline import call_of, outline
from qctl.model.workflow.standing import standing_of
from qctl.model.workflow.view import workflow_job_view

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from qctl.cli.region import Region
    from qctl.cli.session import Session
    from qctl.client import Client
    from qctl.client.terms import WorkflowState
    from qctl.model.job import Job
    from qctl.model.workflow.outline import Row

_SILENCE: Final = 60.0  #: seconds after which a log gets a sign of life
_EACH: Final = 50  #: so many jobs are told of one by one; of more those that fail, and how many are done
_TELL_EVERY: Final = 5.0  #: seconds, of more
_LAST_LINES: Final = 5  #: of the job that failed first


class Feed(Protocol):
    """What adds members to a workflow while one waits for it."""

    @property
    def done(self) -> bool:
        """Whether there are no more."""

    def catch_up(self) -> None:
        """Add what is there, for a moment at most."""

    def let_go(self) -> str:
        """Ctrl-C: cancel the workflow if members are missing, and answer what is to be said; else nothing."""


class WorkflowAttendance:
    """One wait for a workflow. On a terminal its tree stands below what is said."""

    def __init__(
        self, here: Session, client: Client, workflow: str, *, follow: bool = False, feed: Feed | None = None
    ) -> None:
        self._here, self._client, self._id, self._follow = here, client, workflow, follow
        self._feed = feed
        self._output = WorkflowFollower(client.reading)
        self._typical = Typical(client.reading)
        self._told: dict[str, tuple[object, ...]] = {}
        self._newest = NewestOutput(self._output, screens.TAIL)
        self._rows: list[Row] = []
        self._spoke_at = clock.monotonic()
        self._cancel_key = CancelKey()
        live = here.err.live and not here.settings.quiet and not follow
        self._region = region_of(here) if live else None

    def wait(self, timeout: float | None = None, alive: Callable[[], None] = no_worry) -> WorkflowState:
        """Wait for its end and answer it as it is then.

        `alive` is asked at each look and may raise. Raises WaitTimeout after `timeout` seconds, LostWhileWaiting.
        """
        deadline = math.inf if timeout is None else clock.monotonic() + timeout
        look = _look_every(len(self._client.workflow(self._id).nodes))
        with self._cancel_key, self._region or nullcontext():
            try:
                for _ in self._client.watch([self._id], look, deadline):
                    found = self._seen()
                    if found is not None and found.job.ended:
                        return found
                    if clock.monotonic() >= deadline:
                        raise given_up(self._client, self._id, duration(timeout or 0.0), [found.job] if found else [])
                    if self._cancel_key.was_pressed():
                        self._client.cancel([self._id], reason=CANCELLED_BY_KEY)
                    alive()
            finally:
                if self._region is not None:
                    self._region.clear()
        raise AssertionError("a watch never ends by itself")

    def _seen(self) -> WorkflowState | None:
        """The workflow as it is now, which was told; None while Redis is away, for which the watch has patience."""
        try:
            found = self._client.workflow(self._id)
            self._tell(found)
            return found
        except (RedisUnreachable, RedisBusy):
            return None

    def _tell(self, found: WorkflowState) -> None:
        look = look_now(self._here)
        if self._follow:
            self._pass_on(found)
        if self._region is not None:
            if not found.job.ended:
                self._draw(found, self._region)
        elif not self._here.settings.quiet:
            self._changes(found)
            if clock.monotonic() - self._spoke_at > _SILENCE:
                self._say(screens.counted(found, look))

    def _pass_on(self, found: WorkflowState) -> None:
        labels = labels_of(found.nodes)
        for name, _, line in self._output.read(found.jobs):
            write_line(line, labels.get(name, name), self._here)

    def _draw(self, found: WorkflowState, region: Region) -> None:
        look = look_now(self._here)
        if len(self._rows) < len(found.nodes):
            self._rows = outline(found.nodes, found.plan)
        labels = labels_of(found.nodes)
        said = self._newest.lines(found.jobs)
        tail = [screens.written(labels.get(name, name), text, look) for name, text in said]
        feeding = self._feed is not None and not self._feed.done
        height = height_of(sys.stderr)
        usual = self._typical.of(job.call.task for job in found.jobs.values() if job.state is State.RUNNING)
        region.draw(screens.live(found, self._rows, tail, look, height=height, feeding=feeding, typical=usual))

    def _changes(self, found: WorkflowState) -> None:
        """A line for each change; of a large workflow for each failure, and from time to time how far it is."""
        look = look_now(self._here)
        own = (found.job.state, found.job.cancelling)
        if self._told.get("") != own and not found.job.ended:
            self._told[""] = own
            self._say(screens.begun(found, look))
        few = len(found.nodes) <= _EACH
        for name, node in found.nodes.items():
            news = _news(found.jobs.get(name), found.fates.get(name))
            if node.job is None or news is None or self._told.get(name) == news:
                continue
            self._told[name] = news
            if few or standing_of(name, found).rank == 0:
                self._say(screens.change(name, found, look))
        if not few and clock.monotonic() - self._spoke_at > _TELL_EVERY:
            self._say(screens.counted(found, look))

    def _say(self, line: str) -> None:
        say(line)
        self._spoke_at = clock.monotonic()


def _look_every(nodes: int) -> float:
    """Seconds between two looks: one costs as much as there are nodes."""
    return 0.25 if nodes <= 200 else 1.0 if nodes <= 2000 else 3.0


def _news(job: Job | None, fate: str | None) -> tuple[object, ...] | None:
    """What is to be told of a node; None while nothing is."""
    if job is None or (fate and job.ended and not job.attempt):
        return None if fate in (None, "unneeded") else (fate,)
    return (job.state, job.attempt, job.cancelling, job.parked_by)


def accompany_workflow(
    client: Client,
    workflow: str,
    here: Session,
    *,
    follow: bool,
    timeout: float | None,
    feed: Feed | None = None,
) -> int:
    """Wait for a workflow, with a worker for it alone where none lives that could run it. Ctrl-C leaves it to itself.

    `feed` adds members to it meanwhile. Raises LostWhileWaiting, and never RedisUnreachable: see `Accepted`.
    """
    with Accepted([workflow]):
        found = client.workflow(workflow)
        steps = steps_of(found.nodes)
        alive = no_worry if found.job.ended else provide_worker_of_workflow(client, workflow, steps, here)

        def each_look() -> None:
            alive()
            if feed is not None:
                feed.catch_up()

        try:
            found = WorkflowAttendance(here, client, workflow, follow=follow, feed=feed).wait(timeout, each_look)
        except KeyboardInterrupt as key:
            cancelled = feed.let_go() if feed is not None else ""
            goes_on = f"detached; {workflow} goes on: qctl wait {workflow} · qctl logs -f {workflow}"
            here.let_go(cancelled or goes_on, key)
            return INTERRUPTED
        return conclude_workflow(client, found, here, follow=follow)


def wait_for_workflow(client: Client, workflow: str, here: Session, timeout: float | None) -> int:
    """Wait for a workflow that somebody submitted before: how it ends is told, and its exit code answered."""
    found = client.workflow(workflow)
    if not found.job.ended:
        warn_if_nobody_reads(client, [queue for _, queue in steps_of(found.nodes)], here)
    try:
        found = WorkflowAttendance(here, client, workflow).wait(timeout)
    except KeyboardInterrupt as key:
        here.let_go(f"detached; {workflow} goes on: qctl wait {workflow}", key)
        return INTERRUPTED
    if here.settings.for_programs:
        write(as_json(workflow_job_view(found, client.value(workflow) if found.job.outcome == "succeeded" else None)))
    if not here.settings.quiet:
        _tell_end(client, found, here)
    return exit_code_of(found.job)


def conclude_workflow(client: Client, found: WorkflowState, here: Session, *, follow: bool) -> int:
    """Write what a workflow came to: its value on stdout, how it ended on stderr. Answers the exit code."""
    good = found.job.outcome is Outcome.SUCCEEDED
    value = client.value(found.job.id) if good else None
    if here.settings.output in ("json", "jsonl"):
        write(as_json(workflow_job_view(found, value)))
    if not here.settings.quiet:
        _tell_end(client, found, here)
    if value is not None and not follow and here.settings.output not in ("json", "jsonl"):
        write_value(value.data, value.kind is ValueKind.JSON, here)
    return exit_code_of(found.job)


def _tell_end(client: Client, found: WorkflowState, here: Session) -> None:
    look = look_now(here)
    first, *steps = screens.ended(found, look)
    head = screens.over(found, look) if look.width is None else first
    for line in [*screens.folded(head, look), *steps]:
        say(line)
    if found.job.outcome is Outcome.SUCCEEDED:
        return
    if wants_marks(here.environ):
        say(annotation(f"{found.job.call.task} {found.job.id}", first))
    failed = failed_first(found)
    with suppress(RedisUnreachable):  # how it ended is known; more need not be
        for line in _why(client, found, failed, here):
            say(line)
    whose = None if failed is None else node_id(found.job.id, failed)
    for line in screens.next_commands(found, whose, look):
        say(line)


def _why(client: Client, found: WorkflowState, failed: str | None, here: Session) -> list[str]:
    """The last lines of the job that failed first."""
    if failed is None:
        return []
    look, job = look_now(here), found.jobs[failed]
    texts = last_lines((piece.chunk for piece in client.logs(job.id) if piece.attempt == job.attempt), _LAST_LINES)
    if not texts:
        return []
    title = screens.last_lines_title(job.id, call_of(found.nodes[failed]).task, look)
    lines = [screens.fitted("    " + look.safe(text), look) for text in texts]
    return folded_away(title.strip(), lines) if wants_marks(here.environ) else [title, *lines]
