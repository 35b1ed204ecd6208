"""The options that `run`, `chain`, `group` and `chord` share, each with its help."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:  # at run time `option_lists` hands them over: the short path makes these lists without typer
    from typing import Annotated, Final

    import typer

    from qctl.cli.option_lists import Timeout
    from qctl.cli.session import Session

_GRAPH_ALONE: Final = "--graph draws, and submits nothing: it goes without "


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wished of the job or workflow."""

    queue: Annotated[str | None, typer.Option("--queue", "-Q", help="the queue to wait in, in place of the task's")] = (
        None
    )
    priority: Annotated[
        str | None, typer.Option("--priority", "-p", help="0 to 9, 9 first; or low, normal, high, urgent")
    ] = None
    countdown: Annotated[
        str | None, typer.Option("--in", "--countdown", help="start when so much time has passed: 10m, 2h")
    ] = None
    eta: Annotated[str | None, typer.Option("--at", "--eta", help="start at: 'tomorrow 6am' (qctl help dates)")] = None
    after: Annotated[list[str] | None, typer.Option("--after", help="start when this job has succeeded")] = None
    expires: Annotated[str | None, typer.Option("--expires", help="do not start any more after: 2h, mon 09:00")] = None
    retries: Annotated[
        int | None, typer.Option("--retries", min=0, help="tries after the first, in place of the task's")
    ] = None
    key: Annotated[str | None, typer.Option("--key", help="a name that only one job has at a time")] = None
    if_exists: Annotated[
        str | None, typer.Option("--if-exists", help="if a job has that key: return, skip, replace or fail")
    ] = None
    host: Annotated[str | None, typer.Option("--host", help="run it on this host's workers only")] = None
    variables: Annotated[list[str] | None, typer.Option("--env", help="a variable of this job's environment")] = None
    labels: Annotated[list[str] | None, typer.Option("--label", help="a mark to find it by: label:env=prod")] = None
    stdin: Annotated[str | None, typer.Option("--input", help="what it reads on stdin; -: your stdin")] = None

    @property
    def names_times(self) -> bool:
        """Whether some of it is read in a time zone."""
        return (self.countdown, self.eta, self.expires) != (None, None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What is to happen beside the submit."""

    wait: Annotated[bool, typer.Option("--wait", "-w", help="wait for its end; write its value, exit as it does")] = (
        False
    )
    follow: Annotated[bool, typer.Option("--follow", "-f", help="wait, and pass its output on as it comes")] = False
    timeout: Timeout = None
    graph: Annotated[bool, typer.Option("--graph", help="draw the workflow, and submit nothing")] = False

    @property
    def stays(self) -> bool:
        return self.wait or self.follow

    def check(self, here: Session) -> None:
        """Refuse what does not go together. Raises UsageError."""
        if here.settings.for_programs and self.follow:
            raise _no_format_of_its_own(here.settings.output, "--follow")
        if self.timeout is not None and not self.stays:
            raise UsageError("--timeout says how long to wait: it goes with --wait or --follow")
        if self.graph and self.stays:
            raise UsageError(f"{_GRAPH_ALONE}{'--follow' if self.follow else '--wait'}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The lines that jobs or members are made of."""

    each: Annotated[str | None, typer.Option("--each", help="one job or member for each line; -: of stdin")] = None
    null: Annotated[bool, typer.Option("--null", "-0", help="lines of --each end with a NUL: find -print0")] = False

    def check(self, wish: Wish) -> None:
        """Refuse what does not go together. Raises UsageError."""
        if self.null and self.each is None:
            raise UsageError("--null says how the lines of --each end: it goes with that")
        if self.each is not None and wish.stdin is not None:
            raise UsageError("--input is read by one job, and --each makes several")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a group is worked off."""

    policy: Annotated[str, typer.Option("--policy", help="done when: all succeed, any does, all have settled")] = "all"
    max_parallel: Annotated[
        int | None, typer.Option("--max-parallel", min=1, help="at most so many members at a time")
    ] = None
    max_fail: Annotated[
        str | None, typer.Option("--max-fail", help="so many may fail, such as 3 or 10%; null for them")
    ] = None
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="cancel the rest at the first failure")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A run other than by a worker that is asked for one."""

    local: Annotated[bool, typer.Option("--local", help="run it right here, without Redis or worker")] = False
    as_scheduled: Annotated[
        bool, typer.Option("--as-scheduled", help="as its schedule would start it, `with` included")
    ] = False
    schedule: Annotated[str | None, typer.Option("--schedule", help="by which of its schedules")] = None

    def check(self, here: Session, wish: Wish, manner: Manner, lines: Lines) -> None:
        """Refuse what does not go together. Raises UsageError."""
        if self.schedule is not None and not self.as_scheduled:
            raise UsageError("--schedule says which one is meant with --as-scheduled: it goes with that")
        if self.as_scheduled and lines.each is not None:
            raise UsageError("--as-scheduled makes the job that a schedule makes: --each makes others")
        if not self.local:
            return
        if here.settings.for_programs:
            raise _no_format_of_its_own(here.settings.output, "--local")
        if manner.graph:
            raise UsageError(f"{_GRAPH_ALONE}--local")
        if lines.each is not None or wish.after:
            other = "--each makes several jobs" if lines.each is not None else "--after waits for others"
            raise UsageError(f"--local runs one job, here and now: {other}")


def _no_format_of_its_own(output: str, flag: str) -> UsageError:
    """What the job writes would stand in the midst of the document."""
    return UsageError(
        f"{flag} passes the job's own output on: it goes without -o {output}",
        help="qctl run TASK --wait -o json        waits, and writes the job as one document, its value in it",
    )
