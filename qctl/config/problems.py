"""A problem in a configuration file: what, where, why, and the way out."""

from __future__ import annotations

from qctl.classes import dataclass, field
from qctl.enums import StrEnum
from qctl.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Severity(StrEnum):
    """Does it keep something from working?"""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, or worth a look."""

    code: str  #: what `qctl help CODE` explains
    severity: Severity = Severity.ERROR
    message: str
    file: str = ""
    line: int = 0  #: from 1; 0: the whole file
    column: int = 0  #: from 1
    width: int = 1  #: characters under the caret
    note: str = ""  #: why, or what to write instead; stands beside the caret
    help: str = ""  #: the next command, or the keys there are
    suggestion: str = ""  #: the word that was probably meant
    task: str | None = None
    path: tuple[str | int, ...] = field(default=(), repr=False)  #: the key in the document
    at_value: bool = field(default=False, repr=False)  #: is the value meant, or the key?
    needle: str = field(default="", repr=False)  #: the part of the value that is meant
    before: str = field(default="", repr=False)  #: what stands before it in the value, where it may stand there twice

    @property
    def place(self) -> str:
        """`file:line:column`, as editors open it."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class BadFile(ConfigError):
    """{where}: {message}"""

    help = "qctl check"

    def __init__(self, *problems: Problem) -> None:
        first = problems[0]
        super().__init__(first.message, where=first.place, **({"help": first.help} if first.help else {}))
        self.code = first.code  # type: ignore[misc]
        self.problems = problems


def by_task(problems: Iterable[Problem]) -> dict[str, tuple[Problem, ...]]:
    """By task or workflow, what is wrong with it."""
    broken: dict[str, tuple[Problem, ...]] = {}
    for problem in problems:
        if problem.task is not None:
            broken[problem.task] = (*broken.get(problem.task, ()), problem)
    return broken
