"""What a task may ask and say about the job that it runs in.

    from qctl import current

    current.progress(3, 10, "copying")
    current.update_state(meta={"current": 3, "total": 10})
    raise current.retry(countdown=60)
    raise current.stop("nothing new")           # what follows in the workflow is skipped
    raise current.replace(a.s() | b.s())        # their end and value are this job's
    current.extend_group(a.s(1), a.s(2))        # whoever waits for the group waits for them, too
    current.job_id, current.attempt

In a slot the words go straight to the worker. A child process of a job, or a shell job's Python, finds the same in its
environment and through the socket in QCTL_RUN_DIR. Outside a job `progress` does nothing, so that a plain call of a
task stays a plain call.
"""

from __future__ import annotations

import json
import math
import os
import socket
import sys
import time
from contextlib import contextmanager, suppress
from typing import NamedTuple

from qctl.classes import dataclass
from qctl.exceptions import MaxRetriesExceededError as MaxRetriesExceededError
from qctl.exceptions import NoGroup as NoGroup
from qctl.exceptions import NoJob as NoJob
from qctl.exceptions import Replace as Replace
from qctl.exceptions import Retry as Retry
from qctl.exceptions import SoftTimeLimitExceeded as SoftTimeLimitExceeded
from qctl.exceptions import Stop as Stop
from qctl.exceptions import Stopped as Stopped
from qctl.exceptions import TooMuch as TooMuch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, Final

job_id: str  #: the job's id
task: str  #: the task's name
attempt: int  #: number of this attempt, from 1
fence: int  #: rises with every attempt: hand it to what you write to, and let that refuse older ones
queue: str
run_dir: str  #: a directory of this attempt alone, emptied after it
scheduled_for: str | None  #: the instant that a schedule meant, as RFC 3339
parent_id: str | None

_KNOWN: Final = ("job_id", "task", "attempt", "fence", "queue", "run_dir", "scheduled_for", "parent_id")
_VARIABLES: Final = {name: f"QCTL_{name.upper()}" for name in _KNOWN}
_MAY_BE_ABSENT: Final = ("scheduled_for", "parent_id")
_PAUSE: Final = 0.05  #: seconds between two reports of progress; of what comes faster the latest is said
_LONGEST_TEXT: Final = 10_000  #: characters; the worker shows 500, and cuts once it has hidden secrets
_MOST_META: Final = 65_536  #: characters of JSON
LONGEST_QUESTION: Final = 8 << 20  #: bytes of a line to the worker
_PATIENCE: Final = 5.0  #: seconds that the worker may take to answer a child process


def retry(
    countdown: float | None = None,
    message: str = "",
    *,
    exc: BaseException | None = None,
    max_retries: int | None = None,
) -> Retry:
    """An exception to raise: run this job again after `countdown` seconds, by default after the task's own backoff.

    It costs one of the task's retries, of which `max_retries` may allow others than the task does. What the attempt
    failed with is `exc`, by default the exception that is being handled where no `message` says more: so the job ends
    when no retry is left.
    """
    if countdown is not None and not (math.isfinite(countdown) and countdown >= 0):
        raise ValueError(f"countdown is a number of seconds from 0 up, not {countdown!r}")
    if max_retries is not None and (not isinstance(max_retries, int) or max_retries < 0):
        raise ValueError(f"max_retries is a number of tries after the first, not {max_retries!r}")
    return Retry(countdown, message, exc if exc is not None or message else sys.exception(), max_retries)


def stop(message: str = "") -> Stop:
    """An exception to raise: there is nothing to do, which is no failure. The job ends as skipped, with the reason
    `stopped`, and so does all that follows it in its workflow.
    """
    return Stop(message or "the task stopped, and what follows it")


def replace(work: Any) -> Replace:
    """An exception to raise: let this signature, chain or group run in the job's place.

    The job keeps its id, its place in a workflow and what was linked to it; it ends as the replacement does, with its
    value. Raises TypeError for what cannot be run.
    """
    return Replace(_tree_of(work, "a task is replaced by"))


def _tree_of(work: Any, what: str) -> Any:
    compose = getattr(work, "tree", None)
    tree = compose() if callable(compose) else work
    if isinstance(tree, str | bytes | int | float | list | dict | None):
        raise TypeError(f"{what} a signature, a chain or a group, not {work!r:.40}")
    return tree


def extend_group(*members: Any, group: str | None = None) -> None:
    """Add signatures, chains or groups to the group in which this job runs: who waits for it waits for them, too.

    They come behind the members that there are. `group` names another group of the same workflow, such as `g1`. Raises
    NoJob outside of a task's own process, NoGroup if there is no such group or it is over, TypeError for what cannot be
    run, and what submitting them would raise.
    """
    if _slot.extend is None:
        raise NoJob("current.extend_group() works only in a task, in the process that runs it")
    _slot.extend([_tree_of(member, "a group's member is") for member in members], group or "")


def progress(done: float, total: float | str | None = None, text: str | None = None) -> None:
    """Say how far the job is: `progress(3, 10, "copying")`, or a fraction from 0 to 1: `progress(0.3, "copying")`.

    Cheap enough for an inner loop: more often than twenty times a second, the latest is said.
    """
    if isinstance(total, str):
        total, text = None, total
    fraction = done / total if total else float(done)
    if not math.isfinite(fraction):
        raise ValueError(f"progress is a number, not {fraction!r}")
    _slot.said = _slot.said._replace(
        fraction=min(1.0, max(0.0, fraction)), text=None if text is None else str(text)[:_LONGEST_TEXT]
    )
    _tell()


def update_state(state: str | None = None, meta: Mapping[str, Any] | None = None) -> None:
    """Say in Celery's words how far the job is: a state of its own, `PROGRESS` by default, and any JSON about it.

    Whoever has the job's handle reads them as `state` and `info` while it runs. `current` and `total` in `meta` are its
    progress, too. Raises ValueError for what is no JSON, or more than 64 KB of it.
    """
    told = {"state": state or "PROGRESS", "meta": None if meta is None else dict(meta)}
    try:
        text = json.dumps(told, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"what a job tells of its state has to be JSON: {error}") from error
    if len(text) > _MOST_META:
        raise ValueError(f"what a job tells of its state is {len(text)} characters as JSON, more than {_MOST_META}")
    done, total = (meta or {}).get("current"), (meta or {}).get("total")
    fraction = _slot.said.fraction
    if isinstance(done, int | float) and isinstance(total, int | float) and total > 0 and math.isfinite(done):
        fraction = min(1.0, max(0.0, done / total))
    _slot.said = _slot.said._replace(fraction=fraction, told=text)
    _tell()


def _tell() -> None:
    if _slot.say is not None:
        _slot.tell()
    elif "QCTL_RUN_DIR" in os.environ:
        said = _slot.said
        _tell_worker({"progress": said.fraction, "text": said.text, "told": said.told})


def __getattr__(name: str) -> Any:
    """What is known of the job, read from its environment. Raises NoJob outside of one."""
    if name not in _VARIABLES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    text = os.environ.get(_VARIABLES[name])
    if text is None:
        if name in _MAY_BE_ABSENT and "QCTL_JOB_ID" in os.environ:
            return None
        raise NoJob(f"current.{name} is known only inside a job")
    return int(text) if name in ("attempt", "fence") else text


class Said(NamedTuple):
    """What a job says of itself while it runs."""

    fraction: float | None = None
    text: str | None = None
    told: str | None = None  #: JSON: the state and the meta of `update_state`


_NOTHING: Final = Said()


@dataclass(slots=True)
class _Slot:
    """The way from a task to its slot, when this process is one; in any process the last that the job has said."""

    say: Callable[[Said], None] | None = None
    extend: Callable[[Sequence[Any], str], None] | None = None
    said: Said = _NOTHING
    pause: float = _PAUSE  #: seconds that are between two words
    last: float = 0.0
    waits: bool = False  #: the last word has not been passed on yet
    limit: tuple[int | None, ...] = ()  #: retries that the call, else the task as it runs here, allows; empty: unsaid

    def tell(self) -> None:
        now = time.monotonic()
        self.waits = now - self.last < self.pause
        if not self.waits and self.say is not None:
            self.last = now
            self.say(self.said)

    def begin(
        self,
        say: Callable[[Said], None],
        extend: Callable[[Sequence[Any], str], None] | None = None,
        limit: tuple[int | None, ...] = (),
    ) -> None:
        """A job begins in this process."""
        self.say, self.extend, self.limit, self.said, self.last, self.waits = say, extend, limit, _NOTHING, 0.0, False

    def end(self) -> None:
        """The job is over; its last word is passed on before its end."""
        if self.waits and self.say is not None:
            self.say(self.said)
        self.say, self.extend, self.said, self.waits, self.limit = None, None, _NOTHING, False, ()

    def said_limit(self) -> tuple[int | None, ...]:
        """How often the job that runs here may be tried again, None without end; empty where nothing says it."""
        return self.limit


_slot: Final = _Slot()


@contextmanager
def as_job(say: Callable[[Said], None], extend: Callable[[Sequence[Any], str], None]) -> Iterator[None]:
    """Let a job begin and end in this process, which may be in the midst of another; each of its words is passed on."""
    outer = _Slot(*(getattr(_slot, name) for name in _Slot.__slots__))
    _slot.pause = 0.0
    _slot.begin(say, extend)
    try:
        yield
    finally:
        for name in _Slot.__slots__:
            setattr(_slot, name, getattr(outer, name))


begin_in_slot: Final = _slot.begin
end_in_slot: Final = _slot.end
said_limit: Final = _slot.said_limit


def _tell_worker(said: dict[str, Any]) -> None:
    """Send one line to the worker by way of the run directory; a worker that is gone is not a task's trouble."""
    with suppress(OSError, ValueError):
        ask_worker(os.environ["QCTL_RUN_DIR"], said)


def ask_worker(folder: str, question: Mapping[str, Any], patience: float = _PATIENCE) -> dict[str, Any]:
    """Ask the worker by way of a run directory, and wait for its answer. Raises OSError, ValueError for none.

    Raises TooMuch, a ValueError, for more than it would read.
    """
    line = json.dumps(question, ensure_ascii=False).encode() + b"\n"
    if len(line) > LONGEST_QUESTION:
        raise TooMuch(f"{len(line)} bytes are more than a job may tell its worker at once, which is 8 MB")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(patience)
        connection.connect(os.path.join(folder, "qctl.sock"))
        connection.sendall(line)
        with connection.makefile("rb") as answers:
            answer: dict[str, Any] = json.loads(answers.readline())
            return answer
