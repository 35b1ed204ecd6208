"""How an attempt ended, as its slot tells it when it is over; what is remembered of it is `Attempt`."""

from __future__ import annotations

from typing import NamedTuple

from qctl.classes import dataclass
from qctl.model.attempt import MICROSECONDS, fingerprint
from qctl.model.state import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.model.attempt import Value
    from qctl.model.state import Reason
    from qctl.model.workflow.plan import WorkflowSubmission

_SUCCEEDED: Final = Outcome.SUCCEEDED  #: a plain name: to read a member of an enum takes as long as all the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorInfo:
    """What went wrong, in a form that travels: never a pickle."""

    type: str  #: a class name, or the reason in words, such as `ValueError` or `exit`
    message: str

    @property
    def fingerprint(self) -> str:
        """Eight hex digits, equal for errors that differ in numbers only."""
        return fingerprint(self.type, self.message)


class LogSummary(NamedTuple):
    """The size of an attempt's output."""

    bytes: int = 0  #: written by the job
    lines: int = 0
    dropped: int = 0  #: of those bytes, not kept


class Ended(NamedTuple):
    """How an attempt ended, as its slot (or, for a dead slot, the worker) tells it. Nothing is decided here.

    A tuple, because every attempt makes two.
    """

    outcome: Outcome  #: succeeded, failed, timeout or cancelled
    reason: Reason | None = None
    exit_code: int | None = None
    signal: int | None = None
    error: ErrorInfo | None = None
    error_names: tuple[str, ...] = ()  #: class names of the exception and its bases, for `retry_on`
    value: Value | None = None
    log: LogSummary = LogSummary()
    packed_log: bytes = b""  #: the kept output in one value; empty if the attempt wrote none
    retry_after: float | None = None  #: seconds until the next attempt, when the task itself said so
    cpu_s: float = 0.0
    max_rss_bytes: int = 0
    instead: WorkflowSubmission | None = None  #: the workflow that is to stand in the job's place
    asks_again: bool = False  #: the task itself asked for another attempt …
    retries: int | None = None  #: … and for so many after the first, in place of its own limit


def is_plain(ended: Ended) -> bool:
    """Whether nothing but a value came of an attempt, which succeeded; of a command, by exit 0.

    Nearly all end so, and go the short way from their slot to the store. A success has neither signal nor error.
    """
    outcome, _, code, _, _, _, _, log, packed, _, _, _, instead, _, _ = ended
    return outcome is _SUCCEEDED and not code and instead is None and not packed and not log[0]


def encode_success(
    ended: Ended, *, number: int, worker: str, started_ms: int, ended_ms: int, hash_: str, tries: int
) -> bytes:
    """Write the record of an attempt that succeeded, as `Attempt.encode` would.

    Most records are such, and this takes a tenth of the time. `worker` and `hash_` are names: nothing in them needs
    escaping in JSON.
    """
    log = ended.log
    output = f',"lb":{log.bytes},"ll":{log.lines},"ld":{log.dropped}' if log.bytes else ""
    form = success_form(worker, hash_, tries, ended.exit_code, output)
    return (form % (number, started_ms, ended_ms, ended.cpu_s, ended.max_rss_bytes)).encode()


def success_form(worker: str, hash_: str, tries: int, exit_code: int | None = None, output: str = "") -> str:
    """What such records share that differ in numbers only: to be filled by `%` with the attempt's number, both its
    times in ms, its processor time and its memory.
    """
    most = "" if tries == 1 else f',"a":{tries}'
    name = worker.replace("%", "%%")
    code = "" if exit_code is None else f',"x":{exit_code}'
    return (
        f'{{"n":%d,"w":"{name}","s":%d,"e":%d,"o":"succeeded"{code}'
        f',"c":%.{MICROSECONDS}f,"p":%d{output},"h":"{hash_}"{most}}}'
    )
