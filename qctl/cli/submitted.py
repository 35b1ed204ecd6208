"""Going along with a job that was just submitted: until its end, its value, its exit code."""

from __future__ import annotations

from contextlib import suppress

from qctl.cli.attending import Attendance, look_now
from qctl.cli.emit import as_json, say, write
from qctl.cli.nobody_reads import warn_if_nobody_reads
from qctl.cli.providing import provide_worker
from qctl.cli.screens.words import again, called, ending
from qctl.client.submitting import Taken
from qctl.client.waiting import Accepted
from qctl.errors import QctlError, RedisUnreachable
from qctl.later import later
from qctl.model.attempt import ValueKind
from qctl.model.call import PIPELINE
from qctl.model.cells import cut
from qctl.model.exit_codes import INTERRUPTED, exit_code_of
from qctl.model.job_words import beside, title_of
from qctl.model.output import GAP, NO_VALUE_KEPT, NOTE
from qctl.model.state import Outcome, Reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Final

    from qctl.cli.accepted import as_they_stand, warn_of_readers
    from qctl.cli.accompanying import accompany_workflow
    from qctl.cli.github import annotation, folded_away, wants_marks
    from qctl.cli.passing_on import write_value
    from qctl.cli.screens.output import line_for_people
    from qctl.cli.session import Session
    from qctl.client import Client, Receipt
    from qctl.model.job import Job
    from qctl.model.lines import LineMaker, of_sane_length
    from qctl.model.output import Chunk
    from qctl.model.view import job_view, upstream_words
else:
    as_they_stand, warn_of_readers = (later("qctl.cli.accepted", name) for name in ("as_they_stand", "warn_of_readers"))
    accompany_workflow = later("qctl.cli.accompanying", "accompany_workflow")
    write_value = later("qctl.cli.passing_on", "write_value")
    line_for_people = later("qctl.cli.screens.output", "line_for_people")
    job_view = later("qctl.model.view", "job_view")
    upstream_words = later("qctl.model.view", "upstream_words")
    LineMaker = later("qctl.model.lines", "LineMaker")
    of_sane_length = later("qctl.model.lines", "of_sane_length")
    annotation = later("qctl.cli.github", "annotation")
    folded_away = later("qctl.cli.github", "folded_away")
    wants_marks = later("qctl.cli.github", "wants_marks")

_LAST_LINES: Final = 10  #: of a job that failed
_BY_ITS_END: Final = (Reason.EXIT, Reason.SIGNAL)  #: of commands: their error is what they said last


def accompany(
    client: Client, receipt: Receipt, task: str, here: Session, *, follow: bool, timeout: float | None
) -> int:
    """Wait for a job or workflow, with a worker for it alone where none lives that has its task.

    Ctrl-C leaves it to itself.

    Raises LostWhileWaiting, and never RedisUnreachable: see `Accepted`.
    """
    if task == PIPELINE or task in client.config.workflows:
        return accompany_workflow(client, receipt.id, here, follow=follow, timeout=timeout)
    attendance = Attendance(here, client, [receipt.id], follow=follow)
    with Accepted([receipt.id]):
        try:
            (job,) = attendance.wait(timeout, alive=provide_worker(client, [receipt], task, here))
        except KeyboardInterrupt as key:
            here.let_go(f"detached; {receipt.id} goes on: qctl wait {receipt.id} · qctl logs -f {receipt.id}", key)
            return INTERRUPTED
        if receipt.taken is not Taken.HELD:
            _tell_other_definition(job, here)
        return conclude(client, job, here, follow=follow)


def _tell_other_definition(job: Job, here: Session) -> None:
    """What was submitted just now is mostly what was edited just before; a worker takes an edit up a little later."""
    if job.call.hash and job.last and job.last.hash and job.last.hash != job.call.hash:
        here.warn(
            f"{job.call.task} ran by another definition than this file's: its worker reads another file, or has not "
            f"taken up an edit yet, which takes it up to 3 s (qctl show {job.id})"
        )


def conclude(client: Client, job: Job, here: Session, *, follow: bool) -> int:
    """Write what a waited-for job came to: its value on stdout, why it failed on stderr. Answers the exit code."""
    value = client.value(job.id) if job.value_kind else None
    if here.settings.output in ("json", "jsonl"):
        write(as_json(job_view(job, value)))
    elif value is not None and job.outcome is Outcome.SUCCEEDED and not follow:
        write_value(value.data, value.kind is ValueKind.JSON, here)
    with suppress(RedisUnreachable):  # how it ended is known; more need not be
        if job.outcome is Outcome.SUCCEEDED and value is None and not follow:
            last = (piece.chunk for piece in client.logs(job.id) if piece.attempt == job.attempt)
            warn_of_lost_value(last, f"qctl logs {job.id}", here)
        if job.outcome is not Outcome.SUCCEEDED and not here.settings.quiet:
            _explain(client, job, here, follow=follow)
    return exit_code_of(job)


def warn_of_lost_value(output: Iterable[Chunk], instead: str, here: Session) -> None:
    """Say that a job had a value and it was too large to keep; `instead` is where what is left of it can be read."""
    for chunk in output:
        note = chunk.data.decode("utf-8", "replace").rstrip("\n")
        if chunk.stream == NOTE and note.endswith(NO_VALUE_KEPT):
            here.warn(f"{note.removeprefix('qctl: ')}: {instead}")


def hand_over_id(client: Client, receipt: Receipt, here: Session, besides: str = "") -> None:
    """Write the id of a job that was accepted, and say what one can do with it, and what else there is to say.

    What can be read of it no more is no failure: the job is there.
    """
    if here.settings.output in ("json", "jsonl"):
        write(as_json(as_they_stand(client, [receipt], here)[0]))
    else:
        write(receipt.id)
        here.say(f"queued {receipt.id} · qctl wait {receipt.id} · qctl logs -f {receipt.id}")
        if besides:
            here.say(besides)
    try:
        warn_if_nobody_reads(client, [receipt.queue], here)
    except QctlError as error:
        warn_of_readers(receipt, error, here)


def _explain(client: Client, job: Job, here: Session, *, follow: bool) -> None:
    if wants_marks(here.environ):
        how = _why(job) or (ending(job.last) if job.last else str(job.outcome))
        name = here.err.safe(title_of(job))
        say(annotation(f"{name} {job.id}", f"{name} {job.outcome}: {here.err.safe(how)}"))
    if not follow:
        maker = LineMaker()
        pieces = [piece for piece in client.logs(job.id) if piece.attempt == job.attempt and piece.chunk.stream != GAP]
        lines = [line for piece in pieces for line in maker.add(piece.chunk)] + list(maker.rest())
        last = [of_sane_length(line) for line in lines[-_LAST_LINES:]]
        look = look_now(here)
        room = None if look.width is None else look.width - 2
        if (why := _why(job)) and not _is_in([line_for_people(line, look) for line in last], why, job, here):
            say(look.safe(why) if look.width is None else cut(look.safe(why), look.width, look.ellipsis))
        shown = ["  " + line_for_people(line, look, room=room) for line in last]
        title = f"last lines of {called(job, here.err)}"
        for text in folded_away(title, shown) if shown and wants_marks(here.environ) else shown:
            say(text)
    here.say(f"why: qctl show {job.id} · again: {here.err.safe(again(job))}")


def _why(job: Job) -> str:
    """What is to be said of the reason, where how it ended does not say it all."""
    last = job.last
    if job.upstream:
        return upstream_words(job)
    if last is None or last.error_message in (None, ending(last)) or job.outcome is Outcome.CANCELLED:
        return ""
    if job.reason in _BY_ITS_END:
        return f"{ending(last)}: {beside(last)}"
    return f"{last.error_type}: {last.error_message}" if job.reason is Reason.EXCEPTION else str(last.error_message)


def _is_in(shown: Sequence[str], why: str, job: Job, here: Session) -> bool:
    """Whether the last lines of a job tell why it failed: a command that fails has said so in any of them."""
    if job.last is not None and job.reason in _BY_ITS_END:
        said = here.err.safe(beside(job.last).removesuffix("…"))
        return any(said in line for line in shown)
    return bool(shown) and here.err.safe(why) in shown[-1]
