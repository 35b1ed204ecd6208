"""The options that `run`, `chain`, `group` and `chord` share, each with its help."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, Any, Final

import typer

from qctl.cli.requesting import Wish
from qctl.cli.session import Session
from qctl.errors import UsageError

Wait = Annotated[bool, typer.Option("--wait", "-w", help="wait; its value on stdout, its exit code")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="wait, and pass its output on live")]
Graph = Annotated[bool, typer.Option("--graph", help="of a workflow: draw it, and submit nothing")]
Queue = Annotated[str | None, typer.Option("--queue", "-Q", help="in place of the task's")]
Priority = Annotated[str | None, typer.Option("--priority", "-p", help="0-9, low normal high urgent")]
Countdown = Annotated[str | None, typer.Option("--in", "--countdown", help="start after: 10m")]
Eta = Annotated[str | None, typer.Option("--at", "--eta", help="start at: 'tomorrow 6am'")]
After = Annotated[list[str] | None, typer.Option("--after", help="a job that has to succeed first")]
Expires = Annotated[str | None, typer.Option("--expires", help="not started by then: never")]
Retries = Annotated[int | None, typer.Option("--retries", min=0, help="tries after the first")]
Key = Annotated[str | None, typer.Option("--key", help="a name that one job has at a time")]
IfExists = Annotated[str | None, typer.Option("--if-exists", help="key held: return skip replace fail")]
Host = Annotated[str | None, typer.Option("--host", help="only workers of this host run it")]
Variables = Annotated[list[str] | None, typer.Option("--env", help="NAME=value for this job alone")]
Labels = Annotated[list[str] | None, typer.Option("--label", help="name=value")]
Stdin = Annotated[str | None, typer.Option("--input", help="a file that it reads on stdin, - is yours")]
Each = Annotated[str | None, typer.Option("--each", help="a job for each line of a file, - is stdin")]
Null = Annotated[bool, typer.Option("--null", "-0", help="its lines end with a NUL")]
Policy = Annotated[str | None, typer.Option("--policy", help="its groups: all succeed, any, or all settled")]
Timeout = Annotated[str | None, typer.Option("--timeout", help="wait at most so long: exit 75")]

_GRAPH_ALONE: Final = "--graph draws, and submits nothing: it goes without "


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What is to happen beside the submit."""

    wait: bool = False
    follow: bool = False
    graph: bool = False
    local: bool = False
    timeout: str | None = None
    each: str | None = None
    null: bool = False
    as_scheduled: bool = False
    schedule: str | None = None

    @property
    def stays(self) -> bool:
        return self.wait or self.follow

    def check(self, here: Session, wish: Wish) -> None:
        """Refuse what does not go together. Raises UsageError."""
        if here.settings.for_programs and (self.follow or self.local):
            raise _no_format_of_its_own(here.settings.output, "--follow" if self.follow else "--local")
        if self.timeout is not None and not self.stays:
            raise UsageError("--timeout says how long to wait: it goes with --wait or --follow")
        if self.graph and (self.stays or self.local):
            raise UsageError(f"{_GRAPH_ALONE}{'--local' if self.local else '--follow' if self.follow else '--wait'}")
        if self.null and self.each is None:
            raise UsageError("--null says how the lines of --each end: it goes with that")
        if self.each is not None and wish.stdin is not None:
            raise UsageError("--input is read by one job, and --each makes several")
        self._check_schedule()
        if self.local and (self.each is not None or wish.after):
            other = "--each makes several jobs" if self.each is not None else "--after waits for others"
            raise UsageError(f"--local runs one job, here and now: {other}")

    def _check_schedule(self) -> None:
        if self.schedule is not None and not self.as_scheduled:
            raise UsageError("--schedule says which one is meant with --as-scheduled: it goes with that")
        if self.as_scheduled and self.each is not None:
            raise UsageError("--as-scheduled makes the job that a schedule makes: --each makes others")


def wish_of(said: dict[str, Any]) -> Wish:
    """The options of the job or workflow, from the arguments of a command."""
    return Wish(**{field.name: said[field.name] for field in fields(Wish) if field.name in said})


def manner_of(said: dict[str, Any]) -> Manner:
    """What is to happen beside the submit, from the arguments of a command."""
    return Manner(**{field.name: said[field.name] for field in fields(Manner) if field.name in said})


def _no_format_of_its_own(output: str, flag: str) -> UsageError:
    """What the job writes would stand in the midst of the document."""
    return UsageError(
        f"{flag} passes the job's own output on: it goes without -o {output}",
        help="qctl run TASK --wait -o json        waits, and writes the job as one document, its value in it",
    )
