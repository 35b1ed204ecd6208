"""What can go wrong, drawn as a tree. Each class says its message, its exit code and the way out.

    QctlError                  1
    ├── UsageError             2
    ├── NotFound               4
    │   └── NoSuchJob
    ├── Refused                5
    ├── RedisUnreachable      69
    ├── TryAgain              75
    │   ├── WaitTimeout
    │   ├── QueueFull
    │   └── RedisBusy
    ├── OutcomeUnknown        76
    ├── NotPermitted          77
    └── ConfigError           78

The docstring is the message, a template over the keywords that the error is raised with; `help` names the next
command to type, over the same keywords. Exit codes are those of `qctl help exit-codes`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, ClassVar


class QctlError(Exception):
    """{message}"""

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "Q001"  #: what `qctl help CODE` explains
    help: ClassVar[str] = ""
    noted: ClassVar[bool] = True  #: whether a traceback tells the way out
    accepted: Sequence[str] | None = None  #: ids of the jobs that were accepted before it; None: it is not about any

    def __init__(self, message: str = "", **facts: object) -> None:
        self.facts: dict[str, object] = {"message": message, **facts}
        super().__init__(_template(type(self)).format_map(self.facts))
        if self.noted and self.advice:
            self.add_note(self.advice)  # so that a traceback tells it as well

    def __reduce__(self) -> tuple[Any, ...]:
        """Sent to another process it is made anew of its facts; what they hold beside plain values goes as text."""
        facts = {name: _sendable(value) for name, value in self.facts.items()}
        more = {name: value for name, value in vars(self).items() if name != "facts"}
        return _made_anew, (type(self), facts, str(self)), more

    @property
    def advice(self) -> str:
        """The next command to type, or an empty text."""
        own = self.facts.get("help")
        return str(own) if own else self.help.format_map(self.facts)


def _template(kind: type[QctlError]) -> str:
    """The docstring, without the room before its lines."""
    return "\n".join(line.strip() for line in (kind.__doc__ or "").strip().split("\n"))


def _sendable(value: object) -> object:
    if isinstance(value, list | tuple):
        return tuple(map(_sendable, value))
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _made_anew(kind: type[QctlError], facts: dict[str, object], text: str) -> QctlError:
    made = kind.__new__(kind)
    made.facts = facts
    Exception.__init__(made, text)
    return made


class UsageError(QctlError):
    """{message}"""

    exit_code, code = 2, "Q002"
    noted = False  # how a value is said otherwise is told where it is known that a program has said it


class NotFound(QctlError):
    """{message}"""

    exit_code, code = 4, "Q004"


class NoSuchJob(NotFound):
    """no job {id}"""

    help = "qctl ps -a        lists the newest jobs"


class Refused(QctlError):
    """{message}"""

    exit_code, code = 5, "Q005"


class RedisUnreachable(QctlError):
    """cannot reach Redis at {url}: {reason}"""

    exit_code, code = 69, "Q069"
    help = (
        "start it, or name another: qctl --redis URL …\n"
        "without `redis` in tasks.toml, QCTL_REDIS and --redis qctl runs a Redis of its own"
    )


class TryAgain(QctlError):
    """{message}"""

    exit_code, code = 75, "Q075"


class WaitTimeout(TryAgain):
    """{id} has not ended after {seconds}; {standing}"""

    help = "qctl wait {id}"

    def __init__(self, message: str = "", *, standing: str = "it goes on", **facts: object) -> None:
        super().__init__(message, standing=standing, **facts)


class QueueFull(TryAgain):
    """queue {queue} holds {length} jobs, its max_length"""

    help = "qctl queue show {queue}"


class RedisBusy(TryAgain):
    """Redis at {url} is busy with somebody's script or is still loading"""


class OutcomeUnknown(QctlError):
    """the connection broke while {id} was being submitted; it may or may not have been accepted"""

    exit_code, code = 76, "Q076"
    help = "qctl show {id}"


class NotPermitted(QctlError):
    """{message}"""

    exit_code, code = 77, "Q077"


class ConfigError(QctlError):
    """{message}"""

    exit_code, code = 78, "Q078"
