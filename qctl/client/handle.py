"""What a Python program is told of a job that did not succeed."""

from __future__ import annotations

from qctl.errors import QctlError
from qctl.model.exit_codes import exit_code_of
from qctl.model.job_words import beside, ending
from qctl.model.state import Outcome, Reason
from qctl.model.view import cancelled_words, upstream_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.model.job import Job

ClassOfExceptions = type[BaseException]


class JobFailed(QctlError):
    """job {id} ({task}) ended as {outcome}: {why}"""

    help = "qctl show {id}"
    noted = False  # what its job has said last is told there

    @property
    def type(self) -> str:
        """The name of the exception's class, as the job's worker knew it; of what raised none the reason, in a word."""
        return str(self.facts.get("type") or "")

    @property
    def message(self) -> str:
        """The exception's text."""
        return str(self.facts.get("text") or "")

    @property
    def traceback(self) -> str | None:
        """The exception's traceback, as text; None if there is none, or its output is not kept any more."""
        found = self.facts.get("traceback")
        return None if found is None else str(found)

    @property
    def outcome(self) -> Outcome:
        """How the job ended: `failed`, `timeout`, `cancelled` …"""
        return Outcome(str(self.facts["outcome"]))

    def is_a(self, kind: str | ClassOfExceptions) -> bool:
        """Whether it was an exception of this class: `error.is_a("ConnectionError")`, or the class itself, which means
        those below it as well, as far as they are loaded here.

        Exceptions travel as texts: no class is looked up by its name, and none is imported. Raises TypeError for
        anything else.
        """
        if isinstance(kind, str):
            return kind in (self.type, self.type.rpartition(".")[2])
        return self.type in _names_below(kind)


def _names_below(kind: object) -> set[str]:
    """What a class and all below it are called by workers. Raises TypeError for what is no class of exceptions."""
    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
        raise TypeError(f"is_a() takes a class of exceptions or its name, not {kind!r}")
    found: set[ClassOfExceptions] = set()
    left: list[ClassOfExceptions] = [kind]
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += one.__subclasses__()
    return {name for one in found for name in (one.__qualname__, f"{one.__module__}.{one.__qualname__}")}


def why(job: Job) -> str:
    """Why a job ended as it did, in a few words."""
    last = job.last
    if job.upstream:
        return upstream_words(job)
    if job.outcome is Outcome.CANCELLED and (said := cancelled_words(job)):
        return said
    if last is not None and last.error_type:
        if job.reason in (Reason.EXIT, Reason.SIGNAL):
            return f"{ending(last)}: {said}" if (said := beside(last)) else ending(last)
        return f"{last.error_type}: {last.error_message}" if last.error_message else last.error_type
    return f"exit {exit_code_of(job)}" if job.reason is None else job.reason.value.replace("_", " ")
