"""How a job's state, tries, command and endings are said, in lists, reports and notices alike. Pure."""

from __future__ import annotations

from qctl.later import later
from qctl.model.call import PIPELINE, Kind
from qctl.model.cells import cut
from qctl.model.state import Outcome, Reason, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from qctl.model.attempt import Attempt
    from qctl.model.call import Call
    from qctl.model.job import Job
    from qctl.model.params import as_word
    from qctl.model.retry import signal_name
    from qctl.model.show import signal_words
    from qctl.model.words import text_of
else:
    as_word = later("qctl.model.params", "as_word")
    signal_name = later("qctl.model.retry", "signal_name")
    signal_words = later("qctl.model.show", "signal_words")
    text_of = later("qctl.model.words", "text_of")

NOTHING: Final = "–"
_SHELL: Final = ("/bin/sh", "-c")  #: what `--sh` gives its text to, by the name that follows it
_ITS_NAME: Final = ("sh",)
_SHELLS: Final = frozenset({"sh", "ash", "bash", "dash", "ksh", "zsh"})  #: whose `-c TEXT` says what they are to do
_MOST_TITLE: Final = 80  #: cells of a workflow's steps, where they stand for its name

_OUTCOMES: Final = {
    Outcome.SUCCEEDED: ("✔ ok", "green"),
    Outcome.FAILED: ("✗ failed", "red"),
    Outcome.TIMEOUT: ("✗ timeout", "red"),
    Outcome.CANCELLED: ("⊘ cancel", "yellow"),
    Outcome.EXPIRED: ("⊘ expired", "yellow"),
    Outcome.SKIPPED: ("⊘ skipped", "yellow"),
    Outcome.LOST: ("✗ lost", "red"),
}


def outcome_words(outcome: Outcome) -> tuple[str, str]:
    """An outcome as a sign with a word, 11 cells at most, and its colour."""
    return _OUTCOMES[outcome]


def state_words(job: Job) -> tuple[str, str]:
    """A job's state as a sign with a word, 11 cells at most, and its colour."""
    if job.outcome is not None:
        return _OUTCOMES[job.outcome]
    if job.state is State.RUNNING:
        return ("● stopping", "yellow") if job.cancelling else ("● running", "cyan")
    if job.state is State.SCHEDULED:
        return ("↻ retry", "yellow") if job.attempt else ("◷ scheduled", "blue")
    if job.parked_by:
        return ("○ held", "yellow")
    return ("○ waiting" if job.state is State.WAITING else "○ queued"), ""


def tries(job: Job) -> str:
    """`1/4`: the attempt and how many there may be."""
    return f"{job.attempt}/{job.max_attempts}" if job.attempt else NOTHING


def command_of(job: Job) -> str:
    """What was asked for, as one would type it: `backup-db keep=14`, or the words of an ad-hoc command."""
    return call_words(job.call)


def call_words(call: Call) -> str:
    """What a call asks for, as one would type it."""
    if call.kind is Kind.ADHOC:
        return _adhoc_words(call.args)
    if call.pipeline and call.task == PIPELINE:
        return call.pipeline
    words = [f"{name}={text_of(value)}" for name, value in call.shown_params.items()]
    words = [*map(text_of, call.positional), *words]
    return " ".join([call.task, *words, *(["--", *call.args] if call.args else [])])


def _adhoc_words(words: Sequence[str]) -> str:
    """A command of one's own by its words, and of `--sh` its text, without the shell that it is given to."""
    return telling_words(words) if tuple(words[:2]) == _SHELL and tuple(words[3:4]) == _ITS_NAME else " ".join(words)


def telling_words(words: Sequence[str]) -> str:
    """What tells one command from another where there is little room: of `bash -c TEXT` the text, and its words."""
    a_shell = len(words) > 2 and words[0].rpartition("/")[2] in _SHELLS
    if a_shell and words[1][:1] == "-" and words[1][-1] == "c" and words[2].strip():
        return " ".join([words[2], *(["--", *words[4:]] if words[4:] else [])])
    return " ".join(words)


def title_of(job: Job) -> str:
    """The task, or of an ad-hoc job what tells its command, and of an ad-hoc workflow its first steps."""
    if job.call.task == PIPELINE:
        return cut(command_of(job), _MOST_TITLE)
    return telling_words(job.call.args) if job.call.kind is Kind.ADHOC else job.call.task


def run_s(job: Job, now_ms: int) -> float | None:
    """Seconds that the running attempt, or the last one, took; of a workflow all of it, from its start."""
    if job.call.kind is Kind.WORKFLOW and job.started_ms is not None:
        return max(0, (job.ended_ms or now_ms) - job.started_ms) / 1000
    if job.state is State.RUNNING and job.started_ms is not None:
        return max(0.0, (now_ms - job.started_ms) / 1000)
    return (job.last.ended_ms - job.last.started_ms) / 1000 if job.last else None


def due_of(job: Job) -> int | None:
    """When a scheduled job is queued, in ms since the epoch."""
    return job.due_ms or job.eta_ms


def since_of(job: Job) -> int:
    """Since when a job that neither runs nor has ended stands where it does, in ms since the epoch.

    It counts from what came last: the submit, its retry, or the end of the attempt before.
    """
    return max(job.enqueued_ms, job.revived_ms or 0, job.last.ended_ms if job.last else 0)


def ending(attempt: Attempt) -> str:
    """How an attempt ended, in two words: `exit 22`, `signal 9 SIGKILL`, `timeout`, `ValueError`."""
    if attempt.outcome == "released":
        return "given back"
    if attempt.outcome == "replaced":
        return "replaced"
    if attempt.outcome == Outcome.SKIPPED:
        return "stopped"
    if attempt.outcome == Outcome.TIMEOUT:
        return "timeout"
    if attempt.outcome == Outcome.CANCELLED:
        return "cancelled"
    if attempt.reason == Reason.OOM:
        return "out of memory"
    if attempt.reason in (Reason.CRASHED, Reason.WORKER_LOST, Reason.NOT_STARTED, Reason.UNKNOWN_TASK):
        return str(attempt.reason).replace("_", " ")
    if attempt.reason == Reason.RESULT_REJECTED:
        return "result rejected"  # its exit code is 0
    if attempt.signal:
        return signal_words(attempt.signal)
    if attempt.reason == Reason.EXCEPTION and attempt.error_type:
        return attempt.error_type
    if attempt.exit_code is not None:
        return f"exit {attempt.exit_code}"
    return attempt.error_type or attempt.outcome


def last_end(job: Job, last: Attempt, also: str = "") -> str:
    """How an attempt of a job ended, and what it said: `exit 22 on attempt 2/4: curl: (22) error: 503`."""
    message = beside(last)
    return f"{ending(last)} on attempt {last.number}/{job.max_attempts}{also}" + (f": {message}" if message else "")


def beside(attempt: Attempt) -> str:
    """What an attempt's error says beside how it ended: `curl: (22) error: 503`; empty if that is all there is."""
    return beside_cause(attempt.error_message or "", ending(attempt))


def beside_cause(message: str, cause: str) -> str:
    """What a message says that the few words for its cause do not say already."""
    if message == cause:
        return ""
    core = message.removeprefix(f"{cause} ")
    return core if core.startswith("(") else message.removeprefix(f"{cause}: ")


def exit_column(job: Job) -> str:
    """The EXIT column: a code, `KILL` for a signal, or a dash where nothing ran."""
    if job.last is None:
        return NOTHING
    if job.last.signal:
        return signal_name(job.last.signal)
    return str(job.last.exit_code) if job.last.exit_code is not None else NOTHING


_NEVER_BEGUN: Final = (Outcome.CANCELLED, Outcome.EXPIRED)


def again(job: Job) -> str:
    """The command that runs an ended job once more. Secrets went with its end: they have to be given again."""
    call = job.call
    if not call.secrets:
        never_ran = not (job.attempt or job.failed_nodes) and job.outcome in _NEVER_BEGUN
        if never_ran and call.workflow_id is not None:
            return f"qctl retry {call.workflow_id}"
        part = call.kind is Kind.WORKFLOW and job.outcome is not Outcome.SUCCEEDED and not never_ran
        return f"qctl retry {job.id}" + (" --failed" if part else "")
    rest = ["…"] if call.params or call.args else []
    return " ".join(["qctl run", call.task, *(as_word(name, secret=True) for name in call.secrets), *rest])
