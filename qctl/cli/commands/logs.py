"""`qctl logs`: what jobs have written, and what they write now."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Final

import typer

from qctl.classes import dataclass
from qctl.cli.choosing import chosen
from qctl.cli.emit import as_json, emit_list, write, write_bytes
from qctl.cli.grammar import new_app
from qctl.cli.screens.output import line_as_json, line_for_people, line_for_programs
from qctl.cli.session import Session, session
from qctl.cli.sources import Sources, sources_of
from qctl.client import Client, LogPiece
from qctl.client.following import Follower
from qctl.clock import rfc3339
from qctl.errors import NotFound, UsageError
from qctl.model.exit_codes import exit_code_of_all
from qctl.model.job import Job
from qctl.model.lines import Line, LineMaker
from qctl.model.output import GAP, NOTE, STDERR, STDOUT
from qctl.model.show import count

app = new_app()

_FORMATS: Final = ("table", "wide", "json", "jsonl")


@dataclass(frozen=True, slots=True)
class _Manner:
    """What is written of the output, and how."""

    streams: str
    attempt: int | None
    timestamps: bool
    prefix: bool
    most: int | None  #: lines from the end; None: all


@app.command()
def logs(
    context: typer.Context,
    jobs: Annotated[
        list[str] | None, typer.Argument(metavar="JOB", help="ids; left out: the one job that runs")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="go on until its end, and exit as the job")] = False,
    lines: Annotated[int | None, typer.Option("--lines", "-n", min=0, help="only the last N lines")] = None,
    attempt: Annotated[int | None, typer.Option("--attempt", min=1, help="only of this attempt, from 1")] = None,
    stdout: Annotated[bool, typer.Option("--stdout", help="only stdout")] = False,
    stderr: Annotated[bool, typer.Option("--stderr", help="only stderr")] = False,
    timestamps: Annotated[
        bool, typer.Option("--timestamps", "-t", help="say before each line when it was written")
    ] = False,
    prefix: Annotated[bool, typer.Option("--prefix", help="say before each line whose it is")] = False,
) -> int:
    """Show the output of jobs, stdout and stderr in the order in which they were written.

    \b
    qctl logs -f @last             follow the newest job to its end
    qctl logs 7kq2 --stderr -n 20  its last 20 lines of stderr
    qctl logs 7kq2 8r4x -t         lines of several jobs, told apart
    qctl logs -f 7kq5              of all jobs of workflow 7kq5, as they come

    With -f it exits as the job does.

    See also: show, run --follow
    """
    here = session(context, _FORMATS)
    if stdout and stderr:
        raise UsageError("--stdout and --stderr exclude each other; without either both are shown")
    streams = STDOUT if stdout else STDERR if stderr else STDOUT + STDERR + NOTE + GAP
    with here.client() as client:
        ids = chosen(client, jobs) if jobs else [_the_one(client)]
        sources = sources_of(client, ids)
        manner = _Manner(streams, attempt, timestamps, prefix or sources.several, lines)
        if attempt is not None and not follow:
            _must_have_begun(client, sources.alone, attempt)
        if follow:
            return _follow(client, sources, manner, here)
        if here.settings.output == "json":
            items = [_item(*found) for job in sources.jobs for found in _lines_now(client, job, manner)]
            emit_list(here.settings, items, list)
            return 0
        for job in sources.jobs:
            for found in _lines_now(client, job, manner):
                _write(*found, manner, here, sources)
    return 0


def _must_have_begun(client: Client, ids: Sequence[str], attempt: int) -> None:
    for job in client.jobs(ids):
        if job.attempt < attempt:
            raise NotFound(f"job {job.id} has had {count(job.attempt, 'attempt')}", help=f"qctl show {job.id}")


def _the_one(client: Client) -> str:
    """The job that is meant when none is named: the only one that runs."""
    running = [job.id for job in client.reading.active(2) if job.started_ms is not None and job.state == "running"]
    if len(running) == 1:
        return running[0]
    if not running:
        raise NotFound("no job runs; name one", help="qctl logs @last")
    raise UsageError(f"{len(running)} jobs run; name one: {' '.join(running[:5])}", help="qctl ps")


def _lines_now(client: Client, job: Job, manner: _Manner) -> Iterable[tuple[str, int, Line]]:
    """The lines of a job, or the last of them, as far as there are any."""
    lines = _lines_of(Follower(job.id, client.reading).read(job), manner)
    return lines if manner.most is None else deque(lines, maxlen=manner.most)


def _lines_of(pieces: Iterable[LogPiece], manner: _Manner) -> Iterator[tuple[str, int, Line]]:
    """Whole lines with their job and attempt; what is left without a newline comes at the end of its attempt."""
    maker, at = LineMaker(), ("", 0)
    for piece in pieces:
        if (piece.job, piece.attempt) != at:
            yield from ((*at, line) for line in maker.rest())
            at = (piece.job, piece.attempt)
        if piece.chunk.stream in manner.streams and manner.attempt in (None, piece.attempt):
            yield from ((*at, line) for line in maker.add(piece.chunk))
    yield from ((*at, line) for line in maker.rest())


def _item(job: str, attempt: int, line: Line) -> dict[str, object]:
    return line_as_json(job, attempt, line, rfc3339(line.at_ms))


def _write(job: str, attempt: int, line: Line, manner: _Manner, here: Session, sources: Sources) -> None:
    name = sources.label(job) if manner.prefix else ""
    if here.settings.output in ("json", "jsonl"):
        write(as_json(_item(job, attempt, line)))
    elif here.out.width is None and line.stream in (GAP, NOTE) and not manner.prefix:
        sys.stderr.write(here.err.safe(line.data.decode(errors="replace").rstrip("\n")) + "\n")
    elif here.out.width is None:
        write_bytes(line_for_programs(line, here.out, timestamps=manner.timestamps, prefix=name))
    else:
        write(line_for_people(line, here.out, timestamps=manner.timestamps, prefix=name))


def _follow(client: Client, sources: Sources, manner: _Manner, here: Session) -> int:
    """Write lines as they come, until all jobs have ended; answers their exit code (case L7).

    Of a workflow the jobs that it is made of are followed, each from when it is there.
    """
    followers: dict[str, Follower] = {}
    makers: dict[str, LineMaker] = {}
    skip = manner.most is not None
    for jobs in client.watch(sources.asked, 0.2):
        for job in sources.now(jobs):
            if job.id not in followers:
                followers[job.id], makers[job.id] = Follower(job.id, client.reading), LineMaker()
            found = [
                (piece.attempt, line)
                for piece in followers[job.id].read(job)
                if piece.chunk.stream in manner.streams and manner.attempt in (None, piece.attempt)
                for line in makers[job.id].add(piece.chunk)
            ]
            found += [(job.attempt, line) for line in makers[job.id].rest()] if job.ended else []
            for attempt, line in found[-(manner.most or 0) or len(found) :] if skip else found:
                _write(job.id, attempt, line, manner, here, sources)
        skip = False
        if all(job.ended for job in jobs):
            return exit_code_of_all(jobs)
    raise AssertionError("a watch never ends by itself")
