"""What a check of an installation has found: fine, doubtful or wrong, in one line, and the command that helps."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.enums import StrEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Final

SCHEMA: Final = "qctl.finding/1"


class Verdict(StrEnum):
    """How a check ended, the worst last."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check."""

    name: str
    verdict: Verdict
    found: str  #: one line
    next: str = ""  #: the command to type; always there when the verdict is not OK


def ok(name: str, found: str) -> Finding:
    return Finding(name, Verdict.OK, found)


def warn(name: str, found: str, advice: str) -> Finding:
    return Finding(name, Verdict.WARN, found, advice)


def fail(name: str, found: str, advice: str) -> Finding:
    return Finding(name, Verdict.FAIL, found, advice)


def worst(findings: Iterable[Finding]) -> Verdict:
    """The worst verdict of all; OK if there is none."""
    ranks = list(Verdict)
    return max((finding.verdict for finding in findings), key=ranks.index, default=Verdict.OK)


def finding_view(finding: Finding) -> dict[str, Any]:
    """A finding as `qctl.finding/1`."""
    return {
        "schema": SCHEMA,
        "name": finding.name,
        "verdict": finding.verdict.value,
        "found": finding.found,
        "next": finding.next or None,
    }
